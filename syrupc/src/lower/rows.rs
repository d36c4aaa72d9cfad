//! The arms of a match on a packet as rows of tests, in the order in which they can be asked.
//!
//! In: the layers of a pattern. Out: what the hook must say, then spot by spot: the run that ends
//! there, the bytes from there, the numbers in them.

use super::Lower;
use super::matching::Bind;
use super::tree::{Key, Test};
use crate::hir::{FieldPattern, Layer, LocalId, Match, Row, RunLen, Wire};
use crate::route;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, Interval};

/// One alternative of an arm.
#[derive(Clone)]
pub(super) struct TreeRow {
    pub arm: usize,
    pub tests: Vec<Test>,
    pub binds: Vec<(LocalId, Bind)>,
    pub span: Span,
}

/// What a row asks of one spot.
struct Group {
    spot: u16,
    /// Bytes from there.
    len: u32,
    numbers: Vec<Test>,
    /// What the run must be that is searched for and ends there.
    is: Option<Vec<u8>>,
}

/// A row while its tests are collected.
struct Tests {
    metas: Vec<Test>,
    groups: Vec<Group>,
    /// What is asked when the headers are there whole.
    last: Vec<Test>,
}

impl Tests {
    fn group(&mut self, spot: u16) -> &mut Group {
        let at = match self.groups.iter().position(|group| group.spot == spot) {
            Some(at) => at,
            None => {
                self.groups.push(Group { spot, len: 0, numbers: Vec::new(), is: None });
                self.groups.len() - 1
            }
        };
        &mut self.groups[at]
    }
}

impl<'a> Lower<'a> {
    /// The rows of a match on the packet.
    pub(super) fn tree_rows(&mut self, inner: &Match) -> Vec<TreeRow> {
        let mut rows = Vec::new();
        for (arm, decl) in inner.arms.iter().enumerate() {
            let span = decl.span;
            for row in &decl.rows {
                rows.push(match row {
                    Row::Any => TreeRow { arm, tests: Vec::new(), binds: Vec::new(), span },
                    Row::Layers(layers) => {
                        rows.extend(self.layer_rows(arm, layers, span));
                        continue;
                    }
                    Row::Numbers(_) | Row::Take(_) | Row::Some(_) | Row::None => {
                        bug!("a packet is matched by something else at {span:?}")
                    }
                });
            }
        }
        rows
    }

    /// One row for each way to reach the layers.
    fn layer_rows(&mut self, arm: usize, layers: &[Layer], span: Span) -> Vec<TreeRow> {
        let stacks = match route::place(self.program, self.begins, layers) {
            Ok(stacks) => stacks,
            Err(why) => bug!("no route at {span:?}: {why:?}"),
        };
        let rows = stacks.into_iter().map(|placed| {
            let whole = placed.iter().map(|at| match at.layer {
                Some(layer) => layers[layer].clone(),
                None => {
                    let span = layers.first().map_or(span, |layer| layer.span);
                    Layer { header: at.header, arg: None, fields: Vec::new(), span }
                }
            });
            self.tree_row(arm, &whole.collect::<Vec<_>>(), &placed, span)
        });
        rows.collect()
    }

    fn tree_row(
        &mut self,
        arm: usize,
        layers: &[Layer],
        placed: &[route::Placed],
        span: Span,
    ) -> TreeRow {
        let ids = self.layers_at(layers, placed);
        let mut tests = Tests { metas: Vec::new(), groups: Vec::new(), last: Vec::new() };
        let mut binds = Vec::new();
        for (n, (layer, at)) in layers.iter().zip(placed).enumerate() {
            for (meta, numbers) in &at.metas {
                let key = Key::Meta(*meta as u8);
                tests.metas.push(Test::Number(key, numbers.clone(), layer.span));
            }
            self.segment_groups(ids[n], &mut tests);
            self.demands(layer, ids[n], &mut tests);
            for (field, numbers) in &at.demands {
                let ranges = numbers.iter().map(|&number| Interval { lo: number, hi: number });
                self.number_test(layer, ids[n], *field, ranges.collect(), layer.span, &mut tests);
            }
            for pattern in &layer.fields {
                self.pattern_tests(layer, ids[n], pattern, &mut tests);
                if let Some(local) = pattern.bind {
                    binds.push((local, self.field_bind(layer, ids[n], pattern.field)));
                }
            }
        }
        self.last_run(&ids, placed, &mut tests);
        let tests = self.in_order(tests);
        TreeRow { arm, tests, binds, span }
    }

    /// The spots of a layer's segments, with the bytes it needs from each.
    fn segment_groups(&mut self, layer: u16, tests: &mut Tests) {
        let at = &self.layers[layer as usize];
        let decl = &self.program.headers[at.header.idx()];
        for (&(spot, start), segment) in at.segments.iter().zip(&decl.segments) {
            let group = tests.group(spot);
            group.len = group.len.max(start + segment.fixed_bytes);
        }
    }

