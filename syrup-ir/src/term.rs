//! How blocks end: edges, terminators, verdicts, and why an evaluation ended.

use crate::{Base, Block, Map, MapId, MapKind, QueueId, SetId, ThreadVerdict, Value};

/// An edge: the block it goes to and the values for that block's parameters.
///
/// Where a terminator binds a value on an edge (a view, a cell), that value is the first parameter
/// and `args` are the others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// Where it goes.
    pub block: Block,
    /// The values passed.
    pub args: Vec<Value>,
}

impl Edge {
    /// An edge that passes nothing.
    pub fn to(block: Block) -> Edge {
        Edge { block, args: Vec::new() }
    }
}

/// How a block ends.
#[derive(Clone, PartialEq, Debug)]
pub enum Term {
    /// Goes on elsewhere.
    Jump(Edge),
    /// Chooses by a `u1`.
    Branch {
        /// 1 takes `yes`.
        cond: Value,
        /// Taken on 1.
        yes: Edge,
        /// Taken on 0.
        no: Edge,
    },
    /// Asks for `len` bytes of packet from `offset + at`.
    View {
        /// Where offsets count from.
        base: Base,
        /// The constant part of the offset, in bytes.
        offset: u32,
        /// The computed part of the offset, a `u32`.
        at: Option<Value>,
        /// How many bytes.
        len: u32,
        /// Taken where they are present; its first parameter is the view.
        ok: Edge,
        /// Taken where the packet is shorter.
        short: Edge,
    },
    /// Asks for an entry of a map.
    Lookup {
        /// Which map.
        map: MapId,
        /// The key, one value for each piece of its layout.
        key: Vec<Value>,
        /// Taken where it exists; its first parameter is the cell.
        found: Edge,
        /// Taken where it does not.
        missing: Edge,
    },
    /// Heads a loop; the first parameter of this block is the index.
    Loop {
        /// Runs while the index is below this `u32`.
        end: Value,
        /// And below this constant.
        max: u32,
        /// The first block of the body.
        body: Edge,
        /// Where it goes after the last trip.
        exit: Edge,
    },
    /// Goes back to a loop header with the next index.
    Next {
        /// The header.
        header: Block,
        /// The values for the header's parameters after the index.
        args: Vec<Value>,
    },
    /// Takes the first thread of a queue that may run on a core, and ends the evaluation: the core
    /// runs it. Goes on where there is none.
    Pop {
        /// Which queue.
        queue: QueueId,
        /// The core.
        core: Value,
        /// Taken where no thread of the queue may run there.
        empty: Edge,
    },
    /// Ends the evaluation.
    Return {
        /// The answer.
        verdict: Verdict,
        /// What in the source gave it.
        cause: Cause,
    },
}

/// The answer of a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The default of the system decides.
    Pass,
    /// The input is refused.
    Drop,
    /// The executor gets the input.
    Steer(Value),
    /// What only an event is answered with.
    Thread(ThreadVerdict),
}

/// What in the source ended an evaluation: for counters and explanations, never for meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// The author's own verdict.
    Written,
    /// The set was empty.
    EmptySet(SetId),
    /// An index named no slot of the set.
    NoSlot(SetId),
    /// Proved impossible; kept so that every path ends.
    Unreachable,
}

impl Verdict {
    /// The value it uses, if any.
    pub const fn uses(self) -> Option<Value> {
        match self {
            Verdict::Pass | Verdict::Drop => None,
            Verdict::Steer(executor) => Some(executor),
            Verdict::Thread(verdict) => verdict.uses(),
        }
    }
}

impl Term {
    /// Every edge, with the number of values that the terminator itself binds on it.
    ///
    /// [`Term::Next`] has none here: use [`Term::successors`] for the graph.
    pub fn edges(&self) -> impl Iterator<Item = (&Edge, u32)> + Clone {
        let edges = match self {
            Term::Jump(target) => [Some((target, 0)), None],
            Term::Branch { yes, no, .. } => [Some((yes, 0)), Some((no, 0))],
            Term::View { ok, short, .. } => [Some((ok, 1)), Some((short, 0))],
            Term::Lookup { found, missing, .. } => [Some((found, 1)), Some((missing, 0))],
            Term::Loop { body, exit, .. } => [Some((body, 0)), Some((exit, 0))],
            Term::Pop { empty, .. } => [Some((empty, 0)), None],
            Term::Next { .. } | Term::Return { .. } => [None, None],
        };
        edges.into_iter().flatten()
    }

