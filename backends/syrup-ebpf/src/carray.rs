//! Programs as C arrays, for applications that load them without an object file.
//!
//! In: an artifact. Out: a C header with, for each program, its instructions and a table of the
//! instructions that name maps, and one table of maps.

use std::fmt::Write;
use syrup_wire::artifact::{Artifact, Program};

/// What every header says.
const HEAD: &str = "\
/* For each program P:
 *   P_insns[]   the instructions, as 64-bit little-endian words (struct bpf_insn)
 *   P_relocs[]  the two-word loads that name a map. For {insn, map, offset}, put the descriptor of
 *               syrup_maps[map] into the imm field of word insn. If offset is -1, set its src_reg
 *               to 1 (BPF_PSEUDO_MAP_FD); else set it to 2 (BPF_PSEUDO_MAP_VALUE) and put offset
 *               into the imm field of word insn + 1. The words are emitted with src_reg and
 *               offset in place.
 * syrup_maps[] are the maps to create, in order; `initial` is the first value of a map with one
 * entry, or null for zeros. Load with the program and attach types given.
 */
#include <stdint.h>

#ifndef SYRUP_CARRAY_TYPES
#define SYRUP_CARRAY_TYPES
struct syrup_reloc { uint32_t insn, map; int32_t offset; };
struct syrup_map {
    const char *name;
    uint32_t type, key_size, value_size, max_entries, flags;
    const uint8_t *initial;
};
#endif
";

/// The header of an artifact. Writing to a string cannot fail, so results are dropped.
pub fn carray(artifact: &Artifact) -> String {
    let mut text = format!("/* Policy `{}`. */\n{HEAD}\n", comment(&artifact.policy));
    for (idx, map) in artifact.maps.iter().enumerate() {
        if !map.initial.is_empty() {
            let _ = write!(text, "static const uint8_t syrup_map{idx}_initial[] = {{");
            for byte in &map.initial {
                let _ = write!(text, " {byte},");
            }
            text += " };\n";
        }
    }
    text += "static const struct syrup_map syrup_maps[] = {\n";
    for (idx, map) in artifact.maps.iter().enumerate() {
        let initial = match map.initial.as_slice() {
            [] => "0".to_owned(),
            _ => format!("syrup_map{idx}_initial"),
        };
        let _ = writeln!(
            text,
            "    {{ \"{}\", {}, {}, {}, {}, {}, {initial} }},",
            map.name, map.kind, map.key_bytes, map.value_bytes, map.entries, map.flags
        );
    }
    text += "    { 0 },\n};\n";
    for program in &artifact.programs {
        program_arrays(program, &mut text);
    }
    let licence = quoted(&artifact.licence);
    let _ = writeln!(text, "\nstatic const char syrup_license[] = \"{licence}\";");
    text
}

fn program_arrays(program: &Program, text: &mut String) {
    let name = &program.name;
    let _ = writeln!(text, "\n#define {name}_PROG_TYPE {}", program.kind);
    let _ = writeln!(text, "#define {name}_ATTACH_TYPE {}", program.attach);
    let _ = writeln!(text, "static const uint64_t {name}_insns[] = {{");
    for words in program.insns.chunks(4) {
        let row: Vec<String> = words.iter().map(|word| format!("{word:#018x}")).collect();
        let _ = writeln!(text, "    {},", row.join(", "));
    }
    let _ = writeln!(text, "}};\nstatic const struct syrup_reloc {name}_relocs[] = {{");
    for reloc in &program.relocs {
        let offset = reloc.value_offset.map_or(-1, i64::from);
        let _ = writeln!(text, "    {{ {}, {}, {offset} }},", reloc.insn, reloc.map);
    }
    text.push_str("    { 0 },\n};\n");
}

/// Text for a comment, which it cannot end.
fn comment(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '/' { ' ' } else { c }).collect()
}

/// Text for a C string: what is not plain becomes three octal digits.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'"' && byte != b'\\' && byte != b'?' => out.push(byte.into()),
            _ => out += &format!("\\{byte:03o}"),
        }
    }
    out
}
