//! Evaluates a test: an interpreter of the typed tree that calls an engine for each policy.

use super::packet::{LayerLit, build};
use super::sample::Rng;
use super::value::{Answer, Value};
use super::{Engine, Ready, Scripted};
use crate::hir::{
    self, CellOp, Choice, Expr, ExprKind, Given, LayerValue, LocalId, MapId, ParamId, Place,
    PolicyId, Program, SetId, Stmt, StmtKind, Test, Type,
};
use crate::syntax::ast::BinaryOp;
use std::collections::BTreeMap;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::interp::{Decision, MapState, SetState, State};
use syrup_ir::{BinOp, Layout};

/// A test stops with a diagnostic, or goes on.
type Step<T> = Result<T, Diagnostic>;

/// One run of one test.
pub(super) struct Eval<'a> {
    program: &'a Program,
    ready: &'a BTreeMap<PolicyId, Ready>,
    engine: &'a mut dyn Engine,
    locals: BTreeMap<LocalId, Value>,
    test: &'a Test,
    sets: BTreeMap<SetId, u32>,
    params: BTreeMap<ParamId, u64>,
    maps: BTreeMap<MapId, MapState>,
    now: u64,
    draws: Option<Vec<u32>>,
    rng: Rng,
    n_steps: u64,
}

/// Evaluates an expression of a test by itself: for `syrupc eval`.
///
/// # Errors
/// What cannot be evaluated.
pub fn evaluate(program: &Program, expr: &Expr) -> Result<Value, Diagnostic> {
    let test = Test {
        name: String::new(),
        forall: Vec::new(),
        body: Vec::new(),
        locals: Vec::new(),
        span: expr.span,
    };
    let ready = BTreeMap::new();
    let mut engine = super::Interp;
    Eval::new(program, &ready, &mut engine, &test, Rng::new(0)).expr(expr)
}

