//! The tests that a program's accesses rely on, so that each can be taken out on purpose.
//!
//! In: a program. Out: its guards.

use crate::{Program, decode, flow, run};

/// What a conditional jump guards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum GuardKind {
    /// Reads of the packet, by a comparison with the end of its direct bytes.
    PacketEnd,
    /// Accesses to the value that this call looked up.
    Null(u32),
    /// Reads of bytes that this call was asked to copy.
    Copy(u32),
    /// The number of turns of a loop.
    Turns,
}

/// A conditional jump that guards something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guard {
    /// The jump.
    pub at: u32,
    /// What it guards.
    pub kind: GuardKind,
    /// Whether what it guards is where it jumps to; else it is what follows.
    pub guards_jump: bool,
}

/// The guards of a program whose control is sound; none for any other.
///
/// A test whose answer is all that the program wants, such as whether a key is there, guards no
/// access and is not among them.
pub fn guards(program: &Program<'_>) -> Vec<Guard> {
    let Ok(code) = decode::decode(program) else { return vec![] };
    if !flow::check(&code).is_empty() {
        return vec![];
    }
    let run::Outcome { mut guards, relied, .. } = run::run(program, &code);
    guards.retain(|guard| match guard.kind {
        GuardKind::PacketEnd | GuardKind::Turns => true,
        GuardKind::Null(call) | GuardKind::Copy(call) => relied.contains(&call),
    });
    guards
}
