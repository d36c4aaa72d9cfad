//! The state of a policy in the kernel's maps and back.
//!
//! In: a loaded policy, the interpreter's state. Out: maps written before a run, the state read
//! behind it. Only kinds of maps that the language has so far are here; others are refused.

use std::io;
use syrup_ir::interp::{MapState, State};
use syrup_ir::{Checked, MapKind};
use syrup_load::{Loaded, Map, Records, Update};
use syrup_wire::artifact::MapRole;

/// How the cells of a map are found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cells {
    /// One cell.
    One,
    /// One cell for each CPU.
    OnePerCpu,
    /// By index, always there.
    Indexed,
    /// By key, where they were inserted.
    Keyed,
    /// By index, written by user space only.
    Ring,
    /// None: what is written goes to user space.
    Records,
}

fn cells_of(kind: MapKind) -> Result<Cells, String> {
    match kind {
        MapKind::State => Ok(Cells::One),
        MapKind::PerCpuState => Ok(Cells::OnePerCpu),
        MapKind::Array | MapKind::PerCpuArray => Ok(Cells::Indexed),
        MapKind::Hash | MapKind::LruHash | MapKind::Lpm => Ok(Cells::Keyed),
        MapKind::Maglev(_) => Ok(Cells::Ring),
        MapKind::Log => Ok(Cells::Records),
        MapKind::PerTask => Err(format!("the kernel cannot be shown a {kind:?} map yet")),
    }
}

fn answer(doing: &str) -> impl Fn(io::Error) -> String + '_ {
    move |error| format!("{doing}: {error}")
}

/// Makes the kernel's maps what the state says.
///
/// # Errors
/// One sentence: a kind of map that is not built, or what the kernel answers.
pub fn write(policy: &Checked, loaded: &Loaded, state: &State) -> Result<(), String> {
    write_sets(loaded, state)?;
    for (decl, contents) in policy.module().maps.iter().zip(&state.maps) {
        match cells_of(decl.kind)? {
            Cells::One => {
                let (map, offset) = cell(loaded, &decl.name)?;
                let value = contents.get(&[], 0).unwrap_or_default();
                map.write_range(offset, value).map_err(answer("write a state cell"))?;
            }
            Cells::OnePerCpu => {
                let value = contents.get(&[], 0).unwrap_or_default();
                let written = put(map_named(loaded, &decl.name)?, &[0; 4], value);
                written.map_err(answer("write a state cell"))?;
            }
            Cells::Ring => {
                let slots = contents.ring().chunks_exact(4);
                let slots = slots.filter_map(|slot| slot.first_chunk());
                let slots: Vec<u32> = slots.map(|slot| u32::from_le_bytes(*slot)).collect();
                let written = map_named(loaded, &decl.name)?.write_cells(&slots);
                written.map_err(answer("fill a Maglev table"))?;
            }
            Cells::Records => show_records(loaded, &decl.name, contents)?,
            cells => write_map(cells, map_named(loaded, &decl.name)?, contents)?,
        }
    }
    Ok(())
}

/// Writes a value, to every CPU's copy where each has its own.
fn put(map: &Map, key: &[u8], value: &[u8]) -> io::Result<()> {
    map.update(key, &vec![value; map.values_per_entry()], Update::Any)
}

/// Reads a value. Where each CPU has its own, all were alike before the run, and a run stays on
/// one CPU: the copy that changed is the one.
fn take(map: &Map, key: &[u8], before: Option<&[u8]>) -> io::Result<Option<Vec<u8>>> {
    let values = map.lookup(key)?.unwrap_or_default();
    let changed = values.iter().find(|value| Some(&value[..]) != before);
    Ok(changed.or(values.first()).cloned())
}

fn write_sets(loaded: &Loaded, state: &State) -> Result<(), String> {
    let Some(map) = loaded.map_by(|role| *role == MapRole::Sets) else { return Ok(()) };
    let write = |offset: u32, number: u32| {
        let written = map.write_range(offset as usize, &number.to_ne_bytes());
        written.map_err(answer("set the executors"))
    };
    for (spec, set) in loaded.artifact.sets.iter().zip(&state.sets) {
        for (slot, generation) in (0..).zip(&set.generations) {
            write(spec.generations_offset + 4 * slot, *generation)?;
        }
        write(spec.len_offset, set.generations.len() as u32)?;
    }
    write_generations(loaded, state)
}