impl<'a> Eval<'a> {
    pub(super) fn new(
        program: &'a Program,
        ready: &'a BTreeMap<PolicyId, Ready>,
        engine: &'a mut dyn Engine,
        test: &'a Test,
        rng: Rng,
    ) -> Eval<'a> {
        let maps = ready.values().flat_map(|ready| {
            ready.used.maps.iter().zip(&ready.policy.module().maps).map(|(id, map)| (*id, map))
        });
        Eval {
            program,
            ready,
            engine,
            locals: BTreeMap::new(),
            test,
            sets: BTreeMap::new(),
            params: BTreeMap::new(),
            maps: maps.map(|(id, map)| (id, MapState::new(map))).collect(),
            now: 0,
            draws: None,
            rng,
            n_steps: 0,
        }
    }

    /// Runs the test with the values of its `forall` names.
    pub(super) fn run(&mut self, inputs: &[Value]) -> Step<()> {
        for (local, value) in self.test.forall.iter().zip(inputs) {
            self.locals.insert(*local, value.clone());
        }
        self.test.body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn stop(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::E0802, span, message)
    }

    fn stmt(&mut self, stmt: &Stmt) -> Step<()> {
        match &stmt.kind {
            StmtKind::Let(local, expr) => {
                let value = self.expr(expr)?;
                self.locals.insert(*local, value);
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
                self.sets.insert(*set, n as u32);
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
            return Err(Diagnostic::error(Code::E0801, expr.span, "this does not hold")
                .also(left.span, a.show(self.program))
                .also(right.span, b.show(self.program)));
        }
        match self.expr(expr)? {
            Value::Number(1) => Ok(()),
            _ => Err(Diagnostic::error(Code::E0801, expr.span, "this does not hold")),
        }
    }

    fn number(&mut self, expr: &Expr) -> Step<u64> {
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
            ExprKind::Local(local) => match self.locals.get(local) {
                Some(value) => Ok(value.clone()),
                None => Err(self.stop(expr.span, "this has no value")),
            },
            ExprKind::Binary(op, a, b) => self.binary(expr, *op, a, b),
            ExprKind::Compare(op, a, b) => {
                let (a, b) = (self.expr(a)?, self.expr(b)?);
                match compare(*op, &a, &b) {
                    Some(holds) => Ok(Value::Number(u64::from(holds))),
                    None => Err(self.stop(expr.span, "these cannot be compared")),
                }
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
            ExprKind::SetLocal(local, value) => {
                let value = self.expr(value)?;
                self.locals.insert(*local, value);
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
            ExprKind::List(items) => {
                let items: Step<Vec<_>> = items.iter().map(|item| self.expr(item)).collect();
                Ok(Value::List(items?))
            }
            ExprKind::Some(inner) => Ok(Value::Option(Some(Box::new(self.expr(inner)?)))),
            ExprKind::None => Ok(Value::Option(None)),
            ExprKind::Random
            | ExprKind::Meta(_)
            | ExprKind::Pick(_)
            | ExprKind::Take(..)
            | ExprKind::Match(_)
            | ExprKind::Return(_)
            | ExprKind::Call(..)
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

    fn len(&self, set: SetId) -> u32 {
        let capacity = self.program.sets[set.idx()].capacity;
        self.sets.get(&set).copied().unwrap_or(capacity)
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
            return Err(diagnostic.help(format!("`given {name}: {};` before", slot + 1)));
        }
        Ok(Value::Answer(Answer::Executor(set.set, slot as u32)))
    }

    /// The bytes of a place's key.
    fn key(&mut self, place: &Place) -> Step<Vec<u8>> {
        let Some(key) = &place.key else { return Ok(Vec::new()) };
        let number = match self.expr(key)? {
            Value::Number(number) => number,
            Value::Answer(Answer::Executor(_, slot)) => u64::from(slot),
            _ => return Err(self.stop(key.span, "this is no key")),
        };
        let size = self.program.maps[place.map.idx()].key_layout.size() as usize;
        Ok(number.to_le_bytes()[..size].to_vec())
    }

    fn map(&mut self, place: &Place) -> Step<(&mut MapState, u8)> {
        let bytes = match &self.program.maps[place.map.idx()].value_layout {
            Layout::Scalar(scalar) => scalar.bytes,
            Layout::Bytes(_) | Layout::Struct { .. } => 8,
        };
        let stop = self.stop(place.span, "no policy of this test uses this map");
        match self.maps.get_mut(&place.map) {
            Some(map) => Ok((map, bytes)),
            None => Err(stop),
        }
    }

    fn read(&mut self, place: &Place) -> Step<Value> {
        let key = self.key(place)?;
        let decl = &self.program.maps[place.map.idx()];
        let bits = decl.value.bits(self.program).unwrap_or(64);
        let optional = matches!(
            decl.kind,
            syrup_ir::MapKind::Hash | syrup_ir::MapKind::LruHash | syrup_ir::MapKind::Lpm
        );
        let (taken, is_bool) = (decl.taken, decl.value == Type::Bool);
        let (map, bytes) = self.map(place)?;
        let number = map.get_number(&key, 0, 0, bytes).map(|number| match number {
            number if taken && number >> (bits - 1) == 1 => 0,
            number if is_bool => u64::from(number != 0),
            number => number & max_of(bits),
        });
        Ok(match (number, optional) {
            (Some(number), true) => Value::Option(Some(Box::new(Value::Number(number)))),
            (Some(number), false) => Value::Number(number),
            (None, _) => Value::Option(None),
        })
    }

    fn write(&mut self, place: &Place, value: &Value) -> Step<()> {
        let Value::Number(number) = *value else {
            return Err(self.stop(place.span, "only a number can be written here"));
        };
        let key = self.key(place)?;
        let (map, bytes) = self.map(place)?;
        let written = map.set(&key, 0, &number.to_le_bytes()[..bytes as usize]);
        if written { Ok(()) } else { Err(self.stop(place.span, "this map is full")) }
    }

    fn cell_op(&mut self, span: Span, op: CellOp, place: &Place, operand: &Expr) -> Step<Value> {
        let operand = self.number(operand)?;
        let old = match self.read(place)? {
            Value::Number(old) => old,
            Value::Option(Some(inner)) => match *inner {
                Value::Number(old) => old,
                _ => 0,
            },
            _ => return Err(self.stop(span, "there is no such entry")),
        };
        let bits = self.program.maps[place.map.idx()].value.bits(self.program).unwrap_or(64);
        let new = match op {
            CellOp::Add | CellOp::FetchAdd => old.wrapping_add(operand),
            CellOp::Sub => old.wrapping_sub(operand),
            CellOp::Exchange => operand,
            CellOp::RaiseTo => old.max(operand),
        };
        self.write(place, &Value::Number(new & max_of(bits)))?;
        Ok(match op {
            CellOp::FetchAdd | CellOp::Exchange => Value::Number(old),
            CellOp::Add | CellOp::Sub | CellOp::RaiseTo => Value::Unit,
        })
    }

    fn packet(&mut self, layers: &[LayerValue]) -> Step<Value> {
        let mut out = Vec::new();
        for layer in layers {
            match layer {
                LayerValue::Bytes(bytes) => out.push(LayerLit::Bytes(bytes.clone())),
                LayerValue::Packet(inner) => match self.expr(inner)? {
                    Value::Packet(layers) => out.extend(layers),
                    _ => return Err(self.stop(inner.span, "this is no packet")),
                },
                LayerValue::Header { header, fields, .. } => {
                    let fields: Step<Vec<_>> = fields
                        .iter()
                        .map(|(field, value)| Ok((*field, self.number(value)?)))
                        .collect();
                    out.push(LayerLit::Header { header: *header, fields: fields? });
                }
            }
        }
        Ok(Value::Packet(out))
    }

    /// Runs a policy: the world goes in, the maps come out.
    fn policy(&mut self, span: Span, id: PolicyId, packet: &Expr) -> Step<Value> {
        let Value::Packet(layers) = self.expr(packet)? else {
            return Err(self.stop(packet.span, "this is no packet"));
        };
        let packet = build(self.program, &layers);
        if packet.frame.len() > limits::TEST_PACKET_BYTES_MAX {
            let max = limits::TEST_PACKET_BYTES_MAX;
            return Err(self.stop(span, format!("a packet has at most {max} bytes")));
        }
        let Some(ready) = self.ready.get(&id) else {
            let name = &self.program.policies[id.idx()].name;
            return Err(self.stop(span, format!("`{name}` cannot run here")));
        };
        let mut state = State::new(ready.policy.module());
        for (set, state) in ready.used.sets.iter().zip(&mut state.sets) {
            *state = SetState::full(self.len(*set));
        }
        for (param, value) in ready.used.params.iter().zip(&mut state.params) {
            if let Some(given) = self.params.get(param) {
                *value = *given;
            }
        }
        for (map, state) in ready.used.maps.iter().zip(&mut state.maps) {
            if let Some(given) = self.maps.get(map) {
                *state = given.clone();
            }
        }
        let draws = match &self.draws {
            Some(draws) => draws.clone(),
            None => (0..limits_draws()).map(|_| self.rng.next_u64() as u32).collect(),
        };
        let world = Scripted { now: self.now, draws };
        let ran = self
            .engine
            .run(&ready.policy, &mut state, &packet, &world)
            .map_err(|why| Diagnostic::error(Code::E0802, span, why))?;
        if let Some(draws) = &mut self.draws {
            draws.drain(..ran.n_draws.min(draws.len()));
        }
        for (map, state) in ready.used.maps.iter().zip(state.maps) {
            self.maps.insert(*map, state);
        }
        Ok(Value::Answer(match ran.decision {
            Decision::Pass => Answer::Pass,
            Decision::Drop => Answer::Drop,
            Decision::Slot(set, slot) => Answer::Executor(ready.used.sets[set.idx()], slot),
        }))
    }
}

/// Draws given to a policy when the test gives none.
fn limits_draws() -> usize {
    64
}

fn max_of(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

fn compare(op: BinaryOp, a: &Value, b: &Value) -> Option<bool> {
    match (op, a, b) {
        (BinaryOp::Eq, _, _) => Some(a == b),
        (BinaryOp::Ne, _, _) => Some(a != b),
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
