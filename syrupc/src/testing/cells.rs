//! Maps and packets of a test, and calls of policies.

use super::coverage::Shown;
use super::eval::{Eval, Step, max_of};
use super::memory::{decode, encode};
use super::packet::{LayerLit, build};
use super::value::{Answer, Value};
use super::{Ran, Ready, Scripted};
use crate::hir::{CellOp, Expr, ExprKind, LayerValue, MapId, Place, PolicyId, Type};
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::interp::{Decision, MapState, SetState, State};
use syrup_ir::{Layout, MapKind};

impl<'a> Eval<'a> {
    /// The bytes of a place's key.
    fn key(&mut self, place: &Place) -> Step<Vec<u8>> {
        let Some(key) = &place.key else { return Ok(Vec::new()) };
        if self.program.maps[place.map.idx()].kind == MapKind::Lpm {
            return self.prefix(key);
        }
        let value = match self.expr(key)? {
            Value::Task(task) => Value::Number(task.id.into()),
            other => other,
        };
        let layout = &self.program.maps[place.map.idx()].key_layout;
        let sets = |set, slot| self.generation(set, slot);
        encode(&value, layout, &sets).ok_or_else(|| self.stop(key.span, "this is no key"))
    }

    /// The bytes of a prefix: how many bits count, then the address in the network's order.
    fn prefix(&mut self, key: &Expr) -> Step<Vec<u8>> {
        let bits = match key.ty {
            Type::Bytes(n) => n * 8,
            ref ty => u32::from(ty.bits(self.program).unwrap_or(64)),
        };
        let (address, n_bits) = match &key.kind {
            ExprKind::Prefix { address, n_bits } => (&**address, self.number(n_bits)?),
            _ => (key, u64::from(bits)),
        };
        let mut bytes = (n_bits as u32).to_le_bytes().to_vec();
        match self.expr(address)? {
            Value::Bytes(address) => bytes.extend(address),
            Value::Number(address) => {
                bytes.extend(&address.to_be_bytes()[8 - bits as usize / 8..]);
            }
            _ => return Err(self.stop(address.span, "this is no address")),
        }
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        Ok(bytes)
    }

    fn map(&mut self, place: &Place) -> Step<&mut MapState> {
        let stop = self.stop(place.span, "no policy of this test uses this map");
        self.maps.get_mut(&place.map).ok_or(stop)
    }

    /// The shape and type of what a place names, and its first byte.
    fn shape(&self, place: &Place) -> (&'a Layout, &'a Type, usize) {
        let decl = &self.program.maps[place.map.idx()];
        match (&decl.value_layout, &decl.value, place.field) {
            (layout @ Layout::Struct { .. }, Type::Struct(id), Some(at)) => {
                let Some(field) = layout.fields().nth(at as usize) else {
                    syrup_diag::bug!("no field {at} at {:?}", place.span)
                };
                let ty = &self.program.structs[id.idx()].fields[at as usize].ty;
                (&field.layout, ty, field.offset as usize)
            }
            (layout, ty, _) => (layout, ty, 0),
        }
    }

    pub(super) fn read(&mut self, place: &Place) -> Step<Value> {
        let key = self.key(place)?;
        let decl = &self.program.maps[place.map.idx()];
        let optional = matches!(decl.kind, MapKind::Hash | MapKind::LruHash | MapKind::Lpm);
        let (layout, ty, start) = self.shape(place);
        let Some(bytes) = self.map(place)?.get(&key, 0).map(<[u8]>::to_vec) else {
            return Ok(Value::Option(None));
        };
        let bytes = &bytes[start..start + layout.size() as usize];
        let sets = |set, slot| self.generation(set, slot);
        let value = match decode(self.program, bytes, layout, ty, &sets) {
            Value::Option(inner) => return Ok(Value::Option(inner)),
            Value::Number(number) if decl.taken => {
                let bits = ty.bits(self.program).unwrap_or(64);
                Value::Number(if number >> (bits - 1) == 1 { 0 } else { number })
            }
            value => value,
        };
        Ok(if optional { Value::Option(Some(Box::new(value))) } else { value })
    }

    pub(super) fn write(&mut self, place: &Place, value: &Value) -> Step<()> {
        let key = self.key(place)?;
        let (layout, _, start) = self.shape(place);
        let sets = |set, slot| self.generation(set, slot);
        let Some(written) = encode(value, layout, &sets) else {
            return Err(self.stop(place.span, "this cannot be written here"));
        };
        let stop = self.stop(place.span, "there is no such entry");
        let map = self.map(place)?;
        let bytes = match (place.field, map.get(&key, 0)) {
            (None, _) => written,
            (Some(_), None) => return Err(stop),
            (Some(_), Some(value)) => {
                let mut whole = value.to_vec();
                whole[start..start + written.len()].copy_from_slice(&written);
                whole
            }
        };
        let done = map.set(&key, 0, &bytes);
        if done { Ok(()) } else { Err(self.stop(place.span, "this map is full")) }
    }

    /// The records of a log, oldest first.
    pub(super) fn records(&self, span: Span, map: MapId) -> Step<Value> {
        let Some(log) = self.maps.get(&map) else {
            return Err(self.stop(span, "no policy of this test uses this log"));
        };
        let decl = &self.program.maps[map.idx()];
        let (layout, ty) = (&decl.value_layout, &decl.value);
        let sets = |set, slot| self.generation(set, slot);
        let value = |record: &Vec<u8>| decode(self.program, record, layout, ty, &sets);
        Ok(Value::List(log.records().iter().map(value).collect()))
    }

