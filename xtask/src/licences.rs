//! The licences of what we link: every crate that ends up in a binary of ours, or that its build
//! script runs, states a licence that permits it under `Apache-2.0 OR MIT`.
//!
//! In: the resolved dependencies of this platform. Out: each crate whose licence expression the
//! list below does not satisfy. Crates that only tests use are not linked and not looked at.

mod expression;

use crate::metadata::{Kind, Metadata};
use std::collections::BTreeSet;

/// The licence of every crate of this workspace.
const OURS: &str = "Apache-2.0 OR MIT";

/// SPDX identifiers that ask for no more than a notice. The GPL family is not among them and
/// must not be: it would bind everyone who links `syrupc` as a library.
const ALLOWED: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Every crate with a licence that is not on the list.
pub fn check(metadata: &Metadata) -> Vec<String> {
    let mut findings = Vec::new();
    for id in linked(metadata) {
        let Some(package) = metadata.packages.get(id) else { continue };
        let Some(licence) = &package.licence else {
            findings.push(format!("{}: states no licence", package.label));
            continue;
        };
        if package.ours {
            if licence != OURS {
                findings.push(format!("{}: {licence}, ours is {OURS}", package.label));
            }
            continue;
        }
        match expression::permits(licence, ALLOWED) {
            Ok(true) => {}
            Ok(false) => findings.push(format!("{}: {licence} is not allowed", package.label)),
            Err(reason) => findings.push(format!("{}: `{licence}`: {reason}", package.label)),
        }
    }
    findings
}

/// The ids of our crates and of all they link or build with.
fn linked(metadata: &Metadata) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    let ours = metadata.packages.iter().filter(|(_, package)| package.ours);
    let mut open: Vec<&str> = ours.map(|(id, _)| id.as_str()).collect();
    while let Some(id) = open.pop() {
        let Some(package) = metadata.packages.get(id) else { continue };
        if found.insert(id) {
            let edges = package.resolved.iter().filter(|(_, kind)| *kind != Kind::Dev);
            open.extend(edges.map(|(id, _)| id.as_str()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::metadata::Metadata;
    use serde_json::json;

    /// `us` uses `a` (with `licence`), `a` builds with `b`, and the tests of `us` use `t`.
    fn check(ours: &str, licence: Option<&str>, build: &str, expect: &[&str]) {
        let package = |name: &str, licence: Option<&str>| {
            let id = name;
            json!({"id": id, "name": name, "version": "1", "license": licence})
        };
        let edge =
            |name: &str, kind: Option<&str>| json!({"pkg": name, "dep_kinds": [{"kind": kind}]});
        let value = json!({
            "workspace_members": ["us"],
            "packages": [
                package("us", Some(ours)),
                package("a", licence),
                package("b", Some(build)),
                package("t", Some("AGPL-3.0-only")),
            ],
            "resolve": {"nodes": [
                {"id": "us", "deps": [edge("a", None), edge("t", Some("dev"))]},
                {"id": "a", "deps": [edge("b", Some("build"))]},
            ]},
        });
        let metadata = Metadata::of_json(&value.to_string()).unwrap();
        assert_eq!(super::check(&metadata), expect);
    }

    #[test]
    fn permissive_licences_and_a_copyleft_test_tool() {
        check("Apache-2.0 OR MIT", Some("MIT"), "GPL-2.0-only OR BSD-2-Clause", &[]);
    }

    #[test]
    fn copyleft_that_is_linked_or_generates_code() {
        check(
            "Apache-2.0 OR MIT",
            Some("LGPL-2.1-or-later"),
            "GPL-3.0-only",
            &["a 1: LGPL-2.1-or-later is not allowed", "b 1: GPL-3.0-only is not allowed"],
        );
    }

    #[test]
    fn a_licence_that_is_missing_or_unreadable() {
        check(
            "Apache-2.0 OR MIT",
            None,
            "MIT AND",
            &["a 1: states no licence", "b 1: `MIT AND`: a licence is missing at the end"],
        );
    }

    #[test]
    fn our_own_licence() {
        check("MIT", Some("MIT"), "MIT", &["us 1: MIT, ours is Apache-2.0 OR MIT"]);
    }
}
