//! Maps and packets of a test, and calls of policies.

use super::Scripted;
use super::eval::{Eval, Step, max_of};
use super::packet::{LayerLit, build};
use super::value::{Answer, Value};
use crate::hir::{CellOp, Expr, ExprKind, LayerValue, Place, PolicyId, Type};
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
        let number = match self.expr(key)? {
            Value::Number(number) => number,
            Value::Answer(Answer::Executor(_, slot)) => u64::from(slot),
            _ => return Err(self.stop(key.span, "this is no key")),
        };
        let size = self.program.maps[place.map.idx()].key_layout.size() as usize;
        Ok(number.to_le_bytes()[..size].to_vec())
    }

    /// The bytes of a prefix: how many bits count, then the address in the network's order.
    fn prefix(&mut self, key: &Expr) -> Step<Vec<u8>> {
        let bits = key.ty.bits(self.program).unwrap_or(64);
        let (address, n_bits) = match &key.kind {
            ExprKind::Prefix { address, n_bits } => (&**address, self.number(n_bits)?),
            _ => (key, u64::from(bits)),
        };
        let address = self.number(address)?.to_be_bytes();
        let mut bytes = (n_bits as u32).to_le_bytes().to_vec();
        bytes.extend(&address[8 - usize::from(bits / 8)..]);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        Ok(bytes)
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

    pub(super) fn read(&mut self, place: &Place) -> Step<Value> {
        let key = self.key(place)?;
        let decl = &self.program.maps[place.map.idx()];
        let bits = decl.value.bits(self.program).unwrap_or(64);
        let optional = matches!(decl.kind, MapKind::Hash | MapKind::LruHash | MapKind::Lpm);
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

    pub(super) fn write(&mut self, place: &Place, value: &Value) -> Step<()> {
        let Value::Number(number) = *value else {
            return Err(self.stop(place.span, "only a number can be written here"));
        };
        let key = self.key(place)?;
        let (map, bytes) = self.map(place)?;
        let written = map.set(&key, 0, &number.to_le_bytes()[..bytes as usize]);
        if written { Ok(()) } else { Err(self.stop(place.span, "this map is full")) }
    }

    pub(super) fn remove(&mut self, place: &Place) -> Step<Value> {
        let key = self.key(place)?;
        self.map(place)?.0.remove(&key);
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
    pub(super) fn policy(&mut self, span: Span, id: PolicyId, packet: &Expr) -> Step<Value> {
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
        self.rings.fill(ready.policy.module(), &mut state);
        let draws = match &self.draws {
            Some(draws) => draws.clone(),
            None => (0..limits_draws()).map(|_| self.rng.next_u64() as u32).collect(),
        };
        let world = Scripted { now: self.now, draws };
        let ran = self
            .engine
            .run(&ready.policy, &mut state, &packet, &world)
            .map_err(|why| Box::new(Diagnostic::error(Code::E0802, span, why)))?;
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
            other => {
                let message = format!("a packet is not answered with {other:?}");
                return Err(self.stop(span, message));
            }
        }))
    }
}

/// Draws given to a policy when the test gives none.
fn limits_draws() -> usize {
    64
}
