//! Object files as clang would make them, for bpftool, libbpf and aya.
//!
//! In: an artifact. Out: the bytes of a relocatable ELF object: a section for each program, maps
//! that are looked up as BTF definitions in `.maps`, single-value maps as data sections, the
//! licence, `.BTF` and `.BTF.ext`. Symbols come from the variables that the BTF names, so that the
//! two cannot disagree. A section without content is left out: libbpf takes an empty `.maps` for
//! missing BTF.

use crate::btf::{Reader, Section};
use crate::maps::section;
use object::write::{Object, Relocation, SectionId, Symbol, SymbolId, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, RelocationFlags, SectionKind, SymbolFlags, SymbolKind,
    SymbolScope, elf,
};
use std::collections::BTreeMap;
use syrup_wire::artifact::{Artifact, MapSpec, Program};

/// The object file of an artifact.
pub fn elf(artifact: &Artifact) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Bpf, Endianness::Little);
    let reader = Reader::new(&artifact.btf);
    let sections = reader.sections();
    let mut targets: BTreeMap<u32, SymbolId> = BTreeMap::new();
    for (idx, spec) in artifact.maps.iter().enumerate() {
        if let Some(name) = section(spec) {
            let id = data_section(&mut object, &name, spec);
            if let Some(section) = sections.iter().find(|section| section.name == name) {
                variables(&mut object, id, section);
            }
            targets.insert(idx as u32, object.section_symbol(id));
        }
    }
    if let Some(maps) = sections.iter().find(|section| section.name == ".maps") {
        let id = object.add_section(vec![], b".maps".to_vec(), SectionKind::Data);
        let bytes = maps.vars.iter().map(|var| var.1 + var.2).max().unwrap_or(0);
        object.append_section_data(id, &vec![0; bytes as usize], 8);
        let symbols = variables(&mut object, id, maps);
        let tables = (0u32..).zip(&artifact.maps).filter(|(_, spec)| section(spec).is_none());
        targets.extend(tables.map(|(idx, _)| idx).zip(symbols));
    }
    for program in &artifact.programs {
        add_program(&mut object, program, &targets);
    }
    let mut licence = artifact.licence.clone().into_bytes();
    licence.push(0);
    plain_section(&mut object, "license", SectionKind::Data, &licence);
    if !artifact.btf.is_empty() {
        plain_section(&mut object, ".BTF", SectionKind::Debug, &artifact.btf);
        let ext = btf_ext(artifact, &reader);
        plain_section(&mut object, ".BTF.ext", SectionKind::Debug, &ext);
    }
    match object.write() {
        Ok(bytes) => bytes,
        Err(error) => syrup_diag::bug!("the object file could not be written: {error}"),
    }
}

fn plain_section(object: &mut Object<'_>, name: &str, kind: SectionKind, data: &[u8]) {
    let id = object.add_section(vec![], name.as_bytes().to_vec(), kind);
    object.append_section_data(id, data, 1);
}

fn data_section(object: &mut Object<'_>, name: &str, spec: &MapSpec) -> SectionId {
    let kind = match name {
        ".bss" => SectionKind::UninitializedData,
        ".rodata" => SectionKind::ReadOnlyData,
        _ => SectionKind::Data,
    };
    let id = object.add_section(vec![], name.as_bytes().to_vec(), kind);
    if name == ".bss" {
        object.append_section_bss(id, spec.value_bytes.into(), 64);
    } else {
        let mut bytes = spec.initial.clone();
        bytes.resize(spec.value_bytes as usize, 0);
        object.append_section_data(id, &bytes, 8);
    }
    id
}

fn variables(object: &mut Object<'_>, id: SectionId, section: &Section) -> Vec<SymbolId> {
    let mut symbols = Vec::new();
    for (name, offset, bytes) in &section.vars {
        symbols.push(object.add_symbol(Symbol {
            name: name.clone().into_bytes(),
            value: (*offset).into(),
            size: (*bytes).into(),
            kind: SymbolKind::Data,
            scope: SymbolScope::Dynamic,
            weak: false,
            section: SymbolSection::Section(id),
            flags: SymbolFlags::None,
        }));
    }
    symbols
}

fn add_program(object: &mut Object<'_>, program: &Program, targets: &BTreeMap<u32, SymbolId>) {
    let name = program.section.clone().into_bytes();
    let id = object.add_section(vec![], name, SectionKind::Text);
    let mut words = program.insns.clone();
    for reloc in &program.relocs {
        let at = reloc.insn as usize;
        // As clang writes it: a plain 64-bit load whose number is the byte of the section.
        words[at] = words[at] & 0xffff_0fff | u64::from(reloc.value_offset.unwrap_or(0)) << 32;
        words[at + 1] = 0;
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    object.append_section_data(id, &bytes, 8);
    object.add_symbol(Symbol {
        name: program.name.clone().into_bytes(),
        value: 0,
        size: bytes.len() as u64,
        kind: SymbolKind::Text,
        scope: SymbolScope::Dynamic,
        weak: false,
        section: SymbolSection::Section(id),
        flags: SymbolFlags::None,
    });
    for reloc in &program.relocs {
        let Some(&symbol) = targets.get(&reloc.map) else { continue };
        // BPF relocations keep no addend of their own: one given here would overwrite the opcode.
        let added = object.add_relocation(
            id,
            Relocation {
                offset: u64::from(reloc.insn) * 8,
                symbol,
                addend: 0,
                flags: RelocationFlags::Elf { r_type: elf::R_BPF_64_64 },
            },
        );
        if let Err(error) = added {
            syrup_diag::bug!("a relocation was refused: {error}");
        }
    }
}

/// `struct btf_ext_header` (tools/lib/bpf/libbpf_internal.h) and its records: where functions and
/// lines begin. Offsets are bytes here, unlike in the bpf(2) call.
fn btf_ext(artifact: &Artifact, reader: &Reader<'_>) -> Vec<u8> {
    const HEADER_BYTES: u32 = 24;
    let (mut funcs, mut lines) = (vec![8u32], vec![16u32]);
    for program in &artifact.programs {
        let Some(name) = reader.offset_of(&program.section) else { continue };
        funcs.extend([name, 1, 0, program.func_type]);
        lines.extend([name, program.lines.len() as u32]);
        for line in &program.lines {
            let place = line.line << 10 | line.column.min(0x3ff);
            lines.extend([line.insn * 8, line.file_name, line.text, place]);
        }
    }
    let mut bytes = Vec::new();
    bytes.extend(0xeb9f_u16.to_le_bytes());
    bytes.extend([1, 0]);
    let (n_funcs, n_lines) = (funcs.len() as u32 * 4, lines.len() as u32 * 4);
    let header = [HEADER_BYTES, 0, n_funcs, n_funcs, n_lines];
    for word in header.iter().chain(&funcs).chain(&lines) {
        bytes.extend(word.to_le_bytes());
    }
    bytes
}
