//! `syrupc new`: a folder with a policy that compiles, tests that hold, and a server to try it on.
//!
//! In: the folder's name and a template. Out: the folder. Nothing that is there is overwritten.

use crate::args::{Format, New, Template};
use crate::exit::{Exit, Failure};
use crate::output;
use serde_json::json;
use std::path::Path;

/// The files of a template: where each goes, and its text.
type Files = &'static [(&'static str, &'static str)];

macro_rules! template {
    ($folder:literal: $($from:literal as $to:literal,)*) => {
        &[$(($to, include_str!(concat!("../../templates/", $folder, "/", $from))),)*]
    };
}

const KV_SERVER: Files = template!("kv-server":
    "README.md" as "README.md",
    "client.py" as "client.py",
    "policy.syr" as "policy.syr",
    "policy.yml" as ".github/workflows/policy.yml",
    "server.py" as "server.py",
);

/// What the policy of every template is called until it gets its own name.
const POLICY: &str = "kv_server";

/// Makes the folder.
pub fn run(cmd: &New, format: Format) -> Result<Exit, Failure> {
    let files = match cmd.template {
        Template::KvServer => KV_SERVER,
    };
    let folder = &cmd.name;
    if folder.exists() {
        let message = format!("{} is already there: choose another name", folder.display());
        return Err(Failure::usage(message));
    }
    let policy = policy_name(folder)?;
    let mut written = Vec::new();
    for (name, text) in files {
        let path = folder.join(name);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, text.replace(POLICY, &policy)))
            .map_err(|error| Failure::usage(format!("cannot write {}: {error}", path.display())))?;
        written.push(path);
    }
    match format {
        Format::Human => {
            println!("made {}: a policy `{policy}` with its tests", folder.display());
            println!("  cd {} && syrupc test policy.syr", folder.display());
            println!("  README.md says how to try it");
        }
        Format::Json => {
            let format = syrup_wire::limits::FORMAT;
            let report = json!({"format": format, "policy": policy, "written": written});
            println!("{}", output::json(&report));
        }
    }
    Ok(Exit::Done)
}

/// The policy's name: the folder's, with `_` where a name has no such letter.
fn policy_name(folder: &Path) -> Result<String, Failure> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }
    };
    let policy: String = name.chars().map(letter).collect();
    // Only analysis knows which names are free: keywords, types and headers are not.
    let text = format!("edition 2026;\npolicy {policy}(pkt: Packet) -> verdict {{ pass }}\n");
    if syrupc::analyze("policy.syr", &text, &syrupc::NoFiles).diags.has_errors() {
        let message = format!("`{name}` cannot name a policy: choose another name, as `my_policy`");
        return Err(Failure::usage(message));
    }
    Ok(policy)
}
