//! A second judge of emitted eBPF: it reads the words themselves and shares no code with what
//! makes them, so that a mistake in the back end's idea of an instruction shows here.
//!
//! In: a program's words, its type and its maps. Out: what breaks the rules below, each with its
//! instruction. The rules are narrower than the kernel's: a program is fine when every operation
//! on a pointer is one that this project's code generator is meant to use, because only those are
//! taken by every kernel for a loader with CAP_BPF and CAP_NET_ADMIN alone.
//!
//! What is checked, by an abstract run over all paths that joins states where paths meet:
//!
//! * encoding: known operations, reserved fields 0, jumps to instructions, no end to fall off;
//! * control: no unreachable instruction, no circle without `may_goto`, `r0` a number at `exit`;
//! * registers and stack: written before read, 512 bytes, aligned, words never torn;
//! * packet: constant offsets, behind a comparison with the end of the data on every path;
//! * copies of the packet: read only where the copying function said that it succeeded;
//! * map values: behind a test for null, inside the value, not on its lock, not where read-only;
//! * pointers: moved by constants only, compared and stored nowhere but as the rules above say;
//! * functions: those of the program's type, with arguments of the kinds they take.
//!
//! A join forgets how paths differ, so a program that is fine for a reason that spans two branches
//! is refused here. The generator makes no such program.

mod access;
mod branch;
mod calls;
mod context;
mod decode;
mod flow;
mod guards;
mod run;
mod state;
mod step;

pub use guards::{Guard, GuardKind, guards};
use std::fmt;

/// A map as the program sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Map {
    /// `enum bpf_map_type`.
    pub kind: u32,
    /// Bytes of a key.
    pub key_bytes: u32,
    /// Bytes of a value.
    pub value_bytes: u32,
    /// Whether the program may only read it (`BPF_F_RDONLY_PROG`).
    pub read_only: bool,
    /// The byte of the value where its `struct bpf_spin_lock` stands.
    pub lock: Option<u32>,
}

/// A map named by a two-word load.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reloc {
    /// Index of the load's first word.
    pub insn: u32,
    /// Index of the map.
    pub map: u32,
    /// A byte of the map's only value, or the map itself.
    pub value_offset: Option<u32>,
}

/// A program to judge.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    /// `enum bpf_prog_type`.
    pub kind: u32,
    /// `struct bpf_insn`, little-endian.
    pub words: &'a [u64],
    /// Where maps are named.
    pub relocs: &'a [Reloc],
    /// The maps by index.
    pub maps: &'a [Map],
}

/// What a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rule {
    /// An operation that does not exist, or whose fields cannot be so.
    Encoding,
    /// A jump to no instruction.
    JumpTarget,
    /// An instruction that no path reaches.
    Unreachable,
    /// A circle that nothing ends.
    EndlessLoop,
    /// A path that does not end in `exit`.
    NoExit,
    /// What `exit` returns.
    Return,
    /// A register that some path has not written.
    Register,
    /// A byte of the stack that some path has not written, or beyond it.
    Stack,
    /// A word of the stack that is written in part.
    TornWord,
    /// A field of the context that the program's type does not have.
    Context,
    /// A read of the packet that no comparison with its end proves.
    PacketBounds,
    /// A copy of the packet that is read where copying may have failed.
    UncheckedCopy,
    /// A map's value that may be null.
    NullCheck,
    /// A byte outside a map's value.
    ValueBounds,
    /// A write to a map that the program may only read.
    ReadOnly,
    /// A lock that is read, left locked, taken twice or given back unheld.
    Lock,
    /// Arithmetic on a pointer other than a constant distance.
    PointerArithmetic,
    /// A pointer that is compared with something else than its end or null.
    PointerComparison,
    /// A pointer that would become visible to user space or to another kind of memory.
    PointerLeak,
    /// A function that the program's type does not have.
    Function,
    /// An argument of another kind than the function takes.
    Argument,
}

/// One broken rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    /// Index of the instruction's first word.
    pub at: u32,
    /// The rule.
    pub rule: Rule,
    /// A sentence.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {:?}: {}", self.at, self.rule, self.message)
    }
}

/// What breaks the rules, in order of instructions. Empty for a program that is fine.
pub fn lint(program: &Program<'_>) -> Vec<Finding> {
    let code = match decode::decode(program) {
        Ok(code) => code,
        Err(findings) => return findings,
    };
    let mut findings = flow::check(&code);
    // Where control itself is broken there are no paths to walk.
    if findings.iter().all(|finding| finding.rule == Rule::Unreachable) {
        findings.extend(run::run(program, &code).findings);
    }
    findings.sort();
    findings.dedup();
    findings
}
