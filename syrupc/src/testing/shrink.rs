//! The smallest case that still fails: what a person looks at.
//!
//! In: the values of a failing case and a way to run others. Out: values that fail in the same
//! place and are as near to the start of their ranges as bisection brings them; packets with as
//! few layers, fields and bytes. No draw is taken, so the result is the same on every machine.

use super::eval::Step;
use super::packet::LayerLit;
use super::value::Value;
use crate::hir::{Program, Test, Type};
use syrup_diag::{Diagnostic, limits};

/// A failing case made smaller.
pub(super) struct Shrunk {
    /// The values.
    pub inputs: Vec<Value>,
    /// What they give.
    pub failure: Box<Diagnostic>,
    /// How many times a value became smaller.
    pub n_steps: u32,
}

/// Makes a failing case smaller; `run` evaluates the test with other values.
pub(super) fn shrink(
    program: &Program,
    test: &Test,
    inputs: Vec<Value>,
    failure: Box<Diagnostic>,
    run: &mut dyn FnMut(&[Value]) -> Step<()>,
) -> Shrunk {
    let best = Shrunk { inputs, failure, n_steps: 0 };
    let mut search = Search { best, n_runs: 0, run };
    loop {
        let n_before = search.best.n_steps;
        for (at, local) in test.forall.iter().enumerate() {
            let decl = &test.locals[local.idx()];
            match &search.best.inputs[at] {
                Value::Packet(_) => search.packet(program, at),
                Value::Number(_) => {
                    let is_case = match &decl.ty {
                        Type::Enum(id) => {
                            let cases = &program.enums[id.idx()].info.cases;
                            search.case(at, cases.iter().map(|case| case.1))
                        }
                        _ => false,
                    };
                    if !is_case {
                        search.number(decl.range.lo, at);
                    }
                }
                _ => {}
            }
        }
        if search.best.n_steps == n_before || search.n_runs >= limits::SHRINK_RUNS_MAX {
            return search.best;
        }
    }
}

/// Makes a value of a number.
type Make<'m> = dyn Fn(u64) -> Value + 'm;

struct Search<'r> {
    best: Shrunk,
    n_runs: u32,
    run: &'r mut dyn FnMut(&[Value]) -> Step<()>,
}

impl Search<'_> {
    /// Takes a value instead of the one there is, if the test fails with it in the same place.
    fn take(&mut self, at: usize, value: Value) -> bool {
        if self.n_runs >= limits::SHRINK_RUNS_MAX || self.best.inputs[at] == value {
            return false;
        }
        self.n_runs += 1;
        let mut inputs = self.best.inputs.clone();
        inputs[at] = value;
        let Err(failure) = (self.run)(&inputs) else { return false };
        let best = &self.best.failure;
        if (failure.code, failure.primary.span) != (best.code, best.primary.span) {
            return false;
        }
        self.best = Shrunk { inputs, failure, n_steps: self.best.n_steps + 1 };
        true
    }

    /// The first case of an enum that fails; gives whether there is one.
    fn case(&mut self, at: usize, mut cases: impl Iterator<Item = u64>) -> bool {
        cases.any(|case| {
            let case = Value::Number(case);
            self.best.inputs[at] == case || self.take(at, case)
        })
    }

    /// Brings a number towards `lo`.
    fn number(&mut self, lo: u64, at: usize) {
        let Value::Number(failing) = self.best.inputs[at] else { return };
        if failing > lo && !self.take(at, Value::Number(lo)) {
            self.halve(lo, failing, at, &Value::Number);
        }
    }

    /// Brings a number that fails towards one that does not, as if all above some number failed.
    fn halve(&mut self, mut holding: u64, mut failing: u64, at: usize, make: &Make<'_>) -> u64 {
        while failing - holding > 1 {
            let middle = holding + (failing - holding) / 2;
            match self.take(at, make(middle)) {
                true => failing = middle,
                false => holding = middle,
            }
        }
        failing
    }

    fn layers(&self, at: usize) -> Vec<LayerLit> {
        match &self.best.inputs[at] {
            Value::Packet(layers) => layers.clone(),
            _ => Vec::new(),
        }
    }

    /// Leaves out layers, then fields and bytes of those that must stay.
    fn packet(&mut self, program: &Program, at: usize) {
        for n in (0..self.layers(at).len()).rev() {
            let mut fewer = self.layers(at);
            fewer.remove(n);
            self.take(at, Value::Packet(fewer));
        }
        for n in 0..self.layers(at).len() {
            match &self.layers(at)[n] {
                LayerLit::Bytes(bytes) => self.bytes(at, n, bytes.len()),
                LayerLit::Header { header, fields, .. } => {
                    for (field, _) in fields.clone() {
                        let lo = program.headers[header.idx()].fields[field as usize].range.lo;
                        self.field(at, n, field, lo);
                    }
                }
            }
        }
    }

    /// Leaves out a field, or brings its number towards the least that the header allows.
    fn field(&mut self, at: usize, n: usize, field: u32, lo: u64) {
        let with = |layers: &[LayerLit], number: Option<u64>| {
            let mut layers = layers.to_vec();
            if let LayerLit::Header { fields, .. } = &mut layers[n] {
                let place = fields.iter().position(|row| row.0 == field);
                match (place, number) {
                    (Some(place), Some(number)) => fields[place].1 = Value::Number(number),
                    (Some(place), None) => drop(fields.remove(place)),
                    (None, _) => {}
                }
            }
            Value::Packet(layers)
        };
        let layers = self.layers(at);
        let LayerLit::Header { fields, .. } = &layers[n] else { return };
        let Some((_, failing)) = fields.iter().find(|row| row.0 == field) else { return };
        let failing = match failing {
            Value::Number(number) => *number,
            _ => lo,
        };
        if !self.take(at, with(&layers, None)) && failing > lo {
            self.halve(lo, failing, at, &|number| with(&layers, Some(number)));
        }
    }

    /// Shortens a run of bytes by halves, then makes its bytes zero.
    fn bytes(&mut self, at: usize, n: usize, len: usize) {
        let layers = self.layers(at);
        let cut = |len: u64| changed(&layers, n, &|bytes| bytes.truncate(len as usize));
        let len = self.halve(0, len as u64, at, &cut) as usize;
        let layers = self.layers(at);
        if self.take(at, changed(&layers, n, &|bytes| bytes.fill(0))) {
            return;
        }
        for byte in 0..len {
            let layers = self.layers(at);
            self.take(at, changed(&layers, n, &|bytes| bytes[byte] = 0));
        }
    }
}

/// A packet whose layer of bytes is changed.
fn changed(layers: &[LayerLit], n: usize, change: &dyn Fn(&mut Vec<u8>)) -> Value {
    let mut layers = layers.to_vec();
    if let LayerLit::Bytes(bytes) = &mut layers[n] {
        change(bytes);
    }
    Value::Packet(layers)
}
