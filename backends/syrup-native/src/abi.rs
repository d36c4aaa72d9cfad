//! What generated code and its caller agree on: the environment, the imports, the verdict.
//!
//! In: nothing. Out: the structures as C lays them out, the offsets the code uses, and verdicts
//! as numbers and back. `docs/reference/native.md` says the same to people who write C. A change
//! to anything here is a new [`VERSION`].

use std::ffi::c_void;
use std::mem::offset_of;
use syrup_ir::interp::Decision;
use syrup_ir::{Cause, QueueId, SetId};

/// The version of the whole: [`Env::abi`] names it, and code refuses to run under another.
pub const VERSION: u32 = 1;

/// What `lookup` answers where there is no entry.
pub const NOTHING: u64 = u64::MAX;

/// All that a policy can reach, for one evaluation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Env {
    /// [`VERSION`].
    pub abi: u32,
    /// The CPU whose copies of maps are meant, below the number the code was made for.
    pub cpu: u32,
    /// The arena's first byte, aligned to a page.
    pub arena: *mut u8,
    /// The packet's first byte: the link-layer header.
    pub packet: *const u8,
    /// Bytes of the packet.
    pub packet_bytes: u64,
    /// The evaluation's time in nanoseconds.
    pub now_ns: u64,
    /// What the runtime does for the code.
    pub imports: *const Imports,
    /// The runtime's own, passed to each import.
    pub context: *mut c_void,
    /// Steps taken, where the code was made to count them.
    pub steps: u64,
    /// Bytes from the frame's start to the network header.
    pub net: u32,
    /// Bytes from the frame's start to the transport header.
    pub transport: u32,
    /// The flow's hash.
    pub flow_hash: u32,
    /// The receive queue.
    pub rx_queue: u32,
    /// The interface.
    pub interface: u32,
    /// The EtherType after any VLAN tags.
    pub eth_protocol: u16,
    /// The transport protocol.
    pub ip_protocol: u8,
    /// Zero.
    pub reserved: u8,
    /// The id of the thread that an event is about.
    pub task_id: u32,
    /// Zero.
    pub reserved_too: u32,
    /// Nanoseconds it has run since it last started, at most an hour.
    pub task_ran_ns: u64,
    /// Its weight, 1 to 10,000.
    pub task_weight: u64,
    /// Out: the place in an ordered queue, where the verdict is to enqueue.
    pub key: u64,
}

/// The functions that generated code may call; there are no others, and none by name.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Imports {
    /// Finds an entry: the arena offset of its value, or [`NOTHING`].
    pub lookup: unsafe extern "C" fn(*mut c_void, u32, *const u8) -> u64,
    /// Creates or replaces an entry, or appends a record: 1, or 0 where there is no room.
    pub insert: unsafe extern "C" fn(*mut c_void, u32, *const u8, *const u8) -> u64,
    /// Removes an entry: 1, or 0 where there was none.
    pub remove: unsafe extern "C" fn(*mut c_void, u32, *const u8) -> u64,
    /// A draw below the number, or any `u32` for 0.
    pub random: unsafe extern "C" fn(*mut c_void, u64) -> u64,
    /// Asks about threads, cores and queues: a [`Question`], a set or queue, a slot.
    pub thread: unsafe extern "C" fn(*mut c_void, u32, u32, u32) -> u64,
}

/// What handlers of events ask the runtime.
#[repr(u32)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    /// Whether the event's thread may use the core in a slot.
    Allowed = 0,
    /// Whether the core in a slot is idle.
    IsIdle = 1,
    /// Makes an idle core busy: 1, or 0 where it was busy.
    Claim = 2,
    /// How many threads wait in a queue.
    QueueLen = 3,
    /// Takes the first thread of a queue that may use the core in a slot: its id, or [`NOTHING`].
    Pop = 4,
}

impl Question {
    /// The question of a number.
    pub fn by_number(number: u32) -> Option<Question> {
        match number {
            0 => Some(Question::Allowed),
            1 => Some(Question::IsIdle),
            2 => Some(Question::Claim),
            3 => Some(Question::QueueLen),
            4 => Some(Question::Pop),
            _ => None,
        }
    }
}

/// An import, for the code that calls it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Import {
    Lookup,
    Insert,
    Remove,
    Random,
    Thread,
}

impl Import {
    /// Where its pointer stands in [`Imports`].
    pub(crate) const fn offset(self) -> usize {
        match self {
            Import::Lookup => offset_of!(Imports, lookup),
            Import::Insert => offset_of!(Imports, insert),
            Import::Remove => offset_of!(Imports, remove),
            Import::Random => offset_of!(Imports, random),
            Import::Thread => offset_of!(Imports, thread),
        }
    }
}

/// What a verdict's number says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The policy decided.
    Decided(Decision, Cause),
    /// The code is of another [`VERSION`] than its caller.
    WrongAbi,
}

