//! The repository's text files in memory.
//!
//! In: a folder. Out: path and text of each file in UTF-8, sorted by path; build output, git's own
//! folder and what `.gitignore` names by extension are left out. Tests make trees from literals.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Names at any depth that hold no source; `.git` is a file in a further work tree of git.
const SKIPPED: &[&str] = &[".git", "target"];

/// Extensions that `.gitignore` names.
const SKIPPED_EXTENSIONS: &[&str] = &["o", "svg"];

/// Paths from the root, with `/` between their parts, and texts.
pub struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads every text file below a folder.
    ///
    /// # Errors
    /// A folder or file that cannot be read.
    pub fn read(root: &Path) -> Result<Tree, String> {
        let mut tree = Tree { files: BTreeMap::new() };
        let mut open = vec![root.to_owned()];
        while let Some(folder) = open.pop() {
            let entries = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let entries = entries.map_err(|error| format!("{}: {error}", folder.display()))?;
            for entry in entries {
                let path = entry.path();
                let name = entry.file_name().to_string_lossy().into_owned();
                let kind = entry.file_type().map_err(|error| error.to_string())?;
                if SKIPPED.contains(&name.as_str()) {
                    continue;
                }
                if kind.is_dir() {
                    open.push(path);
                } else if kind.is_file() {
                    tree.add(root, &path)?;
                }
            }
        }
        Ok(tree)
    }

    /// Reads one file, unless it is binary.
    fn add(&mut self, root: &Path, path: &Path) -> Result<(), String> {
        let extension = path.extension().map(|extension| extension.to_string_lossy());
        if extension.is_some_and(|extension| SKIPPED_EXTENSIONS.contains(&extension.as_ref())) {
            return Ok(());
        }
        let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            let name = path.strip_prefix(root).unwrap_or(path);
            let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            self.files.insert(parts.join("/"), text);
        }
        Ok(())
    }

    /// A tree from literals.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Tree {
        let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Tree { files: owned.collect() }
    }

    /// Every file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Every file with one of these extensions.
    pub fn with_extension(&self, extensions: &[&str]) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(move |(path, _)| {
            path.rsplit_once('.').is_some_and(|(_, end)| extensions.contains(&end))
        })
    }

    /// Every file of a folder, by name; those of its folders are not among them.
    pub fn folder(&self, folder: &str) -> impl Iterator<Item = (&str, &str, &str)> {
        self.files().filter_map(move |(path, text)| {
            let name = path.strip_prefix(folder)?.strip_prefix('/')?;
            (!name.contains('/')).then_some((path, name, text))
        })
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a folder of this path.
    pub fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        self.files.contains_key(path) || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

#[cfg(test)]
mod tests {
    use super::Tree;
    use std::fs;

    #[test]
    fn folders_are_read_and_build_output_is_not() {
        let root = std::env::temp_dir().join(format!("syrup-tree-{}", std::process::id()));
        for path in ["a.rs", "b/c.md", "target/d.rs", "b/.git/e", "f.o", ".ci/run"] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        fs::write(root.join("binary"), [0xff, 0xfe, 0]).unwrap();
        let tree = Tree::read(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        let paths: Vec<_> = tree.files().map(|file| file.0).collect();
        assert_eq!(paths, [".ci/run", "a.rs", "b/c.md"]);
    }

    #[test]
    fn folder_lists_its_own_files_only() {
        let tree = Tree::of(&[("a/b.md", "1"), ("a/c/d.md", "2"), ("ab/e.md", "3")]);
        let found: Vec<_> = tree.folder("a").collect();
        assert_eq!(found, [("a/b.md", "b.md", "1")]);
        assert!(tree.has("a") && tree.has("a/c") && !tree.has("b"));
    }
}
