//! Who may use whom: one table, compared with what `cargo metadata` says.
//!
//! In: the workspace's declared dependencies, those of every platform included. Out: each edge
//! between two of our crates that the table does not have, each crate without a row, each row
//! without a crate. A new edge is a change to this table and is reviewed as such.

use crate::metadata::{Kind, Metadata};
use std::collections::BTreeSet;

/// What one crate may use of the others.
pub struct Layer {
    /// The crate.
    pub name: &'static str,
    /// What the crate and its build script may use.
    pub uses: Uses,
    /// What only its tests may use besides. A crate's tests may always use the crate itself.
    pub tests_use: &'static [&'static str],
}

/// A set of our crates.
pub enum Uses {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Whatever there is: the crates at the top.
    Everything,
}

/// A row without further crates for the tests.
const fn row(name: &'static str, uses: &'static [&'static str]) -> Layer {
    Layer { name, uses: Uses::Only(uses), tests_use: &[] }
}

/// The table, from the leaves upward.
pub const LAYERS: &[Layer] = &[
    row("syrup-diag", &[]),
    row("syrup-wire", &[]),
    row("syrup-stdlib", &[]),
    row("syrup-ir", &["syrup-diag"]),
    row("syrupc", &["syrup-diag", "syrup-ir", "syrup-stdlib", "syrup-wire"]),
    row("syrup-backend", &["syrup-diag", "syrup-ir", "syrup-wire"]),
    Layer {
        name: "syrup-ebpf",
        uses: Uses::Only(&["syrup-backend", "syrup-diag", "syrup-ir", "syrup-wire"]),
        // The kernel judges what the backend emits, and only the loader speaks to the kernel.
        tests_use: &["syrup-load"],
    },
    // Its artifacts are this machine's code, not the kernel's: it has no use for the contract.
    row("syrup-native", &["syrup-diag", "syrup-ir"]),
    // A plan for a card is commands for a person, not an artifact for a loader.
    row("syrup-nic", &["syrup-diag", "syrup-ir"]),
    row("syrup-load", &["syrup-wire"]),
    row("libsyrup", &["syrup-load", "syrup-wire"]),
    row("syrupd", &["syrup-load", "syrup-wire"]),
    // Policies in the kernel and as native code for tests: what compiles them, what runs them.
    row(
        "syrup-engine",
        &[
            "syrup-backend",
            "syrup-diag",
            "syrup-ir",
            "syrup-load",
            "syrup-native",
            "syrup-wire",
            "syrupc",
        ],
    ),
    // What decides is native code or the interpreter; where policies come from is not its business.
    row("syrup-agent", &["syrup-diag", "syrup-ir", "syrup-native"]),
    // The kernel around an engine: which policy is behind it, it need not know.
    row("syrup-sim", &["syrup-agent", "syrup-diag", "syrup-ir"]),
    row("syrup-demo", &[]),
    // Speaks with editors about text; what runs a policy is not its business.
    row("syrup-lsp", &["syrup-diag", "syrup-stdlib", "syrupc"]),
    // A judge of bytecode is worth something as long as it shares nothing with what makes it.
    row("syrup-bytecode-lint", &[]),
    Layer { name: "syrup-cli", uses: Uses::Everything, tests_use: &[] },
    Layer { name: "syrup-evidence", uses: Uses::Everything, tests_use: &[] },
    // A grammar beside the compiler's, which only its tests compare with it.
    Layer {
        name: "tree-sitter-syrup",
        uses: Uses::Only(&[]),
        tests_use: &["syrup-diag", "syrup-tests", "syrupc"],
    },
    Layer { name: "syrup-tests", uses: Uses::Everything, tests_use: &[] },
    Layer { name: "syrup-proof", uses: Uses::Everything, tests_use: &[] },
    Layer { name: "syrup-bench", uses: Uses::Everything, tests_use: &[] },
    Layer { name: "xtask", uses: Uses::Everything, tests_use: &[] },
];

/// Every difference between the workspace and the table.
pub fn check(metadata: &Metadata, layers: &[Layer]) -> Vec<String> {
    let ours: BTreeSet<&str> = metadata.ours().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in metadata.ours() {
        let Some(layer) = layers.iter().find(|layer| layer.name == package.name) else {
            findings.push(format!("{}: no row in the table of layers", package.name));
            continue;
        };
        for (used, kind) in &package.declared {
            if ours.contains(used.as_str()) && !layer.permits(used, *kind) {
                let who = match kind {
                    Kind::Normal => package.name.clone(),
                    Kind::Build => format!("the build script of {}", package.name),
                    Kind::Dev => format!("the tests of {}", package.name),
                };
                findings.push(format!("{who} may not use {used}"));
            }
        }
    }
    for layer in layers.iter().filter(|layer| !ours.contains(layer.name)) {
        findings.push(format!("{}: a row in the table of layers, but no such crate", layer.name));
    }
    findings
}

impl Layer {
    /// Whether the table has this edge.
    fn permits(&self, used: &str, kind: Kind) -> bool {
        let always = match self.uses {
            Uses::Only(names) => names.contains(&used),
            Uses::Everything => true,
        };
        match kind {
            Kind::Normal | Kind::Build => always,
            Kind::Dev => always || used == self.name || self.tests_use.contains(&used),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LAYERS, Layer, Uses, row};
    use crate::metadata::Metadata;
    use serde_json::json;

    const TABLE: &[Layer] = &[
        row("leaf", &[]),
        Layer { name: "middle", uses: Uses::Only(&["leaf"]), tests_use: &["top"] },
        Layer { name: "top", uses: Uses::Everything, tests_use: &[] },
    ];

    /// A member and its dependencies as (name, kind).
    type Member = (&'static str, &'static [(&'static str, Option<&'static str>)]);

    /// What the check finds in a workspace of these members.
    fn check(members: &[Member], expect: &[&str]) {
        let packages: Vec<_> = members
            .iter()
            .map(|(name, uses)| {
                let uses = uses.iter().map(|(name, kind)| json!({"name": name, "kind": kind}));
                json!({"id": name, "name": name, "dependencies": uses.collect::<Vec<_>>()})
            })
            .collect();
        let ids: Vec<_> = members.iter().map(|member| member.0).collect();
        let value = json!({"packages": packages, "workspace_members": ids, "resolve": null});
        let metadata = Metadata::of_json(&value.to_string()).unwrap();
        assert_eq!(super::check(&metadata, TABLE), expect);
    }

    #[test]
    fn permitted_edges() {
        check(
            &[
                ("leaf", &[("serde", None), ("leaf", Some("dev"))]),
                ("middle", &[("leaf", None), ("top", Some("dev"))]),
                ("top", &[("leaf", None), ("middle", Some("build"))]),
            ],
            &[],
        );
    }

    #[test]
    fn an_edge_upward() {
        check(
            &[("leaf", &[("middle", None)]), ("middle", &[]), ("top", &[])],
            &["leaf may not use middle"],
        );
    }

    #[test]
    fn what_tests_may_use_the_crate_may_not() {
        check(
            &[
                ("leaf", &[("top", Some("dev"))]),
                ("middle", &[("top", None), ("top", Some("build"))]),
                ("top", &[]),
            ],
            &[
                "the tests of leaf may not use top",
                "middle may not use top",
                "the build script of middle may not use top",
            ],
        );
    }

    #[test]
    fn table_and_workspace_name_the_same_crates() {
        check(
            &[("leaf", &[]), ("middle", &[]), ("new", &[])],
            &[
                "new: no row in the table of layers",
                "top: a row in the table of layers, but no such crate",
            ],
        );
    }

    #[test]
    fn rows_name_rows_below_them() {
        let names: Vec<&str> = LAYERS.iter().map(|layer| layer.name).collect();
        for (at, layer) in LAYERS.iter().enumerate() {
            if let Uses::Only(used) = layer.uses {
                for used in used {
                    assert!(names[..at].contains(used), "{} uses {used}", layer.name);
                }
            }
            for used in layer.tests_use {
                assert!(names.contains(used), "the tests of {} use {used}", layer.name);
            }
        }
    }
}
