//! The documents of the book, taken apart.
//!
//! In: `docs`. Out: its pages, and of a page the blocks of code, the headings with their anchors,
//! and the links.

use std::path::{Path, PathBuf};

/// A document.
pub struct Page {
    /// Its path below `docs`.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// A block of code.
#[derive(PartialEq, Eq, Debug)]
pub struct Block {
    /// The line of its first line of code, from 1.
    pub line: usize,
    /// Its language: the first word behind the fence.
    pub language: String,
    /// What stands behind the language.
    pub words: Vec<String>,
    /// The code.
    pub text: String,
    /// Whether only empty lines are between the block before and this one.
    pub follows: bool,
}

/// Every page, in order of their paths.
///
/// # Panics
/// A page that cannot be read.
pub fn pages() -> Vec<Page> {
    let root = crate::root().join("docs");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let page = |path: &PathBuf| {
        let name = path.strip_prefix(&root).expect("it was found below the root");
        let text = std::fs::read_to_string(path).expect("the page was listed");
        Page { path: name.to_string_lossy().into_owned(), text }
    };
    paths.iter().map(page).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

/// The blocks of code of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    let mut follows = false;
    for (at, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some(_)) => {
                found.extend(open.take());
                follows = true;
            }
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(info)) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                let language = words.next().unwrap_or_default();
                let words = words.collect();
                open = Some(Block { line: at + 2, language, words, text: String::new(), follows });
            }
            (None, None) => follows &= line.trim().is_empty(),
        }
    }
    found
}

/// The lines outside blocks of code, numbered from 1.
pub fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let fence = line.starts_with("```");
        in_code ^= fence;
        !in_code && !fence
    })
}

/// The anchors of a text's headings, as GitHub and mdbook make them.
pub fn anchors(text: &str) -> Vec<String> {
    let heads = prose(text).filter_map(|(_, line)| {
        let name = line.trim_start_matches('#');
        (name.len() < line.len()).then(|| name.strip_prefix(' ')).flatten()
    });
    heads.map(anchor).collect()
}

fn anchor(heading: &str) -> String {
    let letter = |letter: char| match letter {
        ' ' => Some('-'),
        letter if letter.is_alphanumeric() || letter == '-' || letter == '_' => {
            Some(letter.to_ascii_lowercase())
        }
        _ => None,
    };
    heading.trim().chars().filter_map(letter).collect()
}

/// The targets of a text's links, with the line each stands in.
pub fn links(text: &str) -> Vec<(usize, &str)> {
    let in_line = |(at, line)| {
        let targets = str::split(line, "](").skip(1);
        targets.filter_map(move |rest| rest.split_once(')').map(|(target, _)| (at, target)))
    };
    prose(text).flat_map(in_line).collect()
}

#[cfg(test)]
mod tests {
    use super::{anchors, blocks, links};

    #[test]
    fn a_page_is_taken_apart() {
        let page = "# One `a.b`\n[x](README.md#c) [y](d)\n```sh\n# no heading [z](e)\nls\n```\n\n\
                    ```text\na\n```\n## Two words\n```syrup policy.syr\n```\n";
        assert_eq!(anchors(page), ["one-ab", "two-words"]);
        assert_eq!(links(page), [(2, "README.md#c"), (2, "d")]);
        let found = blocks(page);
        let shown: Vec<_> =
            found.iter().map(|b| (b.line, b.language.as_str(), b.follows)).collect();
        assert_eq!(shown, [(4, "sh", false), (9, "text", true), (13, "syrup", false)]);
        assert_eq!(found[0].text, "# no heading [z](e)\nls\n");
        assert_eq!(found[2].words, ["policy.syr"]);
    }
}
