//! Programs as text, in the kernel's own syntax (kernel/bpf/disasm.c), with their source lines.
//!
//! In: an artifact and the sources it was compiled from. Out: text for people and for tests. It
//! reads encoded words, not the compiler's own instructions, so it shows what the kernel will get.

use crate::btf::Reader;
use crate::maps::section;
use std::fmt::Write;
use syrup_diag::Sources;
use syrup_wire::artifact::{Artifact, Program, ProgramRole, Reloc};

/// Every program of an artifact.
pub fn asm(artifact: &Artifact, sources: &Sources) -> String {
    let mut text = String::new();
    for program in &artifact.programs {
        let role = match program.role {
            ProgramRole::Policy => "policy",
            ProgramRole::Twin => "twin",
        };
        let (name, section) = (&program.name, &program.section);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{role} {name} ({section}), {} words:", program.insns.len());
        listing(artifact, program, sources, &mut text);
    }
    text
}

fn listing(artifact: &Artifact, program: &Program, sources: &Sources, text: &mut String) {
    let btf = Reader::new(&artifact.btf);
    let mut lines = program.lines.iter().peekable();
    let mut idx = 0;
    while idx < program.insns.len() {
        if let Some(line) = lines.next_if(|line| line.insn as usize == idx) {
            let (name, source) = (btf.string(line.file_name), btf.string(line.text));
            if sources.iter().next().is_some() {
                let _ = writeln!(text, "; {name}:{}  {source}", line.line);
            }
        }
        let word = Word(program.insns[idx]);
        let reloc = program.relocs.iter().find(|reloc| reloc.insn as usize == idx);
        let second = program.insns.get(idx + 1).copied().unwrap_or_default();
        let _ = writeln!(text, "{idx:4}: {}", instruction(artifact, word, second, reloc));
        idx += if word.is_wide() { 2 } else { 1 };
    }
}

/// The fields of a word, RFC 9669 section 3.1.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    fn opcode(self) -> u8 {
        self.0 as u8
    }

    fn class(self) -> u8 {
        self.opcode() & 7
    }

    fn dst(self) -> u64 {
        self.0 >> 8 & 0xf
    }

    fn src(self) -> u64 {
        self.0 >> 12 & 0xf
    }

    fn offset(self) -> i16 {
        (self.0 >> 16) as i16
    }

    fn imm(self) -> i32 {
        (self.0 >> 32) as i32
    }

    fn is_wide(self) -> bool {
        self.opcode() == 0x18
    }

    fn by_register(self) -> bool {
        self.opcode() & 8 != 0
    }

    fn size(self) -> &'static str {
        match self.opcode() & 0x18 {
            0x00 => "u32",
            0x08 => "u16",
            0x10 => "u8",
            _ => "u64",
        }
    }

    /// `*(u32 *)(r1 +16)`, by the base register given.
    fn memory(self, base: u64) -> String {
        format!("*({} *)(r{base} {:+})", self.size(), self.offset())
    }
}

fn instruction(artifact: &Artifact, word: Word, second: u64, reloc: Option<&Reloc>) -> String {
    match word.class() {
        0 => wide(artifact, word, second, reloc),
        1 => format!("r{} = {}", word.dst(), word.memory(word.src())),
        2 => format!("{} = {}", word.memory(word.dst()), word.imm()),
        3 if word.opcode() & 0xe0 == 0xc0 => atomic(word),
        3 => format!("{} = r{}", word.memory(word.dst()), word.src()),
        4 | 7 => arithmetic(word),
        _ => jump(word),
    }
}

fn wide(artifact: &Artifact, word: Word, second: u64, reloc: Option<&Reloc>) -> String {
    let Some(reloc) = reloc else {
        let number = u64::from(word.imm() as u32) | second >> 32 << 32;
        return format!("r{} = {number:#x}", word.dst());
    };
    let spec = artifact.maps.get(reloc.map as usize);
    let name = spec.map(|map| section(map).unwrap_or_else(|| map.name.clone()));
    let name = name.unwrap_or_default();
    match reloc.value_offset {
        None => format!("r{} = map[{name}]", word.dst()),
        Some(offset) => format!("r{} = map[{name}][0]+{offset}", word.dst()),
    }
}

fn atomic(word: Word) -> String {
    let (dst, src) = (word.dst(), word.src());
    let place = format!("({} *)(r{dst} {:+})", word.size(), word.offset());
    let width = if word.size() == "u64" { "64" } else { "" };
    match word.imm() {
        0x00 => format!("lock *{place} += r{src}"),
        0x01 => format!("r{src} = atomic{width}_fetch_add({place}, r{src})"),
        0xe1 => format!("r{src} = atomic{width}_xchg({place}, r{src})"),
        0xf1 => format!("r0 = atomic{width}_cmpxchg({place}, r0, r{src})"),
        other => format!("atomic {other:#x}"),
    }
}

fn arithmetic(word: Word) -> String {
    let c = if word.class() == 7 { 'r' } else { 'w' };
    let dst = word.dst();
    let rhs =
        if word.by_register() { format!("{c}{}", word.src()) } else { word.imm().to_string() };
    let sign = match word.opcode() & 0xf0 {
        0x00 => "+=",
        0x10 => "-=",
        0x20 => "*=",
        0x30 => "/=",
        0x40 => "|=",
        0x50 => "&=",
        0x60 => "<<=",
        0x70 => ">>=",
        0x80 => return format!("{c}{dst} = -{c}{dst}"),
        0x90 => "%=",
        0xa0 => "^=",
        0xb0 => "=",
        0xc0 => "s>>=",
        _ => return format!("r{dst} = be{} r{dst}", word.imm()),
    };
    format!("{c}{dst} {sign} {rhs}")
}

fn jump(word: Word) -> String {
    let c = if word.class() == 5 { 'r' } else { 'w' };
    let sign = match word.opcode() & 0xf0 {
        0x00 => return format!("goto pc{:+}", word.offset()),
        0x80 => return format!("call {}#{}", helper(word.imm()), word.imm()),
        0x90 => return "exit".to_owned(),
        0x10 => "==",
        0x20 => ">",
        0x30 => ">=",
        0x40 => "&",
        0x50 => "!=",
        0x60 => "s>",
        0x70 => "s>=",
        0xa0 => "<",
        0xb0 => "<=",
        0xc0 => "s<",
        0xd0 => "s<=",
        _ => return format!("may_goto pc{:+}", word.offset()),
    };
    let rhs = if word.by_register() {
        format!("{c}{}", word.src())
    } else {
        format!("{:#x}", word.imm())
    };
    format!("if {c}{} {sign} {rhs} goto pc{:+}", word.dst(), word.offset())
}

fn helper(number: i32) -> &'static str {
    match number {
        1 => "bpf_map_lookup_elem",
        2 => "bpf_map_update_elem",
        3 => "bpf_map_delete_elem",
        5 => "bpf_ktime_get_ns",
        7 => "bpf_get_prandom_u32",
        8 => "bpf_get_smp_processor_id",
        26 => "bpf_skb_load_bytes",
        51 => "bpf_redirect_map",
        68 => "bpf_skb_load_bytes_relative",
        82 => "bpf_sk_select_reuseport",
        93 => "bpf_spin_lock",
        94 => "bpf_spin_unlock",
        130 => "bpf_ringbuf_output",
        188 => "bpf_xdp_get_buff_len",
        189 => "bpf_xdp_load_bytes",
        _ => "unknown",
    }
}
