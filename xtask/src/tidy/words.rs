//! Words and paths that do not belong into the repository.
//!
//! In: every text file; the list `xtask/words.txt`. Out: findings with the word and what to write
//! instead. Files that speak of findings, this one among them, are left alone.

use super::{Finding, Tree};

/// The list of words.
const LIST: &str = "xtask/words.txt";

/// First parts of paths that exist on the machine of one person or one service only.
const MACHINE_FOLDERS: &[&str] = &["Users", "builds", "home", "root", "work", "workspace"];

/// How open work is marked; the number of an issue follows in parentheses.
const OPEN_WORK: &str = "TODO";

/// Whether a file holds, by its purpose, texts that checks look for: the checks and their tests,
/// and templates, whose blanks are marked as open work for the author to fill.
pub fn speaks_of_findings(path: &str) -> bool {
    path == LIST || path.starts_with("xtask/src/") || path.starts_with("xtask/templates/")
}

/// Every file that is looked at, line by line.
fn lines(tree: &Tree) -> impl Iterator<Item = (&str, usize, &str)> {
    let files = tree.files().filter(|(path, _)| !speaks_of_findings(path));
    files.flat_map(|(path, text)| {
        (1..).zip(text.lines()).map(move |(line, content)| (path, line, content))
    })
}

/// No word of the list.
pub fn words(tree: &Tree) -> Vec<Finding> {
    let list: Vec<(&str, &str)> = tree
        .text(LIST)
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" | "))
        .collect();
    if list.is_empty() {
        return vec![Finding::new(LIST, 0, "the list of words is missing or empty")];
    }
    let mut findings = Vec::new();
    for (path, line, content) in lines(tree) {
        let content = content.to_lowercase();
        for (word, instead) in &list {
            if places(&content, word).next().is_some() {
                findings.push(Finding::new(path, line, format!("`{word}`: write {instead}")));
            }
        }
    }
    findings
}

/// Open work names its issue.
pub fn open_work(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, line, content) in lines(tree) {
        for rest in places(content, OPEN_WORK) {
            let number = rest.strip_prefix("(#").and_then(|rest| rest.split_once(')'));
            let numbered = number.is_some_and(|(number, _)| number.parse::<u32>().is_ok());
            if !numbered {
                let message = format!("open work reads `{OPEN_WORK}(#123): ...`");
                findings.push(Finding::new(path, line, message));
            }
        }
    }
    findings
}

/// No absolute path of a machine.
pub fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, line, content) in lines(tree) {
        for folder in MACHINE_FOLDERS {
            let start = format!("/{folder}/");
            let absolute = |(at, _): (usize, &str)| !content[..at].ends_with(is_path_part);
            if content.match_indices(&start).any(absolute) {
                let message = format!("a path of one machine, below `{start}`");
                findings.push(Finding::new(path, line, message));
            }
        }
    }
    findings
}

/// What follows each place of a word that stands alone.
fn places<'a>(content: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    content.match_indices(word).filter_map(|(at, found)| {
        let (before, rest) = (&content[..at], &content[at + found.len()..]);
        let part = |c: char| c.is_alphanumeric() || c == '_';
        (!before.ends_with(part) && !rest.starts_with(part)).then_some(rest)
    })
}

/// Whether a character can stand before a slash inside a path.
fn is_path_part(c: char) -> bool {
    c.is_alphanumeric() || "_-.~}>)*$".contains(c)
}

#[cfg(test)]
mod tests {
    use super::{Finding, LIST, Tree};

    /// The lines that a check finds in one file.
    fn check(check: fn(&Tree) -> Vec<Finding>, text: &str, expect: &[usize]) {
        let tree = Tree::of(&[("a.rs", text), (LIST, "# words\nutilize | use\nbig-word | word\n")]);
        let lines: Vec<usize> = check(&tree).iter().map(|f| f.line).collect();
        assert_eq!(lines, expect, "{text}");
    }

    #[test]
    fn listed_words() {
        check(super::words, "fn utilized() {}\n// We Utilize it.\n// A big-word.", &[2, 3]);
        assert_eq!(super::words(&Tree::of(&[("a.rs", "")])).len(), 1);
    }

    #[test]
    fn the_real_list_is_read() {
        let tree = Tree::of(&[("a.rs", "seamless"), (LIST, include_str!("../../words.txt"))]);
        assert_eq!(super::words(&tree).len(), 1);
    }

    #[test]
    fn open_work() {
        check(super::open_work, "// TODO(#12): split\n// TODO: split\n// TODO(me)\nTODOS", &[2, 3]);
    }

    #[test]
    fn machine_paths() {
        let text = "cd /home/me\nsrc/home/me\n\"/home/x\"\n/sys/fs\n${HOME}/home/x\n(/root/.cargo)";
        check(super::machine_paths, text, &[1, 3, 6]);
    }
}
