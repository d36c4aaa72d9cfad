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
mod inline;
mod matching;
mod parts;
mod repeat;
mod spot;
mod tree;

pub use arms::{Arm, ArmKind};

pub(crate) use inline::walk_deep;

use crate::hir::{self, Expr, Hook, LocalId, PolicyId, Program};
use std::collections::{BTreeMap, BTreeSet};
use syrup_diag::{Code, Diagnostic, Span};
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
    if hook.begins != Base::Transport || !hook.packet {
        let message = format!("hook {} is not built yet", hook.name);
        let diagnostic = Diagnostic::error(Code::E0111, decl.span, message)
            .note("policies for it are checked, and cannot be compiled or run");
        return Err(vec![diagnostic]);
    }
    let used = Used::of(program, decl);
    let mut lower = Lower {
        program,
        policy: decl,
        used: &used,
        f: FuncBuilder::new("packet", decl.whole),
        parts: Vec::new(),
        env: BTreeMap::new(),
        locals: &decl.locals,
        lens: BTreeMap::new(),
        exits: BTreeMap::new(),
        n_decisions: 0,
        spots: Vec::new(),
        n_calls: 0,
        arms: Vec::new(),
        too_large: None,
    };
    lower.entry();
    lower.answer(&decl.body);
    if let Some((span, message)) = lower.too_large {
        return Err(vec![Diagnostic::error(Code::E0114, span, message).help("split it")]);
    }
    let (func, ids) = lower.f.finish_with_ids();
    let arms = arms::renumbered(lower.arms, &ids);
    let module = syrup_ir::Module {
        name: decl.name.clone(),
        hook: hook.info(),
        licence: decl.licence.clone().unwrap_or_else(|| "unspecified".into()),
        sets: used.sets.iter().map(|id| set(program, *id, hook)).collect(),
        maps: used.maps.iter().map(|id| map(program, *id, &used)).collect(),
        queues: Vec::new(),
        params: used.params.iter().map(|id| param(program, *id, &used)).collect(),
        funcs: vec![func],
    };
    Ok((module, arms))
}

/// What a policy uses of its program, in the order of declaration: the tables of the module.
pub struct Used {
    /// Executor sets.
    pub sets: Vec<hir::SetId>,
    /// Maps and state.
    pub maps: Vec<hir::MapId>,
    /// Parameters.
    pub params: Vec<hir::ParamId>,
}

impl Used {
    /// Collects what a policy names.
    pub fn of(program: &Program, policy: &hir::Policy) -> Used {
        let mut sets: BTreeSet<_> = policy.sets.iter().copied().collect();
        let mut maps = BTreeSet::new();
        let mut params = BTreeSet::new();
        inline::walk_deep(program, &policy.body, &mut |expr| match &expr.kind {
            hir::ExprKind::Param(id) => {
                params.insert(*id);
            }
            hir::ExprKind::Read(place)
            | hir::ExprKind::CellOp(_, place, _)
            | hir::ExprKind::Take(place, _)
            | hir::ExprKind::Insert(place, _)
            | hir::ExprKind::Remove(place)
            | hir::ExprKind::Assign(place, _) => {
                maps.insert(place.map);
            }
            _ => {}
        });
        for id in &maps {
            let map = &program.maps[id.idx()];
            for ty in [&map.key, &map.value] {
                sets.extend(sets_of(program, ty));
            }
        }
        Used {
            sets: sets.into_iter().collect(),
            maps: maps.into_iter().collect(),
            params: params.into_iter().collect(),
        }
    }

    pub(crate) fn set(&self, id: hir::SetId) -> syrup_ir::SetId {
        syrup_ir::SetId(position(&self.sets, id))
    }

    pub(crate) fn map(&self, id: hir::MapId) -> syrup_ir::MapId {
        syrup_ir::MapId(position(&self.maps, id))
    }

    pub(crate) fn param(&self, id: hir::ParamId) -> syrup_ir::ParamId {
        syrup_ir::ParamId(position(&self.params, id))
    }
}

/// The sets whose executors a value of a type holds.
fn sets_of(program: &Program, ty: &hir::Type) -> Vec<hir::SetId> {
    match ty {
        hir::Type::Exec(set) => vec![*set],
        hir::Type::Struct(id) => {
            let fields = &program.structs[id.idx()].fields;
            fields.iter().flat_map(|field| sets_of(program, &field.ty)).collect()
        }
        _ => Vec::new(),
    }
}

fn position<T: Ord + std::fmt::Debug>(list: &[T], id: T) -> u32 {
    match list.binary_search(&id) {
        Ok(at) => at as u32,
        Err(_) => syrup_diag::bug!("{id:?} was not collected"),
    }
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
    let initial = match decl.initial {
        0 => Vec::new(),
        number => number.to_le_bytes()[..value.size() as usize].to_vec(),
    };
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
        initial,
        pin: decl.pin.clone(),
        user: decl.user,
        span: decl.span,
    }
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
    /// The input.
    Packet,
    /// Several numbers, by their place in `Lower::parts`.
    Parts(usize),
}

/// The state of lowering one policy.
pub(crate) struct Lower<'a> {
    program: &'a Program,
    policy: &'a hir::Policy,
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
    n_decisions: usize,
    /// Where the offsets of the match that is lowered count from.
    spots: Vec<spot::Spot<'a>>,
    n_calls: usize,
    /// Where each arm begins.
    arms: Vec<Arm>,
    /// What grew beyond a limit, and where.
    too_large: Option<(Span, &'static str)>,
}

impl Lower<'_> {
    /// Reads the length of every set; an empty set answers with its `else`.
    fn entry(&mut self) {
        self.env.insert(self.policy.input, Low::Packet);
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
        self.exit(syrup_ir::Else::Pass, Cause::Unreachable, span)
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
            Low::Unit | Low::Packet | Low::Parts(_) => {
                syrup_diag::bug!("an expression at {:?} has no value", expr.span)
            }
        }
    }
}