/// Writes the tables of generations, 0 behind the last slot.
fn write_generations(loaded: &Loaded, state: &State) -> Result<(), String> {
    for (idx, set) in (0..).zip(&state.sets) {
        let table = loaded.map_by(|role| *role == MapRole::Generations { set: idx });
        let Some(table) = table else { continue };
        for slot in 0..table.info().entries {
            let generation = set.generations.get(slot as usize).copied().unwrap_or(0);
            let written = put(table, &slot.to_ne_bytes(), &generation.to_ne_bytes());
            written.map_err(answer("set the generations"))?;
        }
    }
    Ok(())
}

fn write_map(cells: Cells, map: &Map, contents: &MapState) -> Result<(), String> {
    let doing = answer("write a map");
    for key in map.keys().map_err(&doing)? {
        match contents.get_exact(&key, 0) {
            Some(first) if cells == Cells::Indexed => {
                put(map, &key, first).map_err(&doing)?;
            }
            Some(_) => {}
            None => {
                map.delete(&key).map_err(&doing)?;
            }
        }
    }
    for (_, key, value) in contents.entries() {
        put(map, key, value).map_err(&doing)?;
    }
    Ok(())
}

/// Makes the state what the kernel's maps say.
///
/// # Errors
/// One sentence: a kind of map that is not built, or what the kernel answers.
pub fn read(policy: &Checked, loaded: &Loaded, state: &mut State) -> Result<(), String> {
    for (decl, contents) in policy.module().maps.iter().zip(&mut state.maps) {
        match cells_of(decl.kind)? {
            Cells::One => {
                let (map, offset) = cell(loaded, &decl.name)?;
                let value = map.read_range(offset, decl.value.size() as usize);
                contents.set(&[], 0, &value.map_err(answer("read a state cell"))?);
            }
            Cells::OnePerCpu => {
                let map = map_named(loaded, &decl.name)?;
                let value = take(map, &[0; 4], contents.get(&[], 0));
                let value = value.map_err(answer("read a state cell"))?;
                contents.set(&[], 0, &value.unwrap_or_default());
            }
            Cells::Ring => {}
            Cells::Records => {
                let records = records(loaded, &decl.name)?.peek();
                contents.drain();
                for record in records.map_err(answer("read a log"))? {
                    if !contents.set(&[], 0, &record) {
                        return Err("the kernel's log holds a record that cannot be".to_owned());
                    }
                }
            }
            cells => read_map(cells, map_named(loaded, &decl.name)?, contents)?,
        }
    }
    Ok(())
}

fn read_map(cells: Cells, map: &Map, contents: &mut MapState) -> Result<(), String> {
    let doing = answer("read a map");
    let keys = map.keys().map_err(&doing)?;
    if cells == Cells::Keyed {
        let there = |key: &[u8]| keys.iter().any(|other| other == key);
        let entries = contents.entries().filter(|(_, key, _)| !there(key));
        let gone: Vec<Vec<u8>> = entries.map(|(_, key, _)| key.to_vec()).collect();
        for key in gone {
            contents.remove(&key);
        }
    }
    for key in keys {
        let value = take(map, &key, contents.get_exact(&key, 0)).map_err(&doing)?;
        let Some(value) = value else { continue };
        if contents.get_exact(&key, 0) != Some(&value[..]) && !contents.set(&key, 0, &value) {
            return Err(format!("the kernel's map has an entry {key:02x?} that cannot be"));
        }
    }
    Ok(())
}

/// Makes a log in the kernel as the state has it. User space cannot write one: it can only take
/// records out, so what is to be there must be there already.
fn show_records(loaded: &Loaded, name: &str, contents: &MapState) -> Result<(), String> {
    let mut reader = records(loaded, name)?;
    let there = reader.peek().map_err(answer("read a log"))?;
    let n_gone = there.len().saturating_sub(contents.records().len());
    if there[n_gone..] != *contents.records() {
        return Err(format!("`{name}` should hold records that another policy wrote"));
    }
    reader.take(n_gone).map_err(answer("empty a log")).map(|_| ())
}

fn records(loaded: &Loaded, name: &str) -> Result<Records, String> {
    Records::of(map_named(loaded, name)?).map_err(answer("open a log"))
}

fn map_named<'l>(loaded: &'l Loaded, name: &str) -> Result<&'l Map, String> {
    loaded.map_named(name).ok_or_else(|| format!("the map `{name}` was not loaded"))
}

/// The map that holds a state cell, and its place there: shared with others, or a map of its own.
fn cell<'l>(loaded: &'l Loaded, name: &str) -> Result<(&'l Map, usize), String> {
    for (spec, map) in loaded.artifact.maps.iter().zip(&loaded.maps) {
        if let (MapRole::State { cells }, Some(map)) = (&spec.role, map)
            && let Some(cell) = cells.iter().find(|cell| cell.name == name)
        {
            return Ok((map, cell.offset as usize));
        }
    }
    map_named(loaded, name).map(|map| (map, 0))
}
