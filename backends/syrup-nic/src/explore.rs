//! Every way through a policy, as rules.
//!
//! In: a module of a hook whose packets begin at the transport header, and the number of queues.
//! Out: rules in order, the last of which matches every frame, or what a card cannot do.
//!
//! At a condition on fields, the rules of the one side are narrowed to the frames of that side and
//! stand before the rules of the other: the first rule that matches decides, so the other side
//! needs no negation. A condition that a card cannot ask is no harm where both sides answer the
//! same. Of a well-formed frame some answers are known: its version, that its headers are there.

mod join;

use crate::cube::{self, Cube, Field, Masked};
use crate::symbol::{
    Cond, Part, Ranges, Slice, Symbol, apply, complement, field, intersect, max_of,
};
use crate::{Action, Rule};
use join::joined;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use syrup_diag::limits::NIC_RULES_MAX;
use syrup_diag::{Code, Diagnostic, Span, bug};
use syrup_ir::{
    Base, BlockData, Edge, Else, Func, Meta, Module, Op, SetId, Term, Ty, Value, Verdict,
};

type Refused = Box<Diagnostic>;
type Rules = Result<Vec<Rule>, Refused>;

/// The rules of a module's one function.
///
/// Runs on a stack of its own, which holds the longest way that is followed.
pub(crate) fn rules(module: &Module, n_queues: u32) -> Rules {
    let on_stack = std::thread::Builder::new().stack_size(STACK_BYTES);
    std::thread::scope(|scope| {
        let thread = on_stack.spawn_scoped(scope, || explore(module, n_queues));
        match thread.map(|thread| thread.join()) {
            Ok(Ok(rules)) => rules,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => bug!("no thread for the ways through a policy: {error}"),
        }
    })
}

/// Bytes of stack: a block takes a few calls, without optimization some kilobytes.
const STACK_BYTES: usize = DEPTH_MAX * 16 * 1024;

fn explore(module: &Module, n_queues: u32) -> Rules {
    let Some(func) = module.funcs.first().filter(|func| func.event().is_none()) else {
        let span = module.funcs.first().map(|func| func.span).unwrap_or_default();
        return Err(refuse(span, "a card's rules are about frames, not threads"));
    };
    let explorer = Explorer {
        module,
        func,
        n_queues,
        n_visits: Cell::new(0),
        values: RefCell::new(vec![Symbol::Other; func.values.len()]),
    };
    let start = Way { known: BTreeMap::new(), depth: 0 };
    explorer.block(func.block(syrup_ir::Block(0)), start)
}

struct Explorer<'a> {
    module: &'a Module,
    func: &'a Func,
    n_queues: u32,
    n_visits: Cell<usize>,
    /// Each value as the way at hand computed it. One table is enough for all ways: what comes
    /// behind a block never leads back to it, and computes what it uses before it does.
    values: RefCell<Vec<Symbol>>,
}

/// What is known on a way through the policy.
#[derive(Clone)]
struct Way {
    /// What bits of the frame may be.
    known: BTreeMap<Slice, Ranges>,
    /// Blocks on the way here.
    depth: usize,
}

/// Blocks on the longest way that is followed: a rule takes a few.
const DEPTH_MAX: usize = 4 * NIC_RULES_MAX;

/// Blocks visited on all ways together; the work is bounded as the result is.
const VISITS_MAX: usize = 256 * NIC_RULES_MAX;

fn refuse(span: Span, message: &str) -> Refused {
    Box::new(
        Diagnostic::error(Code::E0412, span, message)
            .note("they match EtherType, protocol, addresses, traffic class and ports"),
    )
}

fn too_many(span: Span) -> Refused {
    let message = format!("this takes more than {NIC_RULES_MAX} rules of a card");
    Box::new(Diagnostic::error(Code::E0601, span, message))
}

impl Way {
    /// The numbers that bits may make on this way.
    fn numbers(&self, slice: Slice) -> Ranges {
        let all = well_formed(slice, self).unwrap_or_else(|| vec![(0, max_of(slice.bits))]);
        match self.known.get(&slice) {
            Some(known) => intersect(&all, known),
            None => all,
        }
    }

