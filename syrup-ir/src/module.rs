//! The data of the IR. Plain data with public fields: `check` says what holds of it.

use crate::{Block, Caps, Layout, MapId, Op, Queue, SetId, Term, Value};
use std::fmt;
use std::sync::Arc;
use syrup_diag::Span;

/// One policy, lowered for one hook.
#[derive(Clone, PartialEq, Debug)]
pub struct Module {
    /// The policy's name.
    pub name: Arc<str>,
    /// The hook it was lowered for.
    pub hook: HookInfo,
    /// The licence string of the object it becomes.
    pub licence: Arc<str>,
    /// The most machine instructions its author allows the program to have.
    pub budget: Option<Budget>,
    /// Executor sets, `s0..`.
    pub sets: Vec<Set>,
    /// Maps and state cells, `m0..`.
    pub maps: Vec<Map>,
    /// Queues of threads, `q0..`.
    pub queues: Vec<Queue>,
    /// Load-time parameters, `p0..`.
    pub params: Vec<Param>,
    /// One function for a packet policy, one an event for a thread policy.
    pub funcs: Vec<Func>,
}

/// A bound on the size of the program, by the policy's author.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// The most instructions, as the machine counts them.
    pub insns: u64,
    /// Its declaration.
    pub span: Span,
}

/// What the IR knows of a hook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HookInfo {
    /// Its name: `socket_select`.
    pub name: Arc<str>,
    /// Where the input begins; views of this base are the cheap ones.
    pub window: Base,
    /// What the hook itself offers, before any target takes something away.
    pub caps: Caps,
}

/// Where an offset into a packet counts from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Base {
    /// The link-layer header: Ethernet.
    Frame,
    /// The network header: IPv4 or IPv6.
    Net,
    /// The transport header: UDP or TCP.
    Transport,
}

/// A set of executors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Set {
    /// Its name.
    pub name: Arc<str>,
    /// What the hook fills it with.
    pub kind: ExecutorKind,
    /// The most slots it may have.
    pub capacity: u32,
    /// The verdict where there is no executor.
    pub or_else: Else,
    /// Its declaration.
    pub span: Span,
}

/// What an executor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExecutorKind {
    /// A socket.
    Socket,
    /// A processor core.
    Core,
    /// A receive queue of a network card.
    Queue,
}

/// A verdict that needs no executor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Else {
    /// The default of the system decides.
    Pass,
    /// The input is refused.
    Drop,
}

/// A map, or one state cell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Map {
    /// Its name.
    pub name: Arc<str>,
    /// How it stores.
    pub kind: MapKind,
    /// The key; a `u32` for arrays, unused for state.
    pub key: Layout,
    /// The value.
    pub value: Layout,
    /// The most entries.
    pub entries: u32,
    /// For state: the value it starts with, in the layout of `value`; empty means zeros.
    pub initial: Vec<u8>,
    /// The name to pin it under.
    pub pin: Option<Arc<str>>,
    /// What user space does with it.
    pub user: Access,
    /// Its declaration.
    pub span: Span,
}

/// How a map stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapKind {
    /// One cell, always there.
    State,
    /// A cell for each key below the number of entries, zero at first.
    Array,
    /// Entries appear by insertion; a full map refuses.
    Hash,
    /// Entries appear by insertion; a full map forgets the least recently used.
    LruHash,
    /// One cell a CPU.
    PerCpuState,
    /// An array with one copy a CPU.
    PerCpuArray,
    /// A cell for each live thread, zero at first.
    PerTask,
    /// A permutation table over an executor set, read-only to policies.
    Maglev(SetId),
    /// Longest prefix match.
    Lpm,
    /// A stream of records to user space.
    Log,
}

impl MapKind {
    /// Whether it has a cell for every `u32` key below its size, and for no other.
    pub const fn is_array(self) -> bool {
        match self {
            MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) => true,
            MapKind::State | MapKind::PerCpuState | MapKind::Hash | MapKind::LruHash => false,
            MapKind::PerTask | MapKind::Lpm | MapKind::Log => false,
        }
    }

    /// Its name in the text form, without the set of a ring.
    pub const fn name(self) -> &'static str {
        match self {
            MapKind::State => "state",
            MapKind::Array => "array",
            MapKind::Hash => "hash",
            MapKind::LruHash => "lru_hash",
            MapKind::PerCpuState => "per_cpu_state",
            MapKind::PerCpuArray => "per_cpu_array",
            MapKind::PerTask => "per_task",
            MapKind::Maglev(_) => "maglev",
            MapKind::Lpm => "lpm",
            MapKind::Log => "log",
        }
    }
}

