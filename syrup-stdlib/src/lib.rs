//! The standard library's files, embedded.
//!
//! In: nothing. Out: the text of each `.syr` file below `stdlib/`, by folder and name. What the
//! files mean is for `syrupc` to say.

/// Folder, name without extension, text, and bytes of it before the file's own tests; sorted.
const FILES: &[(&str, &str, &str, usize)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The text of a file: `file("headers", "udp")`.
pub fn file(folder: &str, name: &str) -> Option<&'static str> {
    let idx = FILES.binary_search_by(|row| (row.0, row.1).cmp(&(folder, name))).ok()?;
    Some(FILES[idx].2)
}

/// What a file offers to others: its text without its own policies and tests, which nobody who
/// uses the file has to read. Offsets and lines are those of the whole text.
pub fn declarations(folder: &str, name: &str) -> Option<&'static str> {
    let idx = FILES.binary_search_by(|row| (row.0, row.1).cmp(&(folder, name))).ok()?;
    let (_, _, text, end) = FILES[idx];
    Some(&text[..end])
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
        for &(folder, name, text, _) in super::FILES {
            assert_eq!(super::file(folder, name), Some(text), "{folder}/{name}");
        }
    }

    #[test]
    fn declarations_end_before_the_tests() {
        let udp = super::declarations("headers", "udp").expect("the header is there");
        assert!(udp.contains("pub header udp") && !udp.contains("policy"), "{udp}");
        assert!(udp.ends_with("}\n"), "{udp}");
        assert_eq!(super::declarations("hooks", "xdp"), super::file("hooks", "xdp"));
    }
}