/// Bits up to the set that is steered to.
const SET_SHIFT: u32 = 32;
/// Bits up to the set that the cause names.
const CAUSE_SET_SHIFT: u32 = 40;
/// Bits up to the cause.
const CAUSE_SHIFT: u32 = 48;
/// Bits up to the kind.
const KIND_SHIFT: u32 = 56;

/// The kind of a verdict that leaves it to the system.
const PASS: u64 = 0;
/// The kind of a verdict that refuses the input.
const DROP: u64 = 1;
/// The kind of a verdict that names an executor.
const STEER: u64 = 2;
/// The kind of an answer that is no verdict: another version.
const WRONG_ABI: u64 = 3;
/// The kind of a verdict that puts the thread into a queue.
const ENQUEUE: u64 = 4;
/// The kind of a verdict that gives the thread a core at once.
const PREEMPT: u64 = 5;
/// The kind of a verdict that changes nothing.
const KEEP: u64 = 6;
/// The kind of a verdict that leaves the core without work.
const IDLE: u64 = 7;
/// The kind of a verdict that runs a thread that was taken from a queue.
const RUN: u64 = 8;

/// What code of another version answers.
pub(crate) const WRONG_ABI_ANSWER: u64 = WRONG_ABI << KIND_SHIFT;

fn cause_bits(cause: Cause) -> u64 {
    let (kind, set) = match cause {
        Cause::Written => (0, 0),
        Cause::EmptySet(set) => (1, set.0),
        Cause::NoSlot(set) => (2, set.0),
        Cause::Unreachable => (3, 0),
    };
    kind << CAUSE_SHIFT | u64::from(set) << CAUSE_SET_SHIFT
}

/// A verdict as a number; a slot or id of 0 is still to be added.
pub(crate) fn encode(decision: Decision, cause: Cause) -> u64 {
    let (kind, set, number) = match decision {
        Decision::Pass => (PASS, 0, 0),
        Decision::Drop => (DROP, 0, 0),
        Decision::Slot(set, slot) => (STEER, set.0, slot),
        Decision::Enqueued(queue) => (ENQUEUE, queue.0, 0),
        Decision::Preempt(set, slot) => (PREEMPT, set.0, slot),
        Decision::Keep => (KEEP, 0, 0),
        Decision::Idle => (IDLE, 0, 0),
        Decision::Run(id) => (RUN, 0, id),
    };
    cause_bits(cause) | kind << KIND_SHIFT | u64::from(set) << SET_SHIFT | u64::from(number)
}

/// What a number says; nothing for one that no code gives.
pub fn decode(answer: u64) -> Option<Answer> {
    let byte = |shift: u32| (answer >> shift) & 0xff;
    let set = SetId(byte(SET_SHIFT) as u32);
    let cause_set = SetId(byte(CAUSE_SET_SHIFT) as u32);
    let cause = match byte(CAUSE_SHIFT) {
        0 => Cause::Written,
        1 => Cause::EmptySet(cause_set),
        2 => Cause::NoSlot(cause_set),
        3 => Cause::Unreachable,
        _ => return None,
    };
    let decision = match byte(KIND_SHIFT) {
        PASS => Decision::Pass,
        DROP => Decision::Drop,
        STEER => Decision::Slot(set, answer as u32),
        WRONG_ABI => return Some(Answer::WrongAbi),
        ENQUEUE => Decision::Enqueued(QueueId(set.0)),
        PREEMPT => Decision::Preempt(set, answer as u32),
        KEEP => Decision::Keep,
        IDLE => Decision::Idle,
        RUN => Decision::Run(answer as u32),
        _ => return None,
    };
    Some(Answer::Decided(decision, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_come_back() {
        let causes = [
            Cause::Written,
            Cause::EmptySet(SetId(255)),
            Cause::NoSlot(SetId(3)),
            Cause::Unreachable,
        ];
        let slot = Decision::Slot(SetId(200), u32::MAX);
        let preempt = Decision::Preempt(SetId(255), 7);
        let queue = Decision::Enqueued(QueueId(255));
        let run = Decision::Run(u32::MAX);
        let plain = [Decision::Pass, Decision::Drop, Decision::Keep, Decision::Idle];
        for decision in plain.into_iter().chain([slot, preempt, queue, run]) {
            for cause in causes {
                let answer = decode(encode(decision, cause));
                assert_eq!(answer, Some(Answer::Decided(decision, cause)));
            }
        }
        assert_eq!(decode(WRONG_ABI_ANSWER), Some(Answer::WrongAbi));
        assert_eq!(decode(9 << KIND_SHIFT), None);
        assert_eq!(decode(9 << CAUSE_SHIFT), None);
    }

    #[test]
    fn structures_are_as_the_header_says() {
        assert_eq!(size_of::<Env>(), 120);
        assert_eq!(offset_of!(Env, steps), 56);
        assert_eq!(offset_of!(Env, ip_protocol), 86);
        assert_eq!(size_of::<Imports>(), 40);
    }
}