    /// The number that bits make, where it is one.
    fn number(&self, part: Part, bits: u32) -> Option<u64> {
        match self.known.get(&Slice { part, bit: 0, bits })?.as_slice() {
            [(lo, hi)] if lo == hi => Some(*lo),
            _ => None,
        }
    }

    fn ethertype(&self) -> Option<u64> {
        self.number(Part::Ethertype, 16)
    }

    fn protocol(&self) -> Option<u64> {
        self.number(Part::Protocol, 8)
    }

    fn knowing(&self, slice: Slice, numbers: Ranges) -> Way {
        let mut way = self.clone();
        way.known.insert(slice, numbers);
        way
    }
}

/// The flag and the offset of IPv4 that are both 0 in a whole datagram.
const MORE_FRAGMENTS: (Part, u32, u32) = (Part::Net, 50, 1);
const FRAGMENT_OFFSET: (Part, u32, u32) = (Part::Net, 51, 13);

/// What bits of a well-formed frame are that a card has looked at to know the rest.
fn well_formed(slice: Slice, way: &Way) -> Option<Ranges> {
    let at = (slice.part, slice.bit, slice.bits);
    match (at, way.ethertype(), way.protocol()) {
        // The version.
        ((Part::Net, 0, 4), Some(0x0800), _) => Some(vec![(4, 4)]),
        ((Part::Net, 0, 4), Some(0x86dd), _) => Some(vec![(6, 6)]),
        // Words of the header.
        ((Part::Net, 4, 4), Some(0x0800), _) => Some(vec![(5, 15)]),
        // A frame whose protocol is known is no fragment, and the reserved bit is 0 (RFC 791).
        ((Part::Net, 48, 1), Some(0x0800), _) => Some(vec![(0, 0)]),
        (MORE_FRAGMENTS | FRAGMENT_OFFSET, Some(0x0800), Some(_)) => Some(vec![(0, 0)]),
        ((Part::Net, 72, 8), Some(0x0800), Some(protocol)) => Some(vec![(protocol, protocol)]),
        // Words of TCP's header (RFC 9293, section 3.1).
        ((Part::Transport, 96, 4), _, Some(6)) => Some(vec![(5, 15)]),
        _ => None,
    }
}

/// Whether a well-formed frame has the bytes of a view. A header's last byte, whose place its own
/// length field gives, is there; what lies behind a header is not known.
fn is_there(base: Base, end: u32, is_computed: bool, way: &Way) -> bool {
    let fixed = match (base, way.ethertype(), way.protocol()) {
        (Base::Net, Some(0x0800), _) => 20,
        (Base::Net, Some(0x86dd), _) => return !is_computed && end <= 40,
        (Base::Transport, _, Some(6)) => 20,
        (Base::Transport, _, Some(17)) => return !is_computed && end <= 8,
        (Base::Transport, _, Some(132)) => return !is_computed && end <= 12,
        (Base::Frame | Base::Net | Base::Transport, ..) => return false,
    };
    end <= fixed
}