    pub(super) fn remove(&mut self, place: &Place) -> Step<Value> {
        let key = self.key(place)?;
        self.map(place)?.remove(&key);
        Ok(Value::Unit)
    }

    pub(super) fn cell_op(
        &mut self,
        span: Span,
        op: CellOp,
        place: &Place,
        operand: &Expr,
    ) -> Step<Value> {
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

    pub(super) fn packet(&mut self, layers: &[LayerValue]) -> Step<Value> {
        let mut out = Vec::new();
        for layer in layers {
            match layer {
                LayerValue::Bytes(bytes) => out.push(LayerLit::Bytes(bytes.clone())),
                LayerValue::Packet(inner) => match self.expr(inner)? {
                    Value::Packet(layers) => out.extend(layers),
                    Value::Bytes(bytes) => out.push(LayerLit::Bytes(bytes)),
                    _ => return Err(self.stop(inner.span, "this is no packet")),
                },
                LayerValue::Header { header, arg, fields, .. } => {
                    let arg = arg.as_ref().map(|arg| self.number(arg)).transpose()?;
                    let fields: Step<Vec<_>> = fields
                        .iter()
                        .map(|(field, value)| Ok((*field, self.expr(value)?)))
                        .collect();
                    out.push(LayerLit::Header { header: *header, arg, fields: fields? });
                }
            }
        }
        Ok(Value::Packet(out))
    }

    /// Runs a policy: the world goes in, the maps come out.
    pub(super) fn policy(&mut self, span: Span, id: PolicyId, packet: &Expr) -> Step<Value> {
        let Value::Packet(layers) = self.expr(packet)? else {
            return Err(self.stop(packet.span, "this is no packet"));
        };
        let packet = build(self.program, &layers, &self.params)
            .map_err(|why| self.stop(packet.span, why))?;
        if packet.frame.len() > limits::TEST_PACKET_BYTES_MAX {
            let max = limits::TEST_PACKET_BYTES_MAX;
            return Err(self.stop(span, format!("a packet has at most {max} bytes")));
        }
        let ready = self.ready_policy(span, id)?;
        let mut state = self.state_for(ready);
        let world = self.world();
        self.trace(id, ready, &state, Shown::Packet(&packet), &world);
        let ran = self
            .engine
            .run(&ready.policy, &mut state, &packet, &world)
            .map_err(|why| Box::new(Diagnostic::error(Code::E0802, span, why)))?;
        Ok(self.take_back(ready, &state, ran))
    }

    /// A policy that was built.
    pub(super) fn ready_policy(&self, span: Span, id: PolicyId) -> Step<&'a Ready> {
        let name = &self.program.policies[id.idx()].name;
        self.ready.get(&id).ok_or_else(|| self.stop(span, format!("`{name}` cannot run here")))
    }

    /// The state of the test as a policy sees it.
    pub(super) fn state_for(&mut self, ready: &Ready) -> State {
        let mut state = State::new(ready.policy.module());
        for (set, state) in ready.used.sets.iter().zip(&mut state.sets) {
            let generations = (0..self.len(*set)).map(|slot| self.generation(*set, slot));
            *state = SetState { generations: generations.collect() };
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
        self.rings.fill(ready.policy.module(), &mut state);
        self.threads.give(ready, &mut state);
        state
    }

    /// The time and the draws of the next evaluation.
    pub(super) fn world(&mut self) -> Scripted {
        let draws = match &self.draws {
            Some(draws) => draws.clone(),
            None => (0..limits_draws()).map(|_| self.rng.next_u64() as u32).collect(),
        };
        Scripted { now: self.now, draws }
    }

    /// Notes which arms an evaluation takes, where the policy was built to tell.
    pub(super) fn trace(
        &mut self,
        id: PolicyId,
        ready: &Ready,
        state: &State,
        shown: Shown<'_>,
        world: &Scripted,
    ) {
        if let Some(traced) = &ready.traced {
            let reached = self.coverage.0.entry(id).or_default();
            traced.count(state.clone(), shown, world, reached);
        }
    }

    /// Keeps what an evaluation left, and gives its answer.
    pub(super) fn take_back(&mut self, ready: &Ready, state: &State, ran: Ran) -> Value {
        if let Some(draws) = &mut self.draws {
            draws.drain(..ran.n_draws.min(draws.len()));
        }
        for (map, state) in ready.used.maps.iter().zip(&state.maps) {
            self.maps.insert(*map, state.clone());
        }
        self.threads.take(ready, state);
        Value::Answer(match ran.decision {
            Decision::Pass => Answer::Pass,
            Decision::Drop => Answer::Drop,
            Decision::Slot(set, slot) => Answer::Executor(ready.used.sets[set.idx()], slot),
            Decision::Enqueued(queue) => Answer::Queue(ready.used.queues[queue.idx()]),
            Decision::Preempt(set, slot) => Answer::Preempt(ready.used.sets[set.idx()], slot),
            Decision::Keep => Answer::Keep,
            Decision::Idle => Answer::Idle,
            Decision::Run(id) => Answer::Run(id),
        })
    }
}

/// Draws given to a policy when the test gives none.
fn limits_draws() -> usize {
    64
}
