//! Links within the repository: the file is there, and the heading that a link names.

use std::path::{Component, Path, PathBuf};
use syrup_tests::markdown::{anchors, links, pages};

/// A path without `.` and `..`, as links are read: without a look at the disk.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_leads_somewhere() {
    let docs = syrup_tests::root().join("docs");
    let mut faults = Vec::new();
    let mut n_anchors = 0;
    for page in pages() {
        let here = docs.join(&page.path);
        for (line, target) in links(&page.text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, head) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => here.clone(),
                file => plain(&here.parent().unwrap_or(&docs).join(file)),
            };
            let at = format!("{}:{line}: `{target}`", page.path);
            if !path.exists() {
                faults.push(format!("{at}: no such file"));
            } else if !head.is_empty() {
                n_anchors += 1;
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if !anchors(&text).iter().any(|anchor| anchor == head) {
                    faults.push(format!("{at}: no such heading"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(n_anchors > 0, "no link to a heading was looked at");
}