impl Explorer<'_> {
    fn get(&self, value: Value) -> Symbol {
        self.values.borrow()[value.idx()].clone()
    }

    fn set(&self, value: Value, symbol: Symbol) {
        self.values.borrow_mut()[value.idx()] = symbol;
    }

    fn block(&self, block: &BlockData, mut way: Way) -> Rules {
        way.depth += 1;
        self.n_visits.set(self.n_visits.get() + 1);
        if way.depth > DEPTH_MAX || self.n_visits.get() > VISITS_MAX {
            return Err(too_many(block.span));
        }
        for inst in &block.insts {
            let symbol = self.inst(&inst.op, inst.result);
            if let (Op::Random(_), _) | (Op::Cpu, _) = (&inst.op, &symbol) {
                return Err(refuse(inst.span, "a card's rules cannot draw or know a processor"));
            }
            if let Some(result) = inst.result {
                self.set(result, symbol);
            }
        }
        match &block.term {
            Term::Jump(edge) => self.edge(edge, None, way),
            Term::Branch { cond, yes, no } => {
                let asked = self.get(*cond).cond();
                let yes = |way| self.edge(yes, None, way);
                let no = |way| self.edge(no, None, way);
                branch(&asked, block.span, way, &yes, &no)
            }
            Term::View { base, offset, at, len, ok, short } => {
                let end = offset + len;
                let part = match base {
                    Base::Net if at.is_none() => Some(Part::Net),
                    Base::Transport if at.is_none() => Some(Part::Transport),
                    Base::Frame | Base::Net | Base::Transport => None,
                };
                let view = part.map_or(Symbol::Other, |part| Symbol::View(part, *offset));
                let yes = |way| self.edge(ok, Some(view.clone()), way);
                let no = |way| self.edge(short, None, way);
                let is_known = is_there(*base, end, at.is_some(), &way);
                let asked = if is_known { Cond::Known(true) } else { Cond::Other };
                branch(&asked, block.span, way, &yes, &no)
            }
            Term::Return { verdict, .. } => self.verdict(*verdict, block.span),
            Term::Lookup { .. } => Err(refuse(block.span, "a card's rules cannot read a map")),
            Term::Loop { .. } | Term::Next { .. } => {
                Err(refuse(block.span, "a card's rules cannot repeat"))
            }
            Term::Pop { .. } => bug!("a policy over frames takes no thread"),
        }
    }

    /// Goes on at the end of an edge.
    fn edge(&self, edge: &Edge, bound: Option<Symbol>, way: Way) -> Rules {
        let block = self.func.block(edge.block);
        let passed: Vec<Symbol> =
            bound.into_iter().chain(edge.args.iter().map(|arg| self.get(*arg))).collect();
        for (param, symbol) in block.params.iter().zip(passed) {
            self.set(*param, symbol);
        }
        self.block(block, way)
    }

    fn bits(&self, value: Value) -> u32 {
        match self.func.ty(value) {
            Ty::Int(bits) => bits.into(),
            Ty::Exec(_) | Ty::Task | Ty::View | Ty::Cell(_) => 64,
        }
    }

    fn inst(&self, op: &Op, result: Option<Value>) -> Symbol {
        let whole = |part, bits| Symbol::Slice(Slice { part, bit: 0, bits });
        match op {
            Op::Const(number) => Symbol::Const(*number),
            // A plan is made for the value that a parameter has now.
            Op::Param(param) => Symbol::Const(self.module.params[param.idx()].default),
            Op::SetLen(set) => Symbol::Const(self.n_slots(*set).into()),
            Op::Meta(Meta::EthProtocol) => whole(Part::Ethertype, 16),
            Op::Meta(Meta::IpProtocol) => whole(Part::Protocol, 8),
            Op::Meta(Meta::FlowHash) => Symbol::FlowHash,
            Op::Meta(Meta::Len | Meta::RxQueue | Meta::Interface) => Symbol::Other,
            _ => {
                let args: Vec<_> =
                    op.uses().map(|used| (self.get(used), self.bits(used))).collect();
                apply(op, result.map_or(0, |result| self.bits(result)), &args)
            }
        }
    }

    /// Slots of a set: slot `i` is queue `i`.
    fn n_slots(&self, set: SetId) -> u32 {
        self.n_queues.min(self.module.sets[set.idx()].capacity)
    }

    fn verdict(&self, verdict: Verdict, span: Span) -> Rules {
        let action = match verdict {
            Verdict::Pass => Action::Default,
            Verdict::Drop => Action::Drop,
            Verdict::Steer(executor) => self.steer(&self.get(executor), span)?,
            Verdict::Thread(_) => bug!("a policy over frames places no thread"),
        };
        Ok(vec![Rule { when: Cube::default(), action }])
    }

    fn steer(&self, executor: &Symbol, span: Span) -> Result<Action, Refused> {
        let Symbol::Exec(set, slot) = executor else {
            return Err(refuse(span, "a card's rules cannot compute a queue"));
        };
        let n_slots = u64::from(self.n_slots(*set));
        let nowhere = match self.module.sets[set.idx()].or_else {
            Else::Pass => Action::Default,
            Else::Drop => Action::Drop,
        };
        match **slot {
            Symbol::Const(slot) if slot < n_slots => Ok(Action::Queue(slot as u32)),
            Symbol::Const(_) => Ok(nowhere),
            Symbol::Spread { start, count } if start + count <= n_slots && count > 0 => {
                Ok(Action::Spread { start: start as u32, count: count as u32 })
            }
            Symbol::Slice(_)
            | Symbol::Reversed(_)
            | Symbol::Cond(_)
            | Symbol::FlowHash
            | Symbol::Spread { .. }
            | Symbol::Exec(..)
            | Symbol::View(..)
            | Symbol::Other => Err(Box::new(
                Diagnostic::error(Code::E0412, span, "a card's rules cannot compute a queue")
                    .help("name a queue, or spread over queues with `.hash(pkt.flow_hash)`"),
            )),
        }
    }
}

