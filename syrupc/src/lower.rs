//! The typed tree to the IR, for one policy at one hook.
//!
//! In: a program without errors in that policy. Out: a module. Lowering is total where the hook is
//! built: a well-typed policy always lowers. `match` on packets becomes a decision tree, `pick` a
//! bounded loop, and every place where something may be absent becomes an edge.

mod answer;
mod arms;
mod cells;
mod choose;
mod expr;
mod flow;
mod func;
mod grow;
mod hash;
mod inline;
mod kept;
mod matching;
mod meta;
mod parts;
mod pieces;
mod prologue;
mod repeat;
mod rows;
mod run;
mod spot;
mod switch;
mod threads;
mod tree;
mod until;
mod update;
mod used;
mod words;

pub use arms::{Arm, ArmKind};

pub(crate) use inline::walk_deep;
pub use used::Used;
pub(crate) use used::formulas_of;

use crate::analyze;
use crate::hir::{self, Expr, Hook, LocalId, PolicyId, Program};
use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic, Severity, Span};
use syrup_ir::builder::FuncBuilder;
use syrup_ir::{
    Base, Block, Cause, ExecutorKind, Layout, MapKind, ScalarKind, Term, Value, Verdict,
};

/// Lowers a policy for a hook.
///
/// # Errors
/// A hook that is not built yet, or a policy that exceeds a limit of the compiler.
pub fn lower(
    program: &Program,
    policy: PolicyId,
    hook: &Hook,
) -> Result<syrup_ir::Module, Vec<Diagnostic>> {
    lower_with_arms(program, policy, hook).map(|(module, _)| module)
}

/// Lowers a policy for a hook, and says in which blocks its arms begin.
///
/// # Errors
/// As for [`lower`].
pub fn lower_with_arms(
    program: &Program,
    policy: PolicyId,
    hook: &Hook,
) -> Result<(syrup_ir::Module, Vec<Arm>), Vec<Diagnostic>> {
    let decl = &program.policies[policy.idx()];
    let is_thread = decl.is_thread();
    if is_thread == hook.packet {
        let (what, other) = if is_thread { ("threads", "packets") } else { ("packets", "threads") };
        let message =
            format!("`{}` is over {what}, and hook {} over {other}", decl.name, hook.name);
        return Err(vec![Diagnostic::error(Code::E0412, decl.span, message)]);
    }
    if !decl.hooks.iter().any(|(name, _)| *name == hook.name) {
        // What analysis checked against the hooks a policy names, it did not against another.
        let mut misfits = analyze::misfits(program, decl, hook, decl.span);
        misfits.retain(|diagnostic| diagnostic.severity == Severity::Error);
        if !misfits.is_empty() {
            return Err(misfits);
        }
    }
    let used = Used::of(program, decl);
    let mut funcs = Vec::new();
    let mut arms = arms::Arms::new();
    if is_thread {
        for handler in &decl.handlers {
            let f = FuncBuilder::new(handler.event.name(), handler.whole);
            let mut lower = Lower::new(program, decl, hook, &used, f, &handler.locals);
            lower.handler(handler);
            funcs.push(lower.finish(funcs.len(), &mut arms)?);
        }
    } else {
        let f = FuncBuilder::new("packet", decl.whole);
        let mut lower = Lower::new(program, decl, hook, &used, f, &decl.locals);
        lower.env.insert(decl.input, Low::Packet);
        lower.entry();
        if hook.begins == Base::Frame {
            lower.prologue();
        }
        lower.answer(&decl.body);
        funcs.push(lower.finish(0, &mut arms)?);
    }
    let module = syrup_ir::Module {
        name: decl.name.clone(),
        hook: hook.info(),
        licence: decl.licence.clone().unwrap_or_else(|| "unspecified".into()),
        budget: decl.budget.map(|(insns, span)| syrup_ir::Budget { insns, span }),
        sets: used.sets.iter().map(|id| set(program, *id, hook)).collect(),
        maps: used.maps.iter().map(|id| map(program, *id, &used)).collect(),
        queues: used.queues.iter().map(|id| queue(program, *id)).collect(),
        params: used.params.iter().map(|id| param(program, *id, &used)).collect(),
        funcs,
    };
    Ok((module, arms.into_values().collect()))
}

