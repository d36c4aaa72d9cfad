//! From Rust into generated code, and from there back into the runtime.
//!
//! In: code, an arena, a packet, something that answers imports. Out: the answer as a number.

use super::{Arena, Code};
use crate::abi::{self, Env, Imports, Question};
use std::ffi::c_void;
use syrup_diag::bug;
use syrup_ir::interp::{Packet, Task};

/// What answers the imports of one evaluation.
pub(crate) trait Runtime {
    /// The bytes of a map's key and of its value.
    fn sizes(&self, map: u32) -> (usize, usize);
    /// The arena offset of an entry's value.
    fn lookup(&mut self, map: u32, key: &[u8]) -> Option<u64>;
    /// Creates or replaces an entry, or appends a record.
    fn insert(&mut self, map: u32, key: &[u8], value: &[u8]) -> bool;
    /// Removes an entry.
    fn remove(&mut self, map: u32, key: &[u8]) -> bool;
    /// A draw below a number, or any `u32` for 0.
    fn random(&mut self, below: u64) -> u64;
    /// Asks about threads, cores and queues.
    fn thread(&mut self, question: Question, which: u32, slot: u32) -> u64;
}

/// What one evaluation is given besides memory and code.
pub(crate) struct Evaluation<'e> {
    /// Which function of the policy.
    pub(crate) func: usize,
    /// Its inputs.
    pub(crate) inputs: &'e [u64],
    /// The CPU, below the number the code was made for.
    pub(crate) cpu: u32,
    /// The time sample.
    pub(crate) now_ns: u64,
    /// The input packet.
    pub(crate) packet: &'e Packet,
    /// The thread of an event.
    pub(crate) task: Option<&'e Task>,
}

/// What an evaluation gave.
pub(crate) struct Answered {
    /// The verdict as a number.
    pub(crate) answer: u64,
    /// Steps counted.
    pub(crate) steps: u64,
    /// The place in an ordered queue.
    pub(crate) key: u64,
}

/// The runtime as code knows it: a thin pointer to this.
struct Context<'c> {
    runtime: &'c mut dyn Runtime,
}

/// What every evaluation from Rust imports.
const IMPORTS: Imports = Imports { lookup, insert, remove, random, thread };

/// Evaluates once.
pub(crate) fn evaluate(
    code: &Code,
    arena: &Arena,
    evaluation: &Evaluation<'_>,
    runtime: &mut dyn Runtime,
) -> Answered {
    let mut context = Context { runtime };
    let Evaluation { func, inputs, cpu, now_ns, packet, task } = *evaluation;
    if inputs.len() != code.n_inputs(func) {
        bug!("a function of {} inputs is given {}", code.n_inputs(func), inputs.len());
    }
    let mut env = Env {
        abi: abi::VERSION,
        cpu,
        arena: arena.as_ptr(),
        packet: packet.frame.as_ptr(),
        packet_bytes: packet.frame.len() as u64,
        now_ns,
        imports: &IMPORTS,
        context: (&raw mut context).cast(),
        steps: 0,
        net: packet.net,
        transport: packet.transport,
        flow_hash: packet.flow_hash,
        rx_queue: packet.rx_queue,
        interface: packet.interface,
        eth_protocol: packet.eth_protocol,
        ip_protocol: packet.ip_protocol,
        reserved: 0,
        task_id: task.map_or(0, |task| task.id),
        reserved_too: 0,
        task_ran_ns: task.map_or(0, |task| task.ran_ns),
        task_weight: task.map_or(0, |task| task.weight),
        key: 0,
    };
    // SAFETY: the arena has the size the code was made for (the caller's `Program` made both),
    // packet and context live as long as the call, and the inputs were counted above.
    let answer = unsafe { code.call(func, &mut env, inputs) };
    Answered { answer, steps: env.steps, key: env.key }
}

/// The runtime behind a context.
///
/// # Safety
/// `context` is what [`evaluate`] put into the environment of the running call.
unsafe fn runtime<'c>(context: *mut c_void) -> &'c mut dyn Runtime {
    // SAFETY: the caller vouches for it; the code that holds the pointer calls one import at a
    // time, so nobody else uses the runtime meanwhile.
    unsafe { &mut *(*context.cast::<Context<'c>>()).runtime }
}

/// Bytes that generated code built on its stack.
///
/// # Safety
/// `start` points to `n` initialized bytes that outlive the import's call.
unsafe fn bytes<'k>(start: *const u8, n: usize) -> &'k [u8] {
    // SAFETY: the caller vouches for it.
    unsafe { std::slice::from_raw_parts(start, n) }
}

unsafe extern "C" fn lookup(context: *mut c_void, map: u32, key: *const u8) -> u64 {
    // SAFETY: generated code passes on the context it was given, and a key of the map's size.
    let (runtime, key) = unsafe {
        let runtime = runtime(context);
        let (n, _) = runtime.sizes(map);
        (runtime, bytes(key, n))
    };
    runtime.lookup(map, key).unwrap_or(abi::NOTHING)
}

unsafe extern "C" fn insert(
    context: *mut c_void,
    map: u32,
    key: *const u8,
    value: *const u8,
) -> u64 {
    // SAFETY: as in `lookup`, and a value of the map's size.
    let (runtime, key, value) = unsafe {
        let runtime = runtime(context);
        let (n_key, n_value) = runtime.sizes(map);
        (runtime, bytes(key, n_key), bytes(value, n_value))
    };
    runtime.insert(map, key, value).into()
}

unsafe extern "C" fn remove(context: *mut c_void, map: u32, key: *const u8) -> u64 {
    // SAFETY: as in `lookup`.
    let (runtime, key) = unsafe {
        let runtime = runtime(context);
        let (n, _) = runtime.sizes(map);
        (runtime, bytes(key, n))
    };
    runtime.remove(map, key).into()
}

unsafe extern "C" fn random(context: *mut c_void, below: u64) -> u64 {
    // SAFETY: generated code passes on the context it was given.
    unsafe { runtime(context) }.random(below)
}

unsafe extern "C" fn thread(context: *mut c_void, question: u32, which: u32, slot: u32) -> u64 {
    let Some(question) = Question::by_number(question) else {
        bug!("code asked the runtime question {question}")
    };
    // SAFETY: generated code passes on the context it was given.
    unsafe { runtime(context) }.thread(question, which, slot)
}
