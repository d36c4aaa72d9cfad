//! Where the fields of a pattern lie: the start of a base, or the end of a run of computed length.

use super::tree::{Key, Known};
use super::{Low, Lower};
use crate::hir::{Formula, HeaderArg, HeaderId, Input, Layer, RunLen, Type, Wire};
use crate::route::Placed;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, BinOp, Op, Order, Ty, Value};

/// The headers from a base on, with what their parameters are.
type Path = Vec<(HeaderId, Option<HeaderArg>)>;

/// A place that offsets count from.
///
/// INVARIANT(spot): two spots of one match with the same base, path and segment are the same place
/// of the packet, because the path there says how every length is computed.
pub(super) struct Spot<'a> {
    pub base: Base,
    /// The last header of the path has the run; empty at the base itself.
    path: Path,
    segment: u32,
    run: Option<SpotRun<'a>>,
}

/// The run of bytes that ends at a spot.
struct SpotRun<'a> {
    /// The spot that its offset counts from.
    parent: u16,
    /// Bytes from there to where it starts.
    offset: u32,
    len: &'a RunLen,
    /// The layer whose fields give its length.
    layer: u16,
}

/// A header at its place in a pattern.
pub(super) struct LayerAt {
    base: Base,
    /// Up to and including itself.
    path: Path,
    pub header: HeaderId,
    arg: Option<HeaderArg>,
    /// Where each segment starts: bytes from a spot.
    pub segments: Vec<(u16, u32)>,
}

/// Where a spot begins: bytes from its base, the constant and the computed part.
#[derive(Clone, Copy)]
pub(super) struct Start {
    pub offset: u32,
    pub at: Option<Value>,
}

impl<'a> Lower<'a> {
    /// The layers of a pattern, each at its place.
    pub(super) fn layers_at(&mut self, layers: &[Layer], placed: &[Placed]) -> Vec<u16> {
        let mut found: Vec<u16> = Vec::new();
        for (n, (layer, at)) in layers.iter().zip(placed).enumerate() {
            let first = placed.iter().position(|p| p.base == at.base).unwrap_or(0);
            let path: Path = layers[first..=n].iter().map(|l| (l.header, l.arg)).collect();
            let known = self.layers.iter().position(|l| l.base == at.base && l.path == path);
            if let Some(known) = known {
                found.push(known as u16);
                continue;
            }
            let spot = match at.behind {
                Some((above, segment)) => self.run_end(found[above], segment),
                None => self.base_spot(at.base),
            };
            let (base, header, arg) = (at.base, layer.header, layer.arg);
            let segments = vec![(spot, at.offset)];
            self.layers.push(LayerAt { base, path, header, arg, segments });
            let own = self.layers.len() as u16 - 1;
            let n_segments = self.program.headers[header.idx()].segments.len() as u32;
            for segment in 1..n_segments {
                let spot = self.run_end(own, segment - 1);
                self.layers[own as usize].segments.push((spot, 0));
            }
            found.push(own);
        }
        found
    }

    fn base_spot(&mut self, base: Base) -> u16 {
        let same = |spot: &Spot<'_>| spot.base == base && spot.path.is_empty();
        if let Some(known) = self.spots.iter().position(same) {
            return known as u16;
        }
        self.spots.push(Spot { base, path: Path::new(), segment: 0, run: None });
        self.spots.len() as u16 - 1
    }

    /// The spot where the run of a layer's segment ends.
    pub(super) fn run_end(&mut self, layer: u16, segment: u32) -> u16 {
        let at = &self.layers[layer as usize];
        let known = self.spots.iter().position(|spot| {
            spot.base == at.base && spot.path == at.path && spot.segment == segment
        });
        if let Some(known) = known {
            return known as u16;
        }
        let decl = &self.program.headers[at.header.idx()];
        let Some(len) = decl.run_of(segment) else {
            bug!("segment {segment} of `{}` has no run", decl.name)
        };
        let (parent, start) = at.segments[segment as usize];
        let offset = start + decl.segments[segment as usize].fixed_bytes;
        let run = Some(SpotRun { parent, offset, len, layer });
        self.spots.push(Spot { base: at.base, path: at.path.clone(), segment, run });
        self.spots.len() as u16 - 1
    }

