//! The standard library's files, embedded.
//!
//! In: nothing. Out: the text of each `.syr` file below `stdlib/`, by folder and name. What the
//! files mean is for `syrupc` to say.

/// Folder, name without extension, and text of every file, sorted.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The text of a file: `file("headers", "udp")`.
pub fn file(folder: &str, name: &str) -> Option<&'static str> {
    let idx = FILES.binary_search_by(|row| (row.0, row.1).cmp(&(folder, name))).ok()?;
    Some(FILES[idx].2)
}

/// Name and text of every file of a folder, by name.
pub fn folder(folder: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter(move |row| row.0 == folder).map(|row| (row.1, row.2))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_is_found_by_its_name() {
        assert!(super::FILES.len() > 5);
        for &(folder, name, text) in super::FILES {
            assert_eq!(super::file(folder, name), Some(text), "{folder}/{name}");
        }
    }
}
