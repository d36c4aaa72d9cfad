//! An artifact as a plan for the loading child.
//!
//! In: an artifact that holds together, values of its parameters, maps to reuse. Out: commands in
//! order, what each is for, and where each map and program will be found.

use super::{KeptMap, LoadOptions, params};
use crate::error::LoadError;
use crate::sys::attr::{map_flag, map_kind};
use crate::sys::map::{Map, possible_cpus};
use crate::sys::plan::{MapDef, Plan, ProgDef, Slot, StepIdx};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use syrup_wire::artifact::{Artifact, MapRole, MapSpec, Program, ProgramRole};

/// What a command of the plan is for, so that its failure can be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    Btf,
    CreateMap(usize),
    SetValue(usize),
    Freeze(usize),
    Load(usize),
}

/// A map's place in the plan.
#[derive(Debug)]
pub(super) enum MapSlot {
    /// No loaded program uses it.
    Absent,
    /// It will be created.
    New(Slot),
    /// It was there.
    Kept(Slot, Map),
}

/// The plan under construction.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) plan: Plan,
    pub(super) steps: BTreeMap<usize, Purpose>,
    pub(super) slots: Vec<MapSlot>,
    pub(super) programs: Vec<(usize, Slot, StepIdx)>,
}

impl Draft {
    pub(super) fn new(
        artifact: &Artifact,
        params: &[u64],
        options: &LoadOptions<'_>,
    ) -> Result<Draft, LoadError> {
        let mut draft = Draft::default();
        let answer = |error| LoadError::io("prepare to load", error);
        let btf = if artifact.btf.is_empty() {
            None
        } else {
            let (slot, step) = draft.plan.btf(&artifact.btf).map_err(answer)?;
            draft.steps.insert(step.0, Purpose::Btf);
            Some(slot)
        };
        for (i, spec) in artifact.maps.iter().enumerate() {
            let slot = if !is_used(artifact, spec, i, options.roles) {
                MapSlot::Absent
            } else if let Some(kept) = find_kept(spec, options.keep) {
                let map = kept.map.try_clone().map_err(answer)?;
                MapSlot::Kept(draft.plan.give(kept.map.as_fd()), map)
            } else {
                let initial = params::initial_value(artifact, spec, params)?;
                draft.map(i, spec, btf, initial).map_err(answer)?
            };
            draft.slots.push(slot);
        }
        for (i, program) in artifact.programs.iter().enumerate() {
            if options.roles.contains(&program.role) {
                draft
                    .program((artifact, i), program, btf, (options.log, options.flags))
                    .map_err(answer)?;
            }
        }
        Ok(draft)
    }

    fn map(
        &mut self,
        i: usize,
        spec: &MapSpec,
        btf: Option<Slot>,
        initial: Option<Vec<u8>>,
    ) -> io::Result<MapSlot> {
        let has_types = spec.key_type != 0 || spec.value_type != 0;
        let is_params = spec.role == MapRole::Params;
        // What user space changes in part must be reachable without writing the rest.
        let in_parts = matches!(spec.role, MapRole::Sets | MapRole::State { .. });
        let more = match (is_params, in_parts && spec.kind == map_kind::ARRAY) {
            (true, _) => map_flag::RDONLY_PROG,
            (false, true) => map_flag::MMAPABLE,
            (false, false) => 0,
        };
        let def = MapDef {
            kind: spec.kind,
            key_bytes: spec.key_bytes,
            value_bytes: spec.value_bytes,
            entries: entries(spec)?,
            flags: spec.flags | more,
            name: &spec.name,
            types: btf.filter(|_| has_types).map(|btf| (btf, spec.key_type, spec.value_type)),
        };
        let (slot, step) = self.plan.map(def);
        self.steps.insert(step.0, Purpose::CreateMap(i));
        if let Some(initial) = initial {
            let step = self.plan.set_value(slot, def, initial)?;
            self.steps.insert(step.0, Purpose::SetValue(i));
        }
        if is_params {
            // Only what nobody can write any more is folded by the verifier as constants.
            let step = self.plan.freeze(slot);
            self.steps.insert(step.0, Purpose::Freeze(i));
        }
        Ok(MapSlot::New(slot))
    }

