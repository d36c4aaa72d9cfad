//! Samples of a `forall`: both ends of every range first, then draws from a seeded generator.

use super::packet::LayerLit;
use super::value::Value;
use crate::hir::{Program, Test, Type};
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
}

/// The seed of a test: its name by FNV-1a.
pub(super) fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The values of a test's `forall` names in one case.
pub(super) fn inputs(program: &Program, test: &Test, case: u32, rng: &mut Rng) -> Vec<Value> {
    let sample = |local: &crate::hir::LocalId| {
        let decl = &test.locals[local.idx()];
        match (&decl.ty, case) {
            (Type::Packet, _) => Value::Packet(packet(program, rng)),
            (_, 0) => Value::Number(decl.range.lo),
            (_, 1) => Value::Number(decl.range.hi),
            _ => Value::Number(skewed(rng, decl.range)),
        }
    };
    test.forall.iter().map(sample).collect()
}

/// A number of an interval: small ones and those near the ends are as likely as all others.
fn skewed(rng: &mut Rng, range: Interval) -> u64 {
    let span = range.hi - range.lo;
    match rng.next_u64() % 4 {
        0 => range.lo + rng.within(Interval { lo: 0, hi: span.min(15) }),
        1 => range.hi - rng.within(Interval { lo: 0, hi: span.min(15) }),
        _ => rng.within(range),
    }
}

/// A packet: UDP or TCP, IPv4 or IPv6, of any length, sometimes cut or nonsense.
fn packet(program: &Program, rng: &mut Rng) -> Vec<LayerLit> {
    let mut layers = Vec::new();
    let names: &[&str] = match rng.next_u64() % 8 {
        0..=4 => &["udp"],
        5 | 6 => &["tcp"],
        _ => &[],
    };
    for name in names {
        let Some(at) = program.headers.iter().position(|header| &*header.name == *name) else {
            continue;
        };
        let header = crate::hir::HeaderId(at as u32);
        let mut fields = Vec::new();
        for (idx, field) in program.headers[at].fields.iter().enumerate() {
            let is_port = &*field.name == "src_port" || &*field.name == "dst_port";
            if is_port {
                fields.push((idx as u32, rng.next_u64() & 0xffff));
            }
        }
        layers.push(LayerLit::Header { header, fields });
    }
    let len = rng.within(Interval { lo: 0, hi: 64 });
    layers.push(LayerLit::Bytes((0..len).map(|_| rng.next_u64() as u8).collect()));
    layers
}