    /// The blocks control may go to, back edges included.
    pub fn successors(&self) -> impl DoubleEndedIterator<Item = Block> + Clone + use<> {
        let successors = match self {
            Term::Jump(target) | Term::Pop { empty: target, .. } => [Some(target.block), None],
            Term::Branch { yes: a, no: b, .. }
            | Term::View { ok: a, short: b, .. }
            | Term::Lookup { found: a, missing: b, .. }
            | Term::Loop { body: a, exit: b, .. } => [Some(a.block), Some(b.block)],
            Term::Next { header, .. } => [Some(*header), None],
            Term::Return { .. } => [None, None],
        };
        successors.into_iter().flatten()
    }

    /// Every value it uses, edge arguments included.
    pub fn uses(&self) -> impl Iterator<Item = Value> + Clone {
        let args = self.edges().flat_map(|(target, _)| &target.args);
        let passed: &[Value] = match self {
            Term::Next { args, .. } => args,
            _ => &[],
        };
        self.own_uses().chain(passed.iter().chain(args).copied())
    }

    /// The values it uses itself: not those it only passes on.
    pub fn own_uses(&self) -> impl Iterator<Item = Value> + Clone {
        let (one, key): (Option<Value>, &[Value]) = match self {
            Term::Jump(_) | Term::Next { .. } => (None, &[]),
            Term::Branch { cond, .. } => (Some(*cond), &[]),
            Term::View { at, .. } => (*at, &[]),
            Term::Lookup { key, .. } => (None, key),
            Term::Loop { end, .. } => (Some(*end), &[]),
            Term::Pop { core, .. } => (Some(*core), &[]),
            Term::Return { verdict, .. } => (verdict.uses(), &[]),
        };
        one.into_iter().chain(key.iter().copied())
    }

    /// Replaces every value it uses.
    pub fn map_uses(&mut self, mut f: impl FnMut(Value) -> Value) {
        let mut each = |values: &mut Vec<Value>| values.iter_mut().for_each(|v| *v = f(*v));
        match self {
            Term::Jump(target) => each(&mut target.args),
            Term::Branch { cond, yes, no } => {
                each(&mut yes.args);
                each(&mut no.args);
                *cond = f(*cond);
            }
            Term::View { at, ok, short, .. } => {
                each(&mut ok.args);
                each(&mut short.args);
                *at = at.map(f);
            }
            Term::Lookup { key, found, missing, .. } => {
                each(key);
                each(&mut found.args);
                each(&mut missing.args);
            }
            Term::Loop { end, body, exit, .. } => {
                each(&mut body.args);
                each(&mut exit.args);
                *end = f(*end);
            }
            Term::Next { args, .. } => each(args),
            Term::Pop { core, empty, .. } => {
                each(&mut empty.args);
                *core = f(*core);
            }
            Term::Return { verdict, .. } => match verdict {
                Verdict::Pass | Verdict::Drop => {}
                Verdict::Steer(executor) => *executor = f(*executor),
                Verdict::Thread(verdict) => verdict.map_uses(f),
            },
        }
    }

    /// Replaces every block it goes to.
    pub fn map_blocks(&mut self, mut f: impl FnMut(Block) -> Block) {
        match self {
            Term::Jump(target) => target.block = f(target.block),
            Term::Branch { yes: a, no: b, .. }
            | Term::View { ok: a, short: b, .. }
            | Term::Lookup { found: a, missing: b, .. }
            | Term::Loop { body: a, exit: b, .. } => {
                a.block = f(a.block);
                b.block = f(b.block);
            }
            Term::Pop { empty, .. } => empty.block = f(empty.block),
            Term::Next { header, .. } => *header = f(*header),
            Term::Return { .. } => {}
        }
    }

    /// Steps it counts for on a path: about one a machine instruction, calls more.
    pub fn steps(&self, maps: &[Map]) -> u32 {
        match self {
            Term::Jump(_) | Term::Next { .. } => 1,
            Term::Branch { .. } => 2,
            Term::View { .. } => 5,
            Term::Lookup { map, .. } => match maps[map.idx()].kind {
                MapKind::State | MapKind::PerCpuState | MapKind::Log => 1,
                MapKind::Array | MapKind::PerCpuArray | MapKind::Maglev(_) => 8,
                MapKind::Hash | MapKind::LruHash | MapKind::PerTask | MapKind::Lpm => 30,
            },
            Term::Loop { .. } => 3,
            Term::Pop { .. } => 30,
            Term::Return { .. } => 4,
        }
    }
}