type Go<'a> = &'a dyn Fn(Way) -> Rules;

/// The rules of both sides of a condition, put together.
fn branch(cond: &Cond, span: Span, way: Way, yes: Go<'_>, no: Go<'_>) -> Rules {
    match cond {
        Cond::Known(true) => yes(way),
        Cond::Known(false) => no(way),
        Cond::Not(inner) => branch(inner, span, way, no, yes),
        Cond::And(a, b) => branch(a, span, way, &|way| branch(b, span, way, yes, no), no),
        Cond::In(slice, ranges) => ask(*slice, ranges, span, way, yes, no),
        Cond::Other => alike(span, yes(way.clone())?, no(way)?),
    }
}

/// What needs no question: both sides answer the same.
fn alike(span: Span, yes: Vec<Rule>, no: Vec<Rule>) -> Rules {
    if yes == no {
        return Ok(yes);
    }
    Err(refuse(span, "a card's rules cannot ask this"))
}

fn ask(
    slice: Slice,
    ranges: &[(u64, u64)],
    span: Span,
    way: Way,
    yes: Go<'_>,
    no: Go<'_>,
) -> Rules {
    let possible = way.numbers(slice);
    let inside = intersect(&possible, ranges);
    let outside = intersect(&possible, &complement(slice, ranges));
    if outside.is_empty() {
        return yes(way);
    }
    if inside.is_empty() {
        return no(way);
    }
    if (slice.part, slice.bit, slice.bits) == MORE_FRAGMENTS && way.ethertype() == Some(0x0800) {
        let (zero, one) = if inside == [(0, 0)] { (yes, no) } else { (no, yes) };
        return ask_whole(slice, span, way, zero, one);
    }
    let place = field(slice, way.ethertype(), way.protocol());
    let (then, otherwise) =
        (yes(way.knowing(slice, inside.clone()))?, no(way.knowing(slice, outside.clone()))?);
    let Some((field, shift)) = place else { return alike(span, then, otherwise) };
    let cubes = |ranges: &[(u64, u64)]| -> Vec<Cube> {
        let parts = ranges.iter().flat_map(|&(lo, hi)| cube::prefixes(lo, hi, slice.bits));
        let at = |(value, mask): (u64, u64)| Masked {
            value: u128::from(value) << shift,
            mask: u128::from(mask) << shift,
        };
        let cubes = parts.map(|part| Cube::of(field, at(part)));
        // What has a transport protocol is whole.
        let whole = Cube::exactly(Field::Whole, 1);
        cubes
            .filter_map(|cube| if field == Field::Protocol { cube.and(&whole) } else { Some(cube) })
            .collect()
    };
    // Numbers that cannot come here may be on either side.
    let fewer = |a: Vec<Cube>, b: Vec<Cube>| if a.len() <= b.len() { a } else { b };
    let inside = fewer(cubes(&inside), cubes(ranges));
    let outside = || fewer(cubes(&outside), cubes(&complement(slice, ranges)));
    joined(&inside, then, outside, otherwise).ok_or_else(|| too_many(span))
}

/// Whether more fragments follow: a card says of both the flag and the offset whether they are 0.
fn ask_whole(slice: Slice, span: Span, way: Way, yes: Go<'_>, no: Go<'_>) -> Rules {
    let (part, bit, bits) = FRAGMENT_OFFSET;
    let offset = Slice { part, bit, bits };
    let last = way.knowing(slice, vec![(0, 0)]);
    let whole = yes(last.knowing(offset, vec![(0, 0)]))?;
    let fragment = no(way.knowing(slice, vec![(1, 1)]))?;
    alike(span, yes(last.knowing(offset, vec![(1, max_of(bits))]))?, fragment.clone())?;
    let is = |whole| vec![Cube::exactly(Field::Whole, whole)];
    joined(&is(1), whole, || is(0), fragment).ok_or_else(|| too_many(span))
}
