//! The kernel as an engine for in-file tests: a policy's twin through `BPF_PROG_TEST_RUN`.
//!
//! In: a policy, a state, a packet, a scripted world. Out: the kernel's verdict, and the state as
//! the kernel left it. Maps are written before each run and read back behind it.

use crate::backends;
use std::collections::BTreeMap;
use syrup_backend::EmitOptions;
use syrup_diag::Sources;
use syrup_ir::interp::{Decision, MapState, Packet, State};
use syrup_ir::{Checked, MapKind, Profile, SetId};
use syrup_load::{LoadOptions, Loaded, Map, Twin, Update};
use syrup_wire::artifact::{MapRole, ProgramRole};
use syrup_wire::script::{Script, TwinVerdict, WINDOW_OFFSET};
use syrupc::testing::{Engine, Ran, Scripted};

/// Runs policies in this machine's kernel.
pub struct Kernel {
    target: Profile,
    sources: Sources,
    loaded: BTreeMap<(String, Vec<u64>), Loaded>,
}

impl Kernel {
    /// For policies compiled for a target.
    ///
    /// # Errors
    /// No privilege to load programs.
    pub fn new(target: Profile, sources: Sources) -> Result<Kernel, syrup_load::LoadError> {
        syrup_load::probe()?.require_load()?;
        Ok(Kernel { target, sources, loaded: BTreeMap::new() })
    }

    fn load(&self, policy: &Checked, params: &[u64]) -> Result<Loaded, String> {
        let hook = &policy.module().hook.name;
        let backend =
            backends::for_hook(hook).ok_or_else(|| format!("hook {hook} is not built"))?;
        let options = EmitOptions { counters: false, twin: true };
        let emitted = backend.emit(policy, &self.target, options, &self.sources);
        let artifact = emitted
            .map_err(|list| list.first().map_or_else(String::new, |first| first.message.clone()))?;
        let roles = [ProgramRole::Twin];
        let options = LoadOptions { params, roles: &roles, ..LoadOptions::default() };
        syrup_load::load(&artifact, &options).map_err(|error| error.to_string())
    }
}

impl Engine for Kernel {
    fn name(&self) -> &'static str {
        "ebpf"
    }

    fn run(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &Scripted,
    ) -> Result<Ran, String> {
        let key = (policy.module().name.to_string(), state.params.clone());
        if !self.loaded.contains_key(&key) {
            let loaded = self.load(policy, &state.params)?;
            self.loaded.insert(key.clone(), loaded);
        }
        let loaded = &self.loaded[&key];
        write_state(policy, loaded, state)?;
        let twin = Twin::of(loaded).map_err(|error| error.to_string())?;
        let window = packet.frame.get(packet.transport as usize..).unwrap_or_default();
        let network = packet.frame.get(packet.net as usize..packet.transport as usize);
        let network = network.unwrap_or_default();
        let script = Script {
            now: world.now,
            flow_hash: packet.flow_hash,
            eth_protocol: u32::from(packet.eth_protocol),
            ip_protocol: u32::from(packet.ip_protocol),
            rx_queue: packet.rx_queue,
            interface: packet.interface,
            cpu: 0,
            net_offset: WINDOW_OFFSET.saturating_sub(network.len()) as u32,
            draws: world.draws.clone(),
        };
        let run = twin.run(&script, network, window).map_err(|error| error.to_string())?;
        read_state(policy, loaded, state)?;
        let decision = match run.verdict {
            TwinVerdict::Pass => Decision::Pass,
            TwinVerdict::Drop => Decision::Drop,
            TwinVerdict::Slot(slot) => Decision::Slot(steered_set(policy), slot),
        };
        Ok(Ran { decision, n_draws: run.n_draws as usize })
    }
}

/// The set a policy steers to: the type of what its verdicts name.
fn steered_set(policy: &Checked) -> SetId {
    let func = &policy.module().funcs[0];
    let steered = func.blocks.iter().find_map(|block| match block.term {
        syrup_ir::Term::Return { verdict: syrup_ir::Verdict::Steer(value), .. } => Some(value),
        _ => None,
    });
    match steered.map(|value| func.ty(value)) {
        Some(syrup_ir::Ty::Exec(set)) => set,
        _ => SetId(0),
    }
}

