//! What `cargo metadata` knows of the workspace, reduced to what the checks need.
//!
//! In: cargo's JSON, format version 1. Out: packages with the dependencies they declare, and the
//! resolved graph on the machine's own platform.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a dependency is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Linked into the crate.
    Normal,
    /// Used by its build script.
    Build,
    /// Used by its tests only.
    Dev,
}

/// One package, ours or not.
#[derive(Clone, Debug)]
pub struct Package {
    /// The name in `Cargo.toml`.
    pub name: String,
    /// Name and version, for messages.
    pub label: String,
    /// The licence expression, where the package states one.
    pub licence: Option<String>,
    /// Whether it is a member of this workspace.
    pub ours: bool,
    /// Declared dependencies by package name, also those of other platforms.
    pub declared: Vec<(String, Kind)>,
    /// Resolved dependencies by package id, on this platform.
    pub resolved: Vec<(String, Kind)>,
}

/// All packages by id.
#[derive(Default, Debug)]
pub struct Metadata {
    /// Packages by cargo's package id.
    pub packages: BTreeMap<String, Package>,
}

impl Metadata {
    /// Asks cargo, for the platform of this machine, so that nothing is downloaded for others.
    pub fn of_cargo() -> Result<Metadata, String> {
        let version = output(&["rustc", "-vV"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or("rustc -vV names no host")?;
        let text = output(&[
            "cargo",
            "metadata",
            "--locked",
            "--format-version=1",
            "--filter-platform",
            host,
        ])?;
        Metadata::of_json(&text)
    }

    /// Reads cargo's JSON.
    pub fn of_json(text: &str) -> Result<Metadata, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let members = array(&value["workspace_members"]);
        let mut packages = BTreeMap::new();
        for package in array(&value["packages"]) {
            let name = string(&package["name"]);
            packages.insert(
                string(&package["id"]),
                Package {
                    label: format!("{name} {}", string(&package["version"])),
                    name,
                    licence: package["license"].as_str().map(str::to_owned),
                    ours: members.contains(&package["id"]),
                    declared: array(&package["dependencies"])
                        .iter()
                        .map(|dependency| (string(&dependency["name"]), kind(&dependency["kind"])))
                        .collect(),
                    resolved: Vec::new(),
                },
            );
        }
        for node in array(&value["resolve"]["nodes"]) {
            let Some(package) = packages.get_mut(&string(&node["id"])) else { continue };
            for dependency in array(&node["deps"]) {
                for entry in array(&dependency["dep_kinds"]) {
                    package.resolved.push((string(&dependency["pkg"]), kind(&entry["kind"])));
                }
            }
        }
        if packages.values().any(|package| package.ours) {
            Ok(Metadata { packages })
        } else {
            Err("cargo metadata names no workspace member".to_owned())
        }
    }

    /// The members of this workspace.
    pub fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.ours)
    }
}

/// The root of the repository: the folder above this crate.
pub fn root() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_owned).ok_or_else(|| "xtask has no parent folder".to_owned())
}

/// Runs a program in the repository's root and returns what it prints.
fn output(words: &[&str]) -> Result<String, String> {
    let output = Command::new(words[0]).args(&words[1..]).current_dir(root()?).output();
    let output = output.map_err(|error| format!("{}: {error}", words[0]))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// The kind of a dependency; cargo writes null for a normal one.
fn kind(value: &Value) -> Kind {
    match value.as_str() {
        Some("build") => Kind::Build,
        Some("dev") => Kind::Dev,
        Some(_) | None => Kind::Normal,
    }
}

/// The elements of an array; a missing one has none.
fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The text of a string; a missing one is empty.
fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