    fn program(
        &mut self,
        (artifact, i): (&Artifact, usize),
        program: &Program,
        btf: Option<Slot>,
        (log, flags): (bool, u32),
    ) -> io::Result<()> {
        let (insns, named) = relocated(program);
        let maps = named.into_iter().filter_map(|(insn, map)| match &self.slots[map] {
            MapSlot::Absent => None,
            MapSlot::New(slot) | MapSlot::Kept(slot, _) => Some((insn, *slot)),
        });
        let maps = maps.collect();
        let lines = program.lines.iter().map(|line| {
            // struct bpf_line_info: the column has ten bits.
            let place = line.line << 10 | line.column.min(1023);
            [line.insn, line.file_name, line.text, place]
        });
        let (slot, step) = self.plan.program(ProgDef {
            name: &program.name,
            kind: program.kind,
            attach: program.attach,
            flags: program.flags | flags,
            insns,
            maps,
            licence: &artifact.licence,
            types: btf.filter(|_| program.func_type != 0).map(|btf| (btf, program.func_type)),
            lines: lines.collect(),
            log,
        })?;
        self.steps.insert(step.0, Purpose::Load(i));
        self.programs.push((i, slot, step));
        Ok(())
    }
}

/// Entries of a map on this machine. The kernel refuses a map of cores with more entries than it
/// was built for, and cores have numbers below those that are possible (`cpu_map_alloc_check`,
/// kernel/bpf/cpumap.c).
fn entries(spec: &MapSpec) -> io::Result<u32> {
    if spec.kind != map_kind::CPUMAP {
        return Ok(spec.entries);
    }
    let n_cores = possible_cpus()?;
    u32::try_from(n_cores).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}

/// The instructions with the kind of each relocation filled in, and which map each names.
/// The first word's source register says what its number is, the second word's number is the
/// byte of the map's value (`BPF_PSEUDO_MAP_VALUE` in include/uapi/linux/bpf.h).
fn relocated(program: &Program) -> (Vec<u64>, Vec<(usize, usize)>) {
    const PSEUDO_MAP_FD: u64 = 1;
    const PSEUDO_MAP_VALUE: u64 = 2;
    let mut insns = program.insns.clone();
    let mut maps = Vec::new();
    for reloc in &program.relocs {
        let insn = reloc.insn as usize;
        let source = match reloc.value_offset {
            None => PSEUDO_MAP_FD,
            Some(_) => PSEUDO_MAP_VALUE,
        };
        let offset = u64::from(reloc.value_offset.unwrap_or(0));
        insns[insn] = insns[insn] & 0xffff_0fff | source << 12;
        insns[insn + 1] = insns[insn + 1] & 0xffff_ffff | offset << 32;
        maps.push((insn, reloc.map as usize));
    }
    (insns, maps)
}

/// Whether a program that is loaded can use a map.
fn is_used(artifact: &Artifact, spec: &MapSpec, i: usize, roles: &[ProgramRole]) -> bool {
    let named = artifact.programs.iter().filter(|program| roles.contains(&program.role));
    if named.flat_map(|program| &program.relocs).any(|reloc| reloc.map as usize == i) {
        return true;
    }
    // A map that no instruction names is still there for user space.
    match &spec.role {
        MapRole::Script => false,
        MapRole::Executors { .. } => roles.contains(&ProgramRole::Policy),
        MapRole::User { .. }
        | MapRole::State { .. }
        | MapRole::Ring { .. }
        | MapRole::Log { .. }
        | MapRole::Generations { .. }
        | MapRole::Cores { .. }
        | MapRole::Params
        | MapRole::Sets
        | MapRole::Counters => true,
    }
}

fn find_kept<'a>(spec: &MapSpec, keep: &'a [KeptMap]) -> Option<&'a KeptMap> {
    // Parameters are frozen with their values, so a new deployment has its own.
    if spec.role == MapRole::Params {
        return None;
    }
    keep.iter().find(|kept| {
        let info = kept.map.info();
        kept.name == spec.name
            && kept.layout_hash == spec.layout_hash
            && (info.kind, info.key_bytes, info.value_bytes, info.entries)
                == (spec.kind, spec.key_bytes, spec.value_bytes, entries(spec).unwrap_or(0))
    })
}
