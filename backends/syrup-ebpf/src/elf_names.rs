//! Names that C, the kernel and object files accept.
//!
//! In: names of a policy. Out: identifiers, unlike each other where they share a scope.

use std::collections::BTreeSet;

/// Bytes of a name in BTF: the kernel takes at most 127 (`btf_name_valid_identifier`).
const NAME_BYTES_MAX: usize = 96;

/// Bytes of a program's or map's name: `BPF_OBJ_NAME_LEN` less the end mark.
pub const OBJECT_NAME_BYTES_MAX: usize = 15;

/// A name with all but letters, digits and underscores replaced.
pub fn identifier(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let mut text: String = name.chars().map(plain).take(NAME_BYTES_MAX).collect();
    if text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit()) {
        text.insert(0, '_');
    }
    text
}

/// An identifier of at most so many bytes, the suffix included.
pub fn short_name(name: &str, suffix: &str) -> String {
    let mut text = identifier(name);
    text.truncate(OBJECT_NAME_BYTES_MAX - suffix.len());
    text + suffix
}

/// Names that were given out.
#[derive(Default)]
pub struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// The name as an identifier, with a number where it is taken.
    pub fn unique(&mut self, name: &str) -> String {
        let base = identifier(name);
        let mut name = base.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }
}
