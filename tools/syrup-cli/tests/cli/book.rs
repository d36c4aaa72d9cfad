//! What the book tells a reader to type, typed, and what it says a reader will see, compared.
//!
//! In: the pages of `docs`. Of each page that has blocks of `sh`, a folder of its own gets the
//! files it names (a block of `syrup` or `python` with a name), and one shell runs its commands
//! in order. Out: a failure with the page, the line, and what was printed instead.
//!
//! With `SYRUP_BLESS=1` what was printed is written into the page where it does not fit; put the
//! dots back by hand.
//!
//! A block of `text` right behind a block of `sh` is what the commands print; without one they
//! print nothing. `...` in it stands for anything within its line, and a line that is `...` for
//! any lines.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use syrup_load::testing::in_namespace;
use syrup_tests::markdown::{Block, Page, blocks, pages};

/// What the shell prints before the output of each block.
const MARK: &str = "@@ block ";

/// A block of commands and what it should print.
struct Step {
    line: usize,
    /// The text that stands behind it, with the line it begins at.
    answer: Option<(usize, String)>,
}

/// Whether a line is as expected, where `...` stands for anything.
fn line_fits(expected: &str, found: &str) -> bool {
    let mut parts = expected.split("...");
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, inner)) = parts.split_last() else { return rest.is_empty() };
    for part in inner {
        let Some((_, behind)) = rest.split_once(part) else { return false };
        rest = behind;
    }
    rest.ends_with(last)
}

/// Whether lines are as expected, where a line `...` stands for any.
fn fits(expected: &[&str], found: &[&str]) -> bool {
    match (expected, found) {
        ([], found) => found.is_empty(),
        (["...", rest @ ..], found) => (0..=found.len()).any(|n| fits(rest, &found[n..])),
        ([line, rest @ ..], [first, others @ ..]) => {
            line_fits(line, first.trim_end()) && fits(rest, others)
        }
        ([_, ..], []) => false,
    }
}

/// The shell's text for a page, and its steps.
fn script(page: &Page, folder: &Path) -> (String, Vec<Step>) {
    let blocks = blocks(&page.text);
    let mut steps: Vec<Step> = Vec::new();
    // Files appear where the page shows them: one may replace another of the same name.
    let mut text = String::from("exec 2>&1\n");
    for (at, block) in blocks.iter().enumerate() {
        match block.language.as_str() {
            "sh" => {
                let answer = blocks.get(at + 1);
                let answer = answer.filter(|next| next.language == "text" && next.follows);
                let _ = write!(text, "echo '{MARK}{}'\n{}", steps.len(), block.text);
                let answer = answer.map(|answer| (answer.line, answer.text.clone()));
                steps.push(Step { line: block.line, answer });
            }
            _ => write_file(block, at, folder, &mut text),
        }
    }
    // What still runs in the background is the page's own.
    text += "for job in $(jobs -p); do kill $job 2>/dev/null; done\nwait\n";
    (text, steps)
}

/// Lets the shell make the file that a block shows, if it names one.
fn write_file(block: &Block, at: usize, folder: &Path, script: &mut String) {
    let Some(name) = block.words.iter().find(|word| word.contains('.')) else { return };
    let kept = folder.join(format!(".block-{at}"));
    std::fs::write(&kept, &block.text).expect("the folder is ours");
    if let Some((below, _)) = name.rsplit_once('/') {
        let _ = writeln!(script, "mkdir -p {below}");
    }
    let _ = writeln!(script, "cp {} {name}", kept.display());
}

/// What is wrong with a page, after it ran.
fn faults(page: &Page) -> Vec<String> {
    let name = page.path.replace('/', "-");
    let folder = std::env::temp_dir().join(format!("syrup-book-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("there is room for a folder");
    let (text, steps) = script(page, &folder);
    let file = folder.join(".script");
    std::fs::write(&file, text).expect("the folder is ours");
    let binary = Path::new(env!("CARGO_BIN_EXE_syrupc"));
    let mut path = vec![binary.parent().map(PathBuf::from).unwrap_or_default()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let output = Command::new("bash")
        // Job control, for `kill %1`.
        .args(["--norc", "-m"])
        .arg(&file)
        .current_dir(&folder)
        .env("PATH", std::env::join_paths(path).expect("no colon in the path"))
        .stdin(Stdio::null())
        .output()
        .expect("bash starts");
    std::fs::remove_dir_all(&folder).expect("the folder was ours");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut outputs = text.split(MARK);
    let before = outputs.next().unwrap_or_default();
    assert!(before.is_empty(), "{}: {before}", page.path);
    let (mut faults, mut blessed) = (Vec::new(), Vec::new());
    for (at, step) in steps.iter().enumerate() {
        let printed = outputs.next().and_then(|output| output.strip_prefix(&format!("{at}\n")));
        let printed = printed.unwrap_or("(the shell did not come so far)");
        let answer = step.answer.as_ref().map_or("", |answer| answer.1.trim_end());
        let lines: Vec<&str> = printed.trim_end().lines().collect();
        if fits(&answer.lines().collect::<Vec<_>>(), &lines) {
            continue;
        }
        match &step.answer {
            Some((line, _)) if blesses() => blessed.push((*line, lines.join("\n"))),
            _ => {
                let place = format!("docs/{}:{}", page.path, step.line);
                faults.push(format!("{place}: expected\n{answer}\nprinted\n{printed}"));
            }
        }
    }
    rewrite(page, &blessed);
    faults
}

fn blesses() -> bool {
    std::env::var_os("SYRUP_BLESS").is_some_and(|value| value == "1")
}

/// Puts other texts into the blocks that begin at these lines.
fn rewrite(page: &Page, blessed: &[(usize, String)]) {
    if blessed.is_empty() {
        return;
    }
    let mut text = String::new();
    let mut skips = false;
    for (at, line) in (1..).zip(page.text.lines()) {
        if let Some((_, printed)) = blessed.iter().find(|block| block.0 == at) {
            let _ = writeln!(text, "{printed}");
            skips = true;
        }
        skips &= line != "```";
        if !skips {
            let _ = writeln!(text, "{line}");
        }
    }
    let path = syrup_tests::root().join("docs").join(&page.path);
    std::fs::write(path, text).expect("the page was read from there");
}

#[test]
fn what_the_book_says_is_what_happens() {
    in_namespace(|| {
        let mut n_pages = 0;
        let mut wrong = Vec::new();
        for page in pages().iter().filter(|page| page.text.contains("\n```sh\n")) {
            n_pages += 1;
            wrong.extend(faults(page));
            crate::deploying::assert_nothing_pinned();
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(n_pages > 0, "no page has commands");
    });
}

#[test]
fn dots_stand_for_anything_in_their_line() {
    let of = |expected: &str, found: &str| {
        fits(&expected.lines().collect::<Vec<_>>(), &found.lines().collect::<Vec<_>>())
    };
    assert!(of("a ... b\nc", "a 1 b\nc\n"));
    assert!(of("...\nc", "a\nb\nc"));
    assert!(of("", ""));
    assert!(of("x ... y ...", "x 1 y 2"));
    assert!(!of("a ... b", "a 1 c"));
    assert!(!of("a", "a\nb"));
    assert!(!of("a\nb", "a"));
    assert!(!of("x ... y", "x y"));
    assert!(!of("", "a"));
}
