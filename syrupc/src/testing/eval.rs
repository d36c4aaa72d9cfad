//! Evaluates a test: an interpreter of the typed tree that calls an engine for each policy.

use super::coverage::Coverage;
use super::rings::Rings;
use super::sample::Rng;
use super::value::{Answer, Value};
use super::{Engine, Ready};
use crate::hir::{
    self, Choice, Expr, ExprKind, Given, LocalId, MapId, ParamId, PolicyId, Program, SetId, Stmt,
    StmtKind, Test, Type,
};
use crate::syntax::ast::BinaryOp;
use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::BinOp;
use syrup_ir::interp::MapState;
/// A test stops with a diagnostic, or goes on.
pub(super) type Step<T> = Result<T, Box<Diagnostic>>;

/// One run of one test.
pub(super) struct Eval<'a> {
    pub(super) program: &'a Program,
    pub(super) ready: &'a BTreeMap<PolicyId, Ready>,
    pub(super) engine: &'a mut dyn Engine,
    pub(super) locals: BTreeMap<LocalId, Value>,
    /// The locals of the body that is evaluated: the test's or a function's.
    pub(super) frame: &'a [hir::Local],
    pub(super) test: &'a Test,
    /// The generations of the sets that the test sized, by slot.
    pub(super) sets: BTreeMap<SetId, Vec<u32>>,
    pub(super) params: BTreeMap<ParamId, u64>,
    pub(super) maps: BTreeMap<MapId, MapState>,
    pub(super) threads: super::threads::Threads,
    pub(super) now: u64,
    pub(super) draws: Option<Vec<u32>>,
    pub(super) rng: Rng,
    pub(super) n_steps: u64,
    /// How often a set was given a size: what was filled then has this generation.
    pub(super) n_fillings: u32,
    pub(super) rings: &'a mut Rings,
    /// What the policies of this run reached.
    pub(super) coverage: Coverage,
}

/// Evaluates an expression of a test by itself: for `syrupc eval`.
///
/// # Errors
/// What cannot be evaluated.
pub fn evaluate(program: &Program, expr: &Expr) -> Result<Value, Box<Diagnostic>> {
    evaluate_with(program, expr, BTreeMap::new(), &BTreeMap::new())
}

/// The same with names and parameters that have values.
pub(super) fn evaluate_with(
    program: &Program,
    expr: &Expr,
    locals: BTreeMap<LocalId, Value>,
    params: &BTreeMap<ParamId, u64>,
) -> Result<Value, Box<Diagnostic>> {
    let test = Test {
        name: String::new(),
        forall: Vec::new(),
        body: Vec::new(),
        locals: Vec::new(),
        allows: Vec::new(),
        span: expr.span,
    };
    let ready = BTreeMap::new();
    let mut engine = super::Interp;
    let mut rings = Rings::default();
    let mut eval = Eval::new(program, &ready, &mut engine, &test, Rng::new(0), &mut rings);
    eval.locals = locals;
    eval.params.clone_from(params);
    eval.expr(expr)
}