    /// The length of the run that ends at a spot, where there is one.
    pub(super) fn run_at(&self, spot: u16) -> Option<&'a RunLen> {
        self.spots[spot as usize].run.as_ref().map(|run| run.len)
    }

    /// Where the run that ends at a spot begins.
    pub(super) fn run_start(&mut self, spot: u16, known: &mut Known, span: Span) -> Start {
        let Some(run) = &self.spots[spot as usize].run else { bug!("no run ends at {span:?}") };
        let (parent, offset) = (run.parent, run.offset);
        let start = self.start(parent, known, span);
        Start { offset: start.offset + offset, at: start.at }
    }

    /// Where a spot begins; of a run that is searched for, its length was found before.
    pub(super) fn start(&mut self, spot: u16, known: &mut Known, span: Span) -> Start {
        if let Some(&start) = known.starts.get(&spot) {
            return start;
        }
        if self.spots[spot as usize].run.is_none() {
            let at = self.base_start(self.spots[spot as usize].base);
            return Start { offset: 0, at };
        }
        let before = self.run_start(spot, known, span);
        let len = self.run_length(spot, known, span);
        let start = match (self.f.as_constant(len), before.at) {
            (Some(len), at) => Start { offset: before.offset + len as u32, at },
            (None, Some(at)) => {
                let at = self.binary(BinOp::Add, at, len, span);
                Start { offset: before.offset, at: Some(at) }
            }
            (None, None) => Start { offset: before.offset, at: Some(len) },
        };
        known.starts.insert(spot, start);
        start
    }

    /// The length of the run that ends at a spot.
    pub(super) fn run_length(&mut self, spot: u16, known: &mut Known, span: Span) -> Value {
        if let Some(&len) = known.lens.get(&spot) {
            return len;
        }
        let Some(run) = &self.spots[spot as usize].run else { bug!("no run ends at {span:?}") };
        let layer = run.layer;
        let len = match run.len {
            RunLen::Formula(formula) => self.formula(layer, formula, known, span),
            RunLen::Until { .. } => bug!("a run is used before it is found at {span:?}"),
            RunLen::Rest { max } => {
                let start = self.run_start(spot, known, span);
                self.remaining(start, *max, span)
            }
        };
        known.lens.insert(spot, len);
        len
    }

    /// Bytes of the packet from a place on, at most so many.
    pub(super) fn remaining(&mut self, start: Start, max: u32, span: Span) -> Value {
        let len = self.packet_end(span);
        let offset = self.f.constant(u64::from(start.offset), 32, span);
        let from = match start.at {
            Some(at) => self.binary(BinOp::Add, at, offset, span),
            None => offset,
        };
        let rest = self.binary(BinOp::SubSat, len, from, span);
        let max = self.f.constant(u64::from(max), 32, span);
        self.binary(BinOp::Min, rest, max, span)
    }

    /// The value of a formula over the numbers of a layer.
    pub(super) fn formula(
        &mut self,
        layer: u16,
        formula: &'a Formula,
        known: &mut Known,
        span: Span,
    ) -> Value {
        let mut env = std::collections::BTreeMap::new();
        for &(local, input) in &formula.inputs {
            let bits = match formula.locals[local.idx()].ty.bits(self.program) {
                Some(bits) => bits,
                None => bug!("no number at {span:?}"),
            };
            let value = match input {
                Input::Field(field) => {
                    let key = self.key_of(layer, field);
                    self.number(key, known, span)
                }
                Input::Param => match self.layers[layer as usize].arg {
                    Some(HeaderArg::Number(number)) => self.f.constant(number, bits, span),
                    Some(HeaderArg::Param(id)) => {
                        let own = self.program.params[id.idx()].ty.bits(self.program);
                        let op = Op::Param(self.used.param(id));
                        self.f.op(op, Ty::Int(own.unwrap_or(bits)), span)
                    }
                    None => bug!("a header without its parameter at {span:?}"),
                },
            };
            let value = self.convert(value, bits, span);
            env.insert(local, Low::Value(value));
        }
        let outer_env = std::mem::replace(&mut self.env, env);
        let outer_locals = std::mem::replace(&mut self.locals, &formula.locals);
        let value = self.value(&formula.expr);
        self.env = outer_env;
        self.locals = outer_locals;
        match value {
            Some(value) => value,
            // A function may grow beyond what the compiler makes; that is reported elsewhere.
            None => {
                let rest = self.f.block();
                self.f.switch_to(rest);
                let bits = formula.expr.ty.bits(self.program).unwrap_or(32);
                self.f.constant(0, bits, span)
            }
        }
    }

    /// Where a field's number lies.
    pub(super) fn key_of(&self, layer: u16, field: u32) -> Key {
        let at = &self.layers[layer as usize];
        let decl = &self.program.headers[at.header.idx()].fields[field as usize];
        match decl.wire {
            Wire::Number { offset, bytes, order } => {
                let (spot, start) = at.segments[decl.segment as usize];
                let little = order == Order::Little;
                Key::Field(spot, start + offset, bytes, little, 0, bytes * 8)
            }
            Wire::Bits { offset, bytes, shift, bits } => {
                let (spot, start) = at.segments[decl.segment as usize];
                Key::Field(spot, start + offset, bytes, false, shift, bits)
            }
            Wire::Derived(_) => Key::Derived(layer, field),
            Wire::Bytes { .. } | Wire::Run { .. } => bug!("a run of bytes is no number"),
        }
    }

    /// The last segment that a field's value rests on.
    pub(super) fn segment_of(&self, header: HeaderId, field: u32) -> u32 {
        let decl = &self.program.headers[header.idx()].fields[field as usize];
        match &decl.wire {
            Wire::Number { .. } | Wire::Bits { .. } | Wire::Bytes { .. } | Wire::Run { .. } => {
                decl.segment
            }
            Wire::Derived(formula) => {
                let fields = formula.inputs.iter().filter_map(|(_, input)| match input {
                    Input::Field(field) => Some(self.segment_of(header, *field)),
                    Input::Param => None,
                });
                fields.max().unwrap_or(0)
            }
        }
    }

    /// Where a run of bytes of a layer lies, and the spot where it ends if its length is computed.
    pub(super) fn run_of(&mut self, layer: u16, field: u32) -> FieldRun {
        let at = &self.layers[layer as usize];
        let decl = &self.program.headers[at.header.idx()].fields[field as usize];
        let (spot, start) = at.segments[decl.segment as usize];
        let Type::Bytes(max) = decl.ty else { bug!("`{}` is no run of bytes", decl.name) };
        match decl.wire {
            Wire::Bytes { offset, len } => {
                FieldRun { spot, offset: start + offset, max: len, min: len, end: None }
            }
            Wire::Run { offset, .. } => {
                let min = decl.range.lo as u32;
                let end = Some(self.run_end(layer, decl.segment));
                FieldRun { spot, offset: start + offset, max, min, end }
            }
            Wire::Number { .. } | Wire::Bits { .. } | Wire::Derived(_) => {
                bug!("`{}` is no run of bytes", decl.name)
            }
        }
    }
}

/// A run of bytes of a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct FieldRun {
    pub spot: u16,
    /// Bytes from the spot.
    pub offset: u32,
    pub max: u32,
    pub min: u32,
    /// The spot where it ends; nothing where its length is fixed.
    pub end: Option<u16>,
}