    /// The run that ends the last header must be there too. A hook that begins behind the network
    /// header has had the kernel read all of it.
    fn last_run(&mut self, ids: &[u16], placed: &[route::Placed], tests: &mut Tests) {
        let (Some(&last), Some(at)) = (ids.last(), placed.last()) else { return };
        let decl = &self.program.headers[self.layers[last as usize].header.idx()];
        let (segment, _) = decl.last_segment();
        match decl.run_of(segment) {
            Some(RunLen::Formula(_) | RunLen::Until { .. })
                if at.base != Base::Net || self.begins == Base::Frame =>
            {
                let spot = self.run_end(last, segment);
                tests.group(spot);
            }
            Some(RunLen::Formula(_) | RunLen::Until { .. } | RunLen::Rest { .. }) | None => {}
        }
    }

    /// The tests of a row, each behind what it rests on.
    fn in_order(&self, tests: Tests) -> Vec<Test> {
        let mut ordered = tests.metas;
        for Group { spot, len, numbers, is } in tests.groups {
            let found = matches!(self.run_at(spot), Some(RunLen::Until { .. }));
            match is {
                Some(bytes) if found => ordered.push(Test::Is(spot, bytes)),
                _ if found => ordered.push(Test::Found(spot)),
                _ => {}
            }
            // A base is there, and so is the end of a run that was found.
            // At a frame it may be found in what the card added.
            let is_open = !found || self.begins == Base::Frame;
            if len > 0 || (self.run_at(spot).is_some() && is_open) {
                ordered.push(Test::Length(spot, len));
            }
            ordered.extend(numbers);
        }
        ordered.extend(tests.last);
        ordered
    }

    /// What a header's declaration demands of its fields.
    fn demands(&self, layer: &Layer, id: u16, tests: &mut Tests) {
        let decl = &self.program.headers[layer.header.idx()];
        for (field, at) in decl.fields.iter().enumerate() {
            let Some(bits) = at.ty.bits(self.program) else { continue };
            let all = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
            if (at.range.lo, at.range.hi) != (0, all) {
                self.number_test(layer, id, field as u32, vec![at.range], layer.span, tests);
            }
        }
    }

    /// Asks for a field's number as soon as it can be read.
    fn number_test(
        &self,
        layer: &Layer,
        id: u16,
        field: u32,
        ranges: Vec<Interval>,
        span: Span,
        tests: &mut Tests,
    ) {
        let segment = self.segment_of(layer.header, field);
        let spot = self.layers[id as usize].segments[segment as usize].0;
        let key = self.key_of(id, field);
        tests.group(spot).numbers.push(Test::Number(key, ranges, span));
    }

    fn pattern_tests(&mut self, layer: &Layer, id: u16, pattern: &FieldPattern, tests: &mut Tests) {
        if !pattern.ranges.is_empty() {
            let (field, ranges) = (pattern.field, pattern.ranges.clone());
            self.number_test(layer, id, field, ranges, pattern.span, tests);
        }
        let Some(bytes) = pattern.bytes.first() else { return };
        let run = self.run_of(id, pattern.field);
        let pieces = pieces(run.spot, run.offset, bytes, pattern.span);
        let Some(end) = run.end else {
            tests.group(run.spot).numbers.extend(pieces);
            return;
        };
        if let Some(RunLen::Until { .. }) = self.run_at(end) {
            // No search is needed: the bytes themselves say where they end.
            tests.group(end).is = Some(bytes.clone());
            return;
        }
        tests.last.push(exactly(Key::RunLen(end), bytes.len() as u64, pattern.span));
        if !bytes.is_empty() {
            tests.last.push(Test::Length(run.spot, run.offset + bytes.len() as u32));
            tests.last.extend(pieces);
        }
    }

    fn field_bind(&mut self, layer: &Layer, id: u16, field: u32) -> Bind {
        match &self.program.headers[layer.header.idx()].fields[field as usize].wire {
            Wire::Number { .. } | Wire::Bits { .. } | Wire::Derived(_) => {
                Bind::Number(self.key_of(id, field))
            }
            Wire::Bytes { .. } | Wire::Run { .. } => Bind::Run(self.run_of(id, field)),
        }
    }

    /// The value of a field that takes no bytes.
    pub(super) fn derived(
        &mut self,
        layer: u16,
        field: u32,
        known: &mut super::tree::Known,
        span: Span,
    ) -> syrup_ir::Value {
        let header = self.layers[layer as usize].header;
        let program = self.program;
        let decl = &program.headers[header.idx()].fields[field as usize];
        let Wire::Derived(formula) = &decl.wire else { bug!("`{}` takes bytes", decl.name) };
        self.formula(layer, formula, known, span)
    }
}

fn exactly(key: Key, number: u64, span: Span) -> Test {
    Test::Number(key, vec![Interval { lo: number, hi: number }], span)
}

/// Bytes as numbers of 8, 4, 2 and 1 bytes.
fn pieces(spot: u16, offset: u32, bytes: &[u8], span: Span) -> Vec<Test> {
    let mut tests = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let left = bytes.len() - at;
        let n = [8, 4, 2, 1].into_iter().find(|&n| n <= left).unwrap_or(1);
        let number = bytes[at..at + n].iter().rev().fold(0, |sum, &b| sum << 8 | u64::from(b));
        let key = Key::Field(spot, offset + at as u32, n as u8, true, 0, n as u8 * 8);
        tests.push(exactly(key, number, span));
        at += n;
    }
    tests
}