impl<'a> Eval<'a> {
    pub(super) fn new(
        program: &'a Program,
        ready: &'a BTreeMap<PolicyId, Ready>,
        engine: &'a mut dyn Engine,
        test: &'a Test,
        rng: Rng,
        rings: &'a mut Rings,
    ) -> Eval<'a> {
        let maps = ready.values().flat_map(|ready| {
            ready.used.maps.iter().zip(&ready.policy.module().maps).map(|(id, map)| (*id, map))
        });
        Eval {
            program,
            ready,
            engine,
            locals: BTreeMap::new(),
            frame: &test.locals,
            test,
            sets: BTreeMap::new(),
            params: BTreeMap::new(),
            maps: maps.map(|(id, map)| (id, MapState::new(map))).collect(),
            threads: super::threads::Threads::default(),
            now: 0,
            draws: None,
            rng,
            n_steps: 0,
            n_fillings: 1,
            rings,
            coverage: Coverage::default(),
        }
    }

    /// Runs the test with the values of its `forall` names.
    pub(super) fn run(&mut self, inputs: &[Value]) -> Step<()> {
        for (local, value) in self.test.forall.iter().zip(inputs) {
            self.locals.insert(*local, value.clone());
        }
        self.test.body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    pub(super) fn stop(&self, span: Span, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::error(Code::E0802, span, message))
    }

    fn stmt(&mut self, stmt: &Stmt) -> Step<()> {
        match &stmt.kind {
            StmtKind::Let(local, expr) => {
                let value = self.expr(expr)?;
                self.bind(*local, value);
            }
            StmtKind::Expr(expr) => {
                self.expr(expr)?;
            }
            StmtKind::For { index, start, end, body } => {
                let (start, end) = (self.number(start)?, self.number(end)?);
                for at in start..end {
                    self.locals.insert(*index, Value::Number(at));
                    self.expr(body)?;
                }
            }
            StmtKind::Given(given) => self.given(given)?,
            StmtKind::Expect(expr) => self.expect(expr)?,
        }
        Ok(())
    }

    fn given(&mut self, given: &Given) -> Step<()> {
        match given {
            Given::Executors(set, expr) => {
                let n = self.number(expr)?;
                let capacity = self.program.sets[set.idx()].capacity;
                if n > u64::from(capacity) {
                    let message = format!("the set holds at most {capacity} executors, not {n}");
                    return Err(self.stop(expr.span, message));
                }
                self.resize(*set, n as usize);
            }
            Given::Random(draws) => {
                let draws: Step<Vec<u32>> =
                    draws.iter().map(|draw| Ok(self.number(draw)? as u32)).collect();
                self.draws = Some(draws?);
            }
            Given::Now(expr) => self.now = self.number(expr)?,
            Given::Param(param, expr) => {
                let value = self.number(expr)?;
                let range = self.program.params[param.idx()].range;
                if value < range.lo || value > range.hi {
                    let message = format!("{value} is outside {}..={}", range.lo, range.hi);
                    return Err(self.stop(expr.span, message));
                }
                self.params.insert(*param, value);
            }
        }
        Ok(())
    }

    fn expect(&mut self, expr: &Expr) -> Step<()> {
        if let ExprKind::Compare(op, left, right) = &expr.kind {
            let (a, b) = (self.expr(left)?, self.expr(right)?);
            if compare(*op, &a, &b) == Some(true) {
                return Ok(());
            }
            return Err(Box::new(
                Diagnostic::error(Code::E0801, expr.span, "this does not hold")
                    .also(left.span, a.show(self.program))
                    .also(right.span, b.show(self.program)),
            ));
        }
        match self.expr(expr)? {
            Value::Number(1) => Ok(()),
            _ => {
                let message = "this does not hold";
                Err(Box::new(Diagnostic::error(Code::E0801, expr.span, message)))
            }
        }
    }

    pub(super) fn number(&mut self, expr: &Expr) -> Step<u64> {
        match self.expr(expr)? {
            Value::Number(number) => Ok(number),
            _ => Err(self.stop(expr.span, "this is no number")),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Step<Value> {
        self.n_steps += 1;
        if self.n_steps > limits::TEST_STEPS_MAX {
            return Err(self.stop(expr.span, "this test takes too many steps"));
        }
        match &expr.kind {
            ExprKind::Int(number) => Ok(Value::Number(*number)),
            ExprKind::Param(id) => {
                let default = self.program.params[id.idx()].default;
                Ok(Value::Number(self.params.get(id).copied().unwrap_or(default)))
            }
            ExprKind::Local(local) => match self.local(*local) {
                Some(value) => Ok(value),
                None => Err(self.stop(expr.span, "this has no value")),
            },
            ExprKind::Struct(fields) => {
                let values: Step<Vec<_>> = fields.iter().map(|field| self.expr(field)).collect();
                Ok(match expr.ty {
                    Type::Struct(id) => Value::Struct(id, values?),
                    Type::Bytes(len) => Value::Bytes(vec![0; len as usize]),
                    _ => Value::List(values?),
                })
            }
            ExprKind::Field(base, idx) => match self.expr(base)? {
                Value::Struct(_, values) => Ok(values[*idx as usize].clone()),
                _ => Err(self.stop(base.span, "this has no fields")),
            },
            ExprKind::Binary(op, a, b) => self.binary(expr, *op, a, b),
            ExprKind::Compare(op, a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                match compare(*op, &a, &b) {
                    Some(holds) => Ok(Value::Number(u64::from(holds))),
                    None => Err(self.stop(expr.span, "these cannot be compared")),
                }
            }
            ExprKind::Wrapping(order, a, b) => {
                let bits = a.ty.bits(self.program).unwrap_or(64);
                let (a, b) = (self.number(a)?, self.number(b)?);
                Ok(Value::Number(order.of(a, b, bits)))
            }
            ExprKind::Logic { and, left, right } => {
                let left = self.number(left)? == 1;
                if left != *and {
                    return Ok(Value::Number(u64::from(left)));
                }
                self.expr(right)
            }
            ExprKind::Not(inner) => Ok(Value::Number(u64::from(self.number(inner)? == 0))),
            ExprKind::Convert(inner) => {
                let value = self.number(inner)?;
                let bits = expr.ty.bits(self.program).unwrap_or(64);
                Ok(Value::Number(value & max_of(bits)))
            }
            ExprKind::Bytes(_)
            | ExprKind::Len(_)
            | ExprKind::Byte(..)
            | ExprKind::Slice(..)
            | ExprKind::Lower(_)
            | ExprKind::Hash(_) => self.bytes_expr(expr),
            ExprKind::Match(inner) => self.match_number(inner),
            ExprKind::HighHalf(inner) => Ok(Value::Number(self.number(inner)? >> 32)),
            ExprKind::Now => Ok(Value::Number(self.now)),
            ExprKind::SetLen(set) => Ok(Value::Number(u64::from(self.len(set.set)))),
            ExprKind::Choose(set, choice) => self.choose(expr.span, set, choice),
            ExprKind::SlotOf(inner) => match self.expr(inner)? {
                Value::Answer(Answer::Executor(_, slot)) => Ok(Value::Number(u64::from(slot))),
                other => {
                    let message = format!("{} has no index", other.show(self.program));
                    Err(self.stop(inner.span, message))
                }
            },
            ExprKind::Read(place) => self.read(place),
            ExprKind::CellOp(op, place, operand) => self.cell_op(expr.span, *op, place, operand),
            ExprKind::Assign(place, value) => {
                let value = self.expr(value)?;
                self.write(place, &value)?;
                Ok(Value::Unit)
            }
            ExprKind::Insert(place, value) => {
                let value = self.expr(value)?;
                self.write(place, &value)?;
                Ok(Value::Unit)
            }
            ExprKind::Remove(place) => self.remove(place),
            ExprKind::SetLocal(local, value) => {
                let value = self.expr(value)?;
                self.bind(*local, value);
                Ok(Value::Unit)
            }
            ExprKind::Else(value, fallback) => match self.expr(value)? {
                Value::Option(Some(inner)) => Ok(*inner),
                Value::Option(None) => self.expr(fallback),
                other => Ok(other),
            },
            ExprKind::If(cond, then, otherwise) => {
                if self.number(cond)? == 1 {
                    return self.expr(then);
                }
                otherwise.as_ref().map_or(Ok(Value::Unit), |otherwise| self.expr(otherwise))
            }
            ExprKind::Block(stmts, value) => {
                stmts.iter().try_for_each(|stmt| self.stmt(stmt))?;
                value.as_ref().map_or(Ok(Value::Unit), |value| self.expr(value))
            }
            ExprKind::Verdict(syrup_ir::Else::Pass) => Ok(Value::Answer(Answer::Pass)),
            ExprKind::Verdict(syrup_ir::Else::Drop) => Ok(Value::Answer(Answer::Drop)),
            ExprKind::Packet(layers) => self.packet(layers),
            ExprKind::Run(policy, packet) => self.policy(expr.span, *policy, packet),
            ExprKind::Call(id, args) => self.function(*id, args),
            ExprKind::List(items) => {
                let items: Step<Vec<_>> = items.iter().map(|item| self.expr(item)).collect();
                Ok(Value::List(items?))
            }
            ExprKind::Records(map) => self.records(expr.span, *map),
            ExprKind::Some(inner) => Ok(Value::Option(Some(Box::new(self.expr(inner)?)))),
            ExprKind::None => Ok(Value::Option(None)),
            ExprKind::Thread(inner) => self.thread(expr.span, inner),
            ExprKind::Random
            | ExprKind::Meta(_)
            | ExprKind::Flow
            | ExprKind::Pick(_)
            | ExprKind::Update(_)
            | ExprKind::Prefix { .. }
            | ExprKind::Take(..)
            | ExprKind::Return(_)
            | ExprKind::Error => Err(self.stop(expr.span, "a test cannot evaluate this")),
        }
    }

    fn binary(&mut self, expr: &Expr, op: hir::BinaryOp, a: &Expr, b: &Expr) -> Step<Value> {
        let (x, y) = (self.number(a)?, self.number(b)?);
        let bits = expr.ty.bits(self.program).unwrap_or(64);
        let point = |n| syrup_ir::Interval { lo: n, hi: n };
        if matches!(op.op, BinOp::Div | BinOp::Rem) && y == 0 {
            return Err(self.stop(b.span, "this divides by zero"));
        }
        let (range, proved) = crate::analyze::result(op.op, point(x), point(y), bits);
        if proved {
            return Ok(Value::Number(range.lo));
        }
        if op.exact {
            return Err(self.stop(expr.span, format!("{x} and {y} overflow u{bits} here")));
        }
        let wrapped = match op.op {
            BinOp::Add => x.wrapping_add(y),
            BinOp::Sub => x.wrapping_sub(y),
            BinOp::Mul => x.wrapping_mul(y),
            _ => range.lo,
        };
        Ok(Value::Number(wrapped & max_of(bits)))
    }

    pub(super) fn len(&self, set: SetId) -> u32 {
        let capacity = self.program.sets[set.idx()].capacity;
        self.sets.get(&set).map_or(capacity, |generations| generations.len() as u32)
    }

    fn choose(&mut self, span: Span, set: &hir::SetExpr, choice: &Choice) -> Step<Value> {
        let (Choice::At(slot), None, None) = (choice, &set.start, &set.end) else {
            return Err(self.stop(span, "a test names executors by their slot"));
        };
        let slot = self.number(slot)?;
        let len = self.len(set.set);
        if slot >= u64::from(len) {
            let name = &self.program.sets[set.set.idx()].name;
            let message = format!("`{name}` has {len} executors here, counted from 0");
            let diagnostic = self.stop(span, message);
            let help = format!("`given {name}: {};` before", slot + 1);
            return Err(Box::new(diagnostic.help(help)));
        }
        Ok(Value::Answer(Answer::Executor(set.set, slot as u32)))
    }
}

pub(super) fn max_of(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

fn compare(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    match (op, a, b) {
        (BinaryOp::Eq, _, _) => Some(a.is_same(b)),
        (BinaryOp::Ne, _, _) => Some(!a.is_same(b)),
        (_, Value::Number(a), Value::Number(b)) => Some(match op {
            BinaryOp::Lt => a < b,
            BinaryOp::Le => a <= b,
            BinaryOp::Gt => a > b,
            BinaryOp::Ge => a >= b,
            _ => return None,
        }),
        _ => None,
    }
}
