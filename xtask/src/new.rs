//! Starts a new thing from its template: `cargo xtask new hook|header|lint NAME` or
//! `cargo xtask new code E0123 TITLE`.
//!
//! In: the kind of thing and its name. Out: its file, whose blanks are marked as open work, so
//! that `tidy` and the tests of coverage name what is still missing.

use crate::tidy::is_code;
use std::io::Write;
use std::path::Path;

/// A kind of thing: its file, with `NAME` in the name, its template, and what comes next.
struct Template {
    path: &'static str,
    text: &'static str,
    next: &'static str,
}

const HOOK: Template = Template {
    path: "stdlib/hooks/NAME.syr",
    text: include_str!("../templates/hook.syr"),
    next: "a row in the table of hooks of each backend that has it",
};

const HEADER: Template = Template {
    path: "stdlib/headers/NAME.syr",
    text: include_str!("../templates/header.syr"),
    next: "a test that matches it, and one with a packet cut inside it",
};

const CODE: Template = Template {
    path: "docs/errors/NAME.md",
    text: include_str!("../templates/code.md"),
    next: "a row in syrup-diag/src/codes.rs and a test in tests/ui",
};

const LINT: Template = Template {
    path: "syrupc/src/lints/NAME.rs",
    text: include_str!("../templates/lint.rs.txt"),
    next: "a code in syrup-diag/src/codes.rs, and `mod` and a row of ALL in syrupc/src/lints.rs",
};

/// Writes the file of a new thing.
///
/// # Errors
/// An unknown kind, a malformed name, a file that is there already.
pub fn write(root: &Path, thing: &str, name: &str, title: &[&str]) -> Result<(), String> {
    let template = match thing {
        "hook" => HOOK,
        "header" => HEADER,
        "code" => CODE,
        "lint" => LINT,
        _ => return Err(format!("`new {thing}`: one of hook, header, code, lint")),
    };
    if thing == "code" {
        if !is_code(name) || title.is_empty() {
            return Err("`new code E0123 TITLE`: a code and its title, as in the table".to_owned());
        }
    } else if !is_name(name) || !title.is_empty() {
        return Err(format!("`new {thing} NAME`: a name is lower-case letters, digits and `_`"));
    }
    let path = root.join(template.path.replace("NAME", name));
    let text = template.text.replace("WORDS", &name.replace('_', "-"));
    let text = text.replace("NAME", name).replace("TITLE", &title.join(" "));
    let file = std::fs::File::create_new(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {}; next: {}", path.display(), template.next);
    Ok(())
}

/// Whether a word can name a hook or a header.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::write;
    use std::fs;

    #[test]
    fn files_are_written_once() {
        let root = std::env::temp_dir().join(format!("syrup-new-{}", std::process::id()));
        for folder in ["stdlib/hooks", "stdlib/headers", "docs/errors", "syrupc/src/lints"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        write(&root, "hook", "tc_ingress", &[]).unwrap();
        write(&root, "header", "sctp", &[]).unwrap();
        write(&root, "code", "E0999", &["a", "title"]).unwrap();
        write(&root, "lint", "lost_field", &[]).unwrap();
        let again = write(&root, "header", "sctp", &[]);
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let texts = [
            read("stdlib/hooks/tc_ingress.syr"),
            read("stdlib/headers/sctp.syr"),
            read("docs/errors/E0999.md"),
            read("syrupc/src/lints/lost_field.rs"),
        ];
        fs::remove_dir_all(&root).unwrap();
        assert!(texts[0].contains("\nhook tc_ingress {\n"), "{}", texts[0]);
        assert!(texts[1].contains("\npub header sctp after "), "{}", texts[1]);
        assert!(texts[2].starts_with("# E0999: a title\n"), "{}", texts[2]);
        assert!(texts[3].contains("name: \"lost-field\""), "{}", texts[3]);
        assert!(again.is_err());
    }

    #[test]
    fn malformed_requests() {
        let root = std::env::temp_dir();
        for (thing, name, title) in [
            ("policy", "a", &[][..]),
            ("hook", "../a", &[]),
            ("hook", "A", &[]),
            ("header", "a", &["title"]),
            ("code", "E1", &["title"]),
            ("code", "E0001", &[]),
        ] {
            assert!(write(&root, thing, name, title).is_err(), "{thing} {name}");
        }
    }
}