fn set(program: &Program, id: hir::SetId, hook: &Hook) -> syrup_ir::Set {
    let decl = &program.sets[id.idx()];
    let fits = decl.kinds.iter().copied().find(|kind| hook.executors.contains(kind));
    syrup_ir::Set {
        name: decl.name.clone(),
        kind: fits.or(decl.kinds.first().copied()).unwrap_or(ExecutorKind::Socket),
        capacity: decl.capacity,
        or_else: decl.or_else,
        span: decl.span,
    }
}

fn map(program: &Program, id: hir::MapId, used: &Used) -> syrup_ir::Map {
    let decl = &program.maps[id.idx()];
    let value = remap(&decl.value_layout, used);
    syrup_ir::Map {
        name: decl.name.clone(),
        kind: match decl.kind {
            MapKind::Maglev(set) => MapKind::Maglev(used.set(hir::SetId(set.0))),
            kind => kind,
        },
        key: match decl.key {
            hir::Type::Unit => Layout::Bytes(0),
            _ => remap(&decl.key_layout, used),
        },
        value,
        entries: decl.entries,
        initial: decl.initial.clone(),
        pin: decl.pin.clone(),
        user: decl.user,
        span: decl.span,
    }
}

fn queue(program: &Program, id: hir::QueueId) -> syrup_ir::Queue {
    let decl = &program.queues[id.idx()];
    let (name, span) = (decl.name.clone(), decl.span);
    let Some(order) = decl.order else {
        syrup_diag::bug!("the queue {name} has no order");
    };
    syrup_ir::Queue { name, order, capacity: decl.capacity, span }
}

fn param(program: &Program, id: hir::ParamId, used: &Used) -> syrup_ir::Param {
    let decl = &program.params[id.idx()];
    let bits = decl.ty.bits(program).unwrap_or(64);
    let scalar = syrup_ir::Scalar {
        range: (decl.range.lo, decl.range.hi),
        kind: match decl.ty {
            hir::Type::Bool => ScalarKind::Bool,
            hir::Type::Time => ScalarKind::Time,
            hir::Type::Duration => ScalarKind::Duration,
            hir::Type::Enum(id) => ScalarKind::Enum(program.enums[id.idx()].info.clone()),
            _ => ScalarKind::Int,
        },
        ..syrup_ir::Scalar::int(bits)
    };
    syrup_ir::Param {
        name: decl.name.clone(),
        layout: remap(&Layout::Scalar(scalar), used),
        range: (decl.range.lo, decl.range.hi),
        default: decl.default,
        span: decl.span,
    }
}

/// A layout whose executors are numbered as the module numbers its sets.
fn remap(layout: &Layout, used: &Used) -> Layout {
    match layout {
        Layout::Scalar(scalar) => {
            let kind = match &scalar.kind {
                ScalarKind::Exec(id) => ScalarKind::Exec(used.set(hir::SetId(id.0))),
                other => other.clone(),
            };
            Layout::Scalar(syrup_ir::Scalar { kind, ..scalar.clone() })
        }
        Layout::Bytes(n) => Layout::Bytes(*n),
        Layout::Struct { name, fields, size, align } => Layout::Struct {
            name: name.clone(),
            fields: fields
                .iter()
                .map(|f| syrup_ir::Field { layout: remap(&f.layout, used), ..f.clone() })
                .collect(),
            size: *size,
            align: *align,
        },
    }
}

/// A value during lowering.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Low {
    /// Nothing.
    Unit,
    /// A number or an executor.
    Value(Value),
    /// A run of bytes, by its place in `Lower::runs`: a value is small, because lowering keeps many
    /// on the stack.
    Run(usize),
    /// The input.
    Packet,
    /// Several numbers, by their place in `Lower::parts`.
    Parts(usize),
}

