//! Samples of a `forall`: both ends of every range first, then draws from a seeded generator.
//!
//! In: a test and what its policies ask for. Out: the values of one case. Numbers lie at the ends
//! of their range, beside powers of two and beside what the policies compare with as often as
//! anywhere; packets follow the policies' patterns in every second case.

use super::hints::Hints;
use super::packet::LayerLit;
use super::value::Value;
use crate::hir::{
    HeaderArg, HeaderField, HeaderId, Input, Layer, Program, RunLen, Test, Type, Wire,
};
use crate::route;
use syrup_ir::Interval;

/// A small generator: splitmix64 (Steele, Lea, Flood, OOPSLA 2014). Tests must give the same
/// samples on every machine, so it is part of the language's meaning and written out here.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// From a seed.
    pub const fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number of an interval.
    pub fn within(&mut self, range: Interval) -> u64 {
        let span = range.hi - range.lo;
        if span == u64::MAX {
            return self.next_u64();
        }
        range.lo + ((u128::from(self.next_u64()) * (u128::from(span) + 1)) >> 64) as u64
    }

    /// A number below `end`, or 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.within(Interval { lo: 0, hi: (end as u64).saturating_sub(1) }) as usize
    }
}

/// The seed of a test: its name by FNV-1a.
pub(super) fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The values of a test's `forall` names in one case.
pub(super) fn inputs(
    program: &Program,
    test: &Test,
    hints: &Hints,
    case: u32,
    rng: &mut Rng,
) -> Vec<Value> {
    let sample = |local: &crate::hir::LocalId| {
        let decl = &test.locals[local.idx()];
        match (&decl.ty, case) {
            (Type::Packet, _) => Value::Packet(packet(program, hints, case, rng)),
            (Type::Bytes(_), _) => {
                let len = match case {
                    0 => decl.range.lo,
                    1 => decl.range.hi,
                    _ => skewed(rng, decl.range, &hints.numbers),
                };
                Value::Bytes(random_bytes(rng, len as usize))
            }
            (_, 0) => Value::Number(decl.range.lo),
            (_, 1) => Value::Number(decl.range.hi),
            (Type::Enum(id), _) if !rng.next_u64().is_multiple_of(4) => {
                let cases = &program.enums[id.idx()].info.cases;
                let at = rng.below(cases.len());
                let fits = |number: &u64| decl.range.contains(*number);
                let number = cases.get(at).map(|case| case.1).filter(fits);
                Value::Number(number.unwrap_or_else(|| skewed(rng, decl.range, &hints.numbers)))
            }
            _ => Value::Number(skewed(rng, decl.range, &hints.numbers)),
        }
    };
    test.forall.iter().map(sample).collect()
}

/// A number of an interval: the ends, powers of two and `near`, each with its neighbours, are as
/// likely as all others.
fn skewed(rng: &mut Rng, range: Interval, near: &[u64]) -> u64 {
    let span = range.hi - range.lo;
    let step = rng.next_u64() % 3;
    let beside = |number: u64| {
        let number = number.wrapping_add(step).wrapping_sub(1);
        range.contains(number).then_some(number)
    };
    let close = |rng: &mut Rng| rng.within(Interval { lo: 0, hi: span.min(15) });
    match rng.next_u64() % 8 {
        0 => range.lo + close(rng),
        1 => range.hi - close(rng),
        2 => {
            let power = 1u64 << rng.below(64);
            beside(power).unwrap_or_else(|| rng.within(range))
        }
        3 | 4 if !near.is_empty() => {
            let number = near[rng.below(near.len())];
            beside(number).unwrap_or_else(|| rng.within(range))
        }
        _ => rng.within(range),
    }
}

/// A packet: every second one is like a pattern of the policies, some of these cut short; others
/// are of any protocol and hold anything.
pub(super) fn packet(program: &Program, hints: &Hints, case: u32, rng: &mut Rng) -> Vec<LayerLit> {
    let mut layers = Vec::new();
    let stack = hints.stacks.get(case as usize / 2 % hints.stacks.len().max(1));
    match stack.filter(|_| case.is_multiple_of(2)) {
        Some(stack) => {
            for (n, layer) in stack.iter().enumerate() {
                let is_cut = n + 1 == stack.len() && rng.next_u64().is_multiple_of(8);
                if is_cut {
                    let bytes = program.headers[layer.header.idx()].fixed_bytes() as usize;
                    let n_left = rng.below(bytes);
                    layers.push(LayerLit::Bytes(random_bytes(rng, n_left)));
                    return layers;
                }
                layers.push(like(program, layer, hints, rng));
            }
        }
        None => {
            let header = any_header(program, rng);
            layers.extend(header.map(|header| LayerLit::Header {
                header,
                arg: None,
                fields: random_fields(program, header, hints, rng),
            }));
        }
    }
    let len = match rng.next_u64() % 4 {
        0 => 0,
        _ => rng.below(65),
    };
    if len > 0 || layers.is_empty() {
        layers.push(LayerLit::Bytes(random_bytes(rng, len)));
    }
    layers
}

