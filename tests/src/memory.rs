//! Files that exist only in a test.
//!
//! In: names and texts. Out: what `use` reads.

use std::collections::BTreeMap;

/// Files by name.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<String, String>);

impl syrupc::Files for Memory {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}
