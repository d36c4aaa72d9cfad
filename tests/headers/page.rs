//! The reference's page of standard headers, made from their files.
//!
//! In: the files. Out: for each header what its documentation says, what it follows, its diagram,
//! and the values its fields must have.

use std::fmt::Write;
use syrupc::Analysis;
use syrupc::doc::diagram;
use syrupc::hir::{Header, Program, Type};

/// What the page begins with.
const HEAD: &str = "# Standard headers

A pattern names these without `use`, where the file has the header's own name.
`language.md` says how a pattern reaches them.
A test writes this page from `stdlib/headers`, so it says what the compiler does.
Where a table stands, a header does not match unless its fields hold these values.
";

/// The page.
pub fn page(files: &[(Analysis, &str)]) -> String {
    let mut page = HEAD.to_owned();
    for (analysis, text) in files {
        for (name, docs) in declared(text) {
            let program = &analysis.program;
            let header = program.headers.iter().find(|header| *header.name == *name);
            let header = header.unwrap_or_else(|| panic!("{name} is not declared"));
            let _ = write!(page, "\n## {name}\n\n{docs}\n");
            routes(program, header, &mut page);
            let _ = write!(page, "\n```text\n{}\n```\n", diagram(header).join("\n"));
            ranges(program, header, &mut page);
        }
    }
    page
}

/// The names and documentation of a file's public headers, one sentence in a line.
fn declared(text: &str) -> Vec<(String, String)> {
    let (mut found, mut docs, mut in_code) = (Vec::new(), String::new(), false);
    for line in text.lines() {
        if let Some(doc) = line.strip_prefix("///") {
            in_code ^= doc.trim().starts_with("```");
            if !in_code && !doc.trim().starts_with("```") && !doc.trim().is_empty() {
                let _ = write!(docs, "{}{}", if docs.is_empty() { "" } else { " " }, doc.trim());
            }
            continue;
        }
        if let Some(rest) = line.strip_prefix("pub header ") {
            let name = rest.split([' ', '[']).next().unwrap_or(rest);
            found.push((name.to_owned(), sentences(&docs)));
        }
        if !line.starts_with('@') {
            docs.clear();
        }
    }
    found
}

fn sentences(docs: &str) -> String {
    docs.replace(". ", ".\n")
}

fn routes(program: &Program, header: &Header, page: &mut String) {
    let routes = header.after.iter().map(|route| {
        let layer = |(id, fields): &(syrupc::hir::HeaderId, Vec<(u32, u64)>)| {
            let decl = &program.headers[id.idx()];
            let field = |&(at, number): &(u32, u64)| {
                let number =
                    if number > 0x7ff { format!("{number:#06x}") } else { number.to_string() };
                format!("{}: {number}", decl.fields[at as usize].name)
            };
            let fields: Vec<_> = fields.iter().map(field).collect();
            match fields.is_empty() {
                true => decl.name.to_string(),
                false => format!("{}({})", decl.name, fields.join(", ")),
            }
        };
        let last = (route.header, route.fields.clone());
        let layers: Vec<_> = route.outer.iter().chain([&last]).map(layer).collect();
        format!("`{}`", layers.join(" / "))
    });
    let routes: Vec<_> = routes.collect();
    if !routes.is_empty() {
        let _ = write!(page, "\nFollows {}.\n", routes.join(", "));
    }
}

fn ranges(program: &Program, header: &Header, page: &mut String) {
    let mut rows = Vec::new();
    for field in &header.fields {
        let Some(bits) = field.ty.bits(program) else { continue };
        if matches!(field.ty, Type::Enum(_)) {
            continue;
        }
        let all = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        let (lo, hi) = (field.range.lo, field.range.hi);
        if (lo, hi) != (0, all) {
            let range = if lo == hi { lo.to_string() } else { format!("{lo} to {hi}") };
            rows.push(format!("| `{}` | {range} |\n", field.name));
        }
    }
    if !rows.is_empty() {
        let _ = write!(page, "\n| field | must be |\n| --- | --- |\n{}", rows.concat());
    }
}