fn random_bytes(rng: &mut Rng, len: usize) -> Vec<u8> {
    (0..len).map(|_| rng.next_u64() as u8).collect()
}

/// The header of a random protocol: mostly UDP, sometimes one of the others behind a network
/// header, sometimes none.
fn any_header(program: &Program, rng: &mut Rng) -> Option<HeaderId> {
    let named = |name: &str| {
        let at = program.headers.iter().position(|header| &*header.name == name)?;
        Some(HeaderId(at as u32))
    };
    let others: Vec<HeaderId> = (0..program.headers.len() as u32)
        .map(HeaderId)
        .filter(|&header| route::level(program, header) == Some(syrup_ir::Base::Transport))
        .collect();
    match rng.next_u64() % 8 {
        0..=3 => named("udp"),
        4..=6 => others.get(rng.below(others.len())).copied(),
        _ => None,
    }
}

/// A layer that a pattern matches; one in eight of its conditions is missed by one.
fn like(program: &Program, layer: &Layer, hints: &Hints, rng: &mut Rng) -> LayerLit {
    let decl = &program.headers[layer.header.idx()];
    let mut fields = random_fields(program, layer.header, hints, rng);
    for pattern in layer.fields.iter().filter(|pattern| !pattern.ranges.is_empty()) {
        let field = &decl.fields[pattern.field as usize];
        let Some(all) = numbers_of(program, field) else { continue };
        let range = pattern.ranges[rng.below(pattern.ranges.len())];
        let number = match rng.next_u64() % 8 {
            0 => range.lo.saturating_sub(1).max(all.lo),
            1 => range.hi.saturating_add(1).min(all.hi),
            _ => skewed(rng, range, &hints.numbers),
        };
        fields.retain(|row| row.0 != pattern.field);
        fields.push((pattern.field, Value::Number(number)));
    }
    for pattern in &layer.fields {
        let Some(bytes) = pattern.bytes.first() else { continue };
        // The length follows from the bytes.
        if let Wire::Run { len: RunLen::Formula(formula), .. } =
            &decl.fields[pattern.field as usize].wire
        {
            let counts =
                |at: u32| formula.inputs.iter().any(|(_, input)| *input == Input::Field(at));
            fields.retain(|row| !counts(row.0));
        }
        fields.push((pattern.field, Value::Bytes(bytes.clone())));
    }
    fields.sort_by_key(|row| row.0);
    let arg = layer.arg.map(|arg| match arg {
        HeaderArg::Number(number) => number,
        HeaderArg::Param(id) => program.params[id.idx()].default,
    });
    LayerLit::Header { header: layer.header, arg, fields }
}

/// Numbers for some of the fields of a header: not for those that are computed, and not for those
/// that say what follows.
fn random_fields(
    program: &Program,
    header: HeaderId,
    hints: &Hints,
    rng: &mut Rng,
) -> Vec<(u32, Value)> {
    let decl = &program.headers[header.idx()];
    let routes = program.headers.iter().flat_map(|other| &other.after);
    // A port is any number, also where a header is usually found at one.
    let is_open = route::level(program, header) == Some(syrup_ir::Base::Transport);
    let announcing = routes.filter(|route| route.header == header && !is_open);
    let announced: Vec<u32> =
        announcing.flat_map(|route| &route.fields).map(|field| field.0).collect();
    let mut fields = Vec::new();
    for (at, field) in (0u32..).zip(&decl.fields) {
        let is_left_out = announced.contains(&at) || field.computed.is_some();
        let Some(all) = numbers_of(program, field).filter(|_| !is_left_out) else { continue };
        let range = Interval { lo: field.range.lo.max(all.lo), hi: field.range.hi.min(all.hi) };
        if range.lo < range.hi && rng.next_u64().is_multiple_of(2) {
            fields.push((at, Value::Number(skewed(rng, range, &hints.numbers))));
        }
    }
    fields
}

/// The numbers that a field has room for; nothing for a run of bytes and what takes no bytes.
fn numbers_of(program: &Program, field: &HeaderField) -> Option<Interval> {
    if matches!(field.wire, Wire::Derived(_)) {
        return None;
    }
    let bits = field.ty.bits(program)?;
    Some(Interval { lo: 0, hi: super::eval::max_of(bits) })
}