/// The state of lowering one policy.
pub(crate) struct Lower<'a> {
    program: &'a Program,
    policy: &'a hir::Policy,
    /// Where the hook's packet begins.
    begins: Base,
    /// What a hook that begins at the frame leaves to the policy to find.
    found: Option<prologue::Found>,
    used: &'a Used,
    f: FuncBuilder,
    /// Numbers that are one value together.
    parts: Vec<Vec<Value>>,
    /// What each local name holds here.
    env: BTreeMap<LocalId, Low>,
    /// The locals of the body that is lowered: the policy's or a function's.
    locals: &'a [hir::Local],
    /// The snapshot of each set's length, taken at entry.
    lens: BTreeMap<hir::SetId, Value>,
    /// Blocks that end with a verdict that needs no executor.
    exits: BTreeMap<(bool, Cause), Block>,
    /// The entry that is locked here.
    held: Option<update::Held>,
    /// The time, where it was asked for before an entry was locked.
    now: Option<Value>,
    /// Where the offsets of the match that is lowered count from.
    spots: Vec<spot::Spot<'a>>,
    /// The headers of the match that is lowered, each at its place.
    layers: Vec<spot::LayerAt>,
    /// Runs of bytes as they are written.
    literals: Vec<Vec<u8>>,
    /// Runs of bytes.
    runs: Vec<run::Run>,
    n_calls: usize,
    /// Where each arm begins.
    arms: arms::Arms,
    /// The thread of an event that asks where it shall go.
    placed: Option<Value>,
    /// The core of an event.
    core: Option<Value>,
    /// What grew beyond a limit, and where.
    too_large: Option<(Span, String)>,
}

impl Lower<'_> {
    /// Reads the length of every set; an empty set answers with its `else`.
    fn entry(&mut self) {
        for &id in &self.policy.sets {
            let set = self.used.set(id);
            let span = self.program.sets[id.idx()].span;
            let len = self.f.op(syrup_ir::Op::SetLen(set), syrup_ir::Ty::U32, span);
            self.lens.insert(id, len);
            let zero = self.f.constant(0, 32, span);
            let empty = self.compare(syrup_ir::CmpOp::Eq, len, zero, span);
            let rest = self.f.block();
            let exit = self.set_exit(id, Cause::EmptySet(set));
            self.f.branch(empty, exit, rest, span);
            self.f.switch_to(rest);
        }
    }

    /// The block that answers for a set without an executor.
    fn set_exit(&mut self, id: hir::SetId, cause: Cause) -> Block {
        let or_else = self.program.sets[id.idx()].or_else;
        self.exit(or_else, cause, self.program.sets[id.idx()].span)
    }

    /// The block that ends with a verdict; one for each verdict and cause.
    fn exit(&mut self, verdict: syrup_ir::Else, cause: Cause, span: Span) -> Block {
        let pass = verdict == syrup_ir::Else::Pass;
        if let Some(&block) = self.exits.get(&(pass, cause)) {
            return block;
        }
        let was = self.f.current();
        let block = self.f.block();
        self.f.switch_to(block);
        let verdict = if pass { Verdict::Pass } else { Verdict::Drop };
        self.f.terminate(Term::Return { verdict, cause }, span);
        self.f.switch_to(was);
        self.exits.insert((pass, cause), block);
        block
    }

    /// The block for what analysis proved impossible.
    fn unreachable(&mut self, span: Span) -> Block {
        let exit = self.exit(syrup_ir::Else::Pass, Cause::Unreachable, span);
        self.released_exit(exit, span)
    }

    fn compare(&mut self, op: syrup_ir::CmpOp, a: Value, b: Value, span: Span) -> Value {
        self.f.op(syrup_ir::Op::Cmp(op, a, b), syrup_ir::Ty::BOOL, span)
    }

    fn binary(&mut self, op: syrup_ir::BinOp, a: Value, b: Value, span: Span) -> Value {
        let ty = self.f.ty(a);
        self.f.op(syrup_ir::Op::Bin(op, a, b), ty, span)
    }

    /// A value of an expression that gives one.
    fn value(&mut self, expr: &Expr) -> Option<Value> {
        match self.expr(expr)? {
            Low::Value(value) => Some(value),
            Low::Unit | Low::Run(_) | Low::Packet | Low::Parts(_) => {
                syrup_diag::bug!("an expression at {:?} has no value", expr.span)
            }
        }
    }
}
