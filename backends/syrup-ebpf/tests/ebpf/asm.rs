//! Policies in the text form of the IR, and the instructions they become.
//!
//! Each `tests/policies/NAME.ir` has its listing beside it; `SYRUP_BLESS=1` rewrites the listings.

use crate::common;
#[test]
fn listings_are_as_blessed() {
    let mut differ = Vec::new();
    for (name, module) in common::policies() {
        let listing = common::listing(module);
        let path = common::folder().join(format!("{name}.asm"));
        if std::env::var_os("SYRUP_BLESS").is_some() {
            std::fs::write(&path, &listing).expect("the folder is writable");
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != listing {
            differ.push(format!("{name}:\n{listing}"));
        }
    }
    assert!(differ.is_empty(), "listings changed:\n{}", differ.join("\n"));
}
