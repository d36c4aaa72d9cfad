//! An artifact as the bytecode judge wants it.
//!
//! In: an artifact and the policy that it came from. Out: findings, guards.

use syrup_bytecode_lint::{Finding, Guard, Map, Program, Reloc, guards, lint};
use syrup_ir::Checked;
use syrup_wire::artifact::{self, Artifact, MapRole};

/// What the judge knows of an artifact's maps.
pub fn maps(artifact: &Artifact, policy: &Checked) -> Vec<Map> {
    let lock_of = |spec: &artifact::MapSpec| match &spec.role {
        MapRole::User { .. } => {
            let decl = policy.module().maps.iter().find(|decl| *decl.name == spec.name)?;
            decl.value.lock()
        }
        _ => None,
    };
    let map = |spec: &artifact::MapSpec| Map {
        kind: spec.kind,
        key_bytes: spec.key_bytes,
        value_bytes: spec.value_bytes,
        read_only: spec.role == MapRole::Params,
        lock: lock_of(spec),
    };
    artifact.maps.iter().map(map).collect()
}

/// Gives a program of an artifact to the judge.
pub fn with<T>(
    program: &artifact::Program,
    maps: &[Map],
    ask: impl FnOnce(&Program<'_>) -> T,
) -> T {
    let relocs: Vec<Reloc> = program
        .relocs
        .iter()
        .map(|reloc| Reloc { insn: reloc.insn, map: reloc.map, value_offset: reloc.value_offset })
        .collect();
    ask(&Program { kind: program.kind, words: &program.insns, relocs: &relocs, maps })
}

/// What the judge finds in a program.
pub fn findings(program: &artifact::Program, maps: &[Map]) -> Vec<Finding> {
    with(program, maps, lint)
}

/// The guards of a program.
pub fn guards_of(program: &artifact::Program, maps: &[Map]) -> Vec<Guard> {
    with(program, maps, guards)
}