fn answer(doing: &str) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{doing}: {error}")
}

/// Makes the kernel's maps what the state says.
fn write_state(policy: &Checked, loaded: &Loaded, state: &State) -> Result<(), String> {
    if let Some(map) = loaded.map_by(|role| *role == MapRole::Sets) {
        let write = |offset: u32, number: u32| {
            map.write_range(offset as usize, &number.to_ne_bytes())
                .map_err(answer("set the executors"))
        };
        for (spec, set) in loaded.artifact.sets.iter().zip(&state.sets) {
            for (slot, generation) in set.generations.iter().enumerate() {
                write(spec.generations_offset + 4 * slot as u32, *generation)?;
            }
            write(spec.len_offset, set.generations.len() as u32)?;
        }
    }
    for (decl, contents) in policy.module().maps.iter().zip(&state.maps) {
        match decl.kind {
            MapKind::State => {
                let (map, offset) = state_cell(loaded, &decl.name)?;
                let value = contents.get(&[], 0).unwrap_or_default();
                map.write_range(offset, value).map_err(answer("write a state cell"))?;
            }
            _ => write_map(decl.kind, map_named(loaded, &decl.name)?, contents)?,
        }
    }
    Ok(())
}

fn write_map(kind: MapKind, map: &Map, contents: &MapState) -> Result<(), String> {
    let array = kind == MapKind::Array;
    let doing = answer("write a map");
    for key in map.keys().map_err(&doing)? {
        if array {
            let zero = contents.get(&key, 0).unwrap_or_default();
            map.update(&key, &[zero], Update::Any).map_err(&doing)?;
        } else if contents.get(&key, 0).is_none() {
            map.delete(&key).map_err(&doing)?;
        }
    }
    for (_, key, value) in contents.entries() {
        map.update(key, &[value], Update::Any).map_err(&doing)?;
    }
    Ok(())
}

/// Makes the state what the kernel's maps say.
fn read_state(policy: &Checked, loaded: &Loaded, state: &mut State) -> Result<(), String> {
    for (decl, contents) in policy.module().maps.iter().zip(&mut state.maps) {
        if decl.kind == MapKind::State {
            let (map, offset) = state_cell(loaded, &decl.name)?;
            let values = map.lookup(&[0; 4]).map_err(answer("read a state cell"))?;
            let value = values.into_iter().flatten().next().unwrap_or_default();
            let end = offset + decl.value.size() as usize;
            contents.set(&[], 0, value.get(offset..end).unwrap_or_default());
            continue;
        }
        let map = map_named(loaded, &decl.name)?;
        let doing = answer("read a map");
        let keys = map.keys().map_err(&doing)?;
        if decl.kind != MapKind::Array {
            let gone: Vec<Vec<u8>> = contents
                .entries()
                .filter(|(_, key, _)| !keys.iter().any(|other| other == key))
                .map(|(_, key, _)| key.to_vec())
                .collect();
            for key in gone {
                contents.remove(&key);
            }
        }
        for key in keys {
            let values = map.lookup(&key).map_err(&doing)?;
            if let Some(value) = values.into_iter().flatten().next() {
                if contents.get(&key, 0) != Some(&value[..]) {
                    contents.set(&key, 0, &value);
                }
            }
        }
    }
    Ok(())
}

fn map_named<'l>(loaded: &'l Loaded, name: &str) -> Result<&'l Map, String> {
    loaded.map_named(name).ok_or_else(|| format!("the map `{name}` was not loaded"))
}

/// The map that holds a state cell, and its place there.
fn state_cell<'l>(loaded: &'l Loaded, name: &str) -> Result<(&'l Map, usize), String> {
    for (spec, map) in loaded.artifact.maps.iter().zip(&loaded.maps) {
        if let (MapRole::State { cells }, Some(map)) = (&spec.role, map) {
            if let Some(cell) = cells.iter().find(|cell| cell.name == name) {
                return Ok((map, cell.offset as usize));
            }
        }
    }
    Err(format!("the state `{name}` was not loaded"))
}