/// What user space may do with a map.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Nothing was declared.
    None,
    /// Read it.
    Read,
    /// Read and write it.
    Write,
    /// Read it and add to its cells.
    Add,
}

/// A parameter fixed when the policy is loaded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Param {
    /// Its name.
    pub name: Arc<str>,
    /// Its shape.
    pub layout: Layout,
    /// The smallest and largest value it may be given.
    pub range: (u64, u64),
    /// The value it has when nothing is given.
    pub default: u64,
    /// Its declaration.
    pub span: Span,
}

/// A function: a control-flow graph in SSA form.
#[derive(Clone, PartialEq, Debug)]
pub struct Func {
    /// The event it handles, or another name for a function over packets: `packet`.
    pub name: Arc<str>,
    /// `b0..`; `b0` is the entry and its parameters are the function's inputs.
    pub blocks: Vec<BlockData>,
    /// `v0..`.
    pub values: Vec<ValueData>,
    /// The whole of its source.
    pub span: Span,
}

/// One basic block.
#[derive(Clone, PartialEq, Debug)]
pub struct BlockData {
    /// Values bound on entry.
    pub params: Vec<Value>,
    /// Straight-line instructions.
    pub insts: Vec<Inst>,
    /// How it ends.
    pub term: Term,
    /// The source of the terminator.
    pub span: Span,
}

/// One instruction.
#[derive(Clone, PartialEq, Debug)]
pub struct Inst {
    /// The value it defines, if any.
    pub result: Option<Value>,
    /// What it does.
    pub op: Op,
    /// Where it comes from.
    pub span: Span,
}

/// What is known of a value when it is made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ValueData {
    /// Its type.
    pub ty: Ty,
    /// What defines it.
    pub def: ValueDef,
    /// Where it comes from.
    pub span: Span,
}

/// What defines a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueDef {
    /// The parameter of a block, by position.
    Param(Block, u32),
    /// An instruction of a block, by position.
    Inst(Block, u32),
}

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    /// `0 ..= 2^n - 1`, `n` in `1..=64`.
    Int(u8),
    /// An executor of a set.
    Exec(SetId),
    /// A thread.
    Task,
    /// The proof that a stretch of packet is present.
    View,
    /// A reference to one value of a map.
    Cell(MapId),
}

impl Ty {
    /// The boolean.
    pub const BOOL: Ty = Ty::Int(1);
    /// Slots, lengths and loop indexes.
    pub const U32: Ty = Ty::Int(32);
    /// Times and packed executors.
    pub const U64: Ty = Ty::Int(64);
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Int(bits) => write!(f, "u{bits}"),
            Ty::Exec(set) => write!(f, "exec {set}"),
            Ty::Task => f.write_str("task"),
            Ty::View => f.write_str("view"),
            Ty::Cell(map) => write!(f, "cell {map}"),
        }
    }
}

/// What a hook knows of a packet without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Meta {
    /// `u16`: the EtherType after any VLAN tags.
    EthProtocol,
    /// `u8`: the transport protocol.
    IpProtocol,
    /// `u32`: the cheapest hash that is stable for a flow.
    FlowHash,
    /// `u32`: bytes from the window's start to the end of the packet.
    Len,
    /// `u32`: the receive queue the packet came in by.
    RxQueue,
    /// `u32`: the interface the packet came in by.
    Interface,
}

impl Meta {
    /// Every field, with its name in the text form and its type.
    pub const ALL: &'static [(Meta, &'static str, Ty)] = &[
        (Meta::EthProtocol, "eth_protocol", Ty::Int(16)),
        (Meta::IpProtocol, "ip_protocol", Ty::Int(8)),
        (Meta::FlowHash, "flow_hash", Ty::U32),
        (Meta::Len, "len", Ty::U32),
        (Meta::RxQueue, "rx_queue", Ty::U32),
        (Meta::Interface, "interface", Ty::U32),
    ];

    /// Its name in the text form.
    pub fn name(self) -> &'static str {
        Meta::ALL[self as usize].1
    }

    /// Its type.
    pub fn ty(self) -> Ty {
        Meta::ALL[self as usize].2
    }
}

impl Func {
    /// The data of a block.
    pub fn block(&self, block: Block) -> &BlockData {
        &self.blocks[block.idx()]
    }

    /// The type of a value.
    pub fn ty(&self, value: Value) -> Ty {
        self.values[value.idx()].ty
    }

    /// Every block id, in order.
    pub fn block_ids(&self) -> impl Iterator<Item = Block> + use<> {
        (0..self.blocks.len() as u32).map(Block)
    }
}
