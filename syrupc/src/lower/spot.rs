//! Where the offsets of a pattern count from: the start of a base, or the end of a computed length.

use super::tree::{Key, Known, key_of};
use super::{Low, Lower};
use crate::hir::{Expr, ExprKind, HeaderId, LocalId, Wire};
use crate::route::{self, Placed};
use std::collections::BTreeSet;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, BinOp, Ty, Value};

/// A place that offsets count from.
///
/// INVARIANT(spot): two spots of one match with the same base and the same headers behind them are
/// the same place of the packet, because the path there says how every length is computed.
pub(super) struct Spot<'a> {
    pub base: Base,
    behind: Vec<HeaderId>,
    computed: Option<Computed<'a>>,
}

/// The computed length that ends at a spot.
struct Computed<'a> {
    /// The spot that its header's offset counts from.
    parent: u16,
    /// Bytes from there to where the length starts to count.
    offset: u32,
    /// The length, over the fields of its header.
    len: &'a Expr,
    /// The fields it may name.
    fields: Vec<(LocalId, Key)>,
}

impl Lower<'_> {
    /// The spot behind the last header, where its length is computed and must fit too. The network
    /// header is whole: a hook that begins behind it has had the kernel read it.
    pub(super) fn spot_behind(&mut self, headers: &[HeaderId], placed: &[Placed]) -> Option<u16> {
        let n = headers.len().checked_sub(1)?;
        let last = placed.last()?;
        if last.base == Base::Net || !route::is_computed(self.program, headers[n]) {
            return None;
        }
        let first = placed.iter().position(|p| p.base == last.base).unwrap_or(0);
        Some(self.intern(last.base, headers[first..].to_vec(), headers, placed))
    }

    /// The spot that a layer's offset counts from.
    pub(super) fn spot(&mut self, headers: &[HeaderId], n: usize, placed: &[Placed]) -> u16 {
        self.intern(placed[n].base, placed[n].behind.clone(), headers, placed)
    }

    fn intern(
        &mut self,
        base: Base,
        behind: Vec<HeaderId>,
        headers: &[HeaderId],
        placed: &[Placed],
    ) -> u16 {
        let found = self.spots.iter().position(|spot| spot.base == base && spot.behind == behind);
        if let Some(at) = found {
            return at as u16;
        }
        let first = placed.iter().position(|p| p.base == base).unwrap_or(0);
        let computed = behind.len().checked_sub(1).map(|last| {
            let n = first + last;
            let parent = self.spot(headers, n, placed);
            let decl = &self.program.headers[headers[n].idx()];
            let Some(Wire::Computed { offset, len }) = decl.fields.last().map(|f| &f.wire) else {
                bug!("`{}` has no computed length", decl.name)
            };
            let numbers = decl.fields.iter().enumerate().filter_map(|(at, field)| {
                field.ty.bits(self.program)?;
                Some((LocalId(at as u32), key_of(parent, &placed[n], &field.wire)))
            });
            let fields = numbers.collect();
            Computed { parent, offset: placed[n].offset + offset, len, fields }
        });
        self.spots.push(Spot { base, behind, computed });
        self.spots.len() as u16 - 1
    }

    /// Where a spot begins: bytes from its base, the constant and the computed part.
    pub(super) fn start(
        &mut self,
        spot: u16,
        known: &mut Known,
        span: Span,
    ) -> (u32, Option<Value>) {
        if let Some(&(offset, value)) = known.starts.get(&spot) {
            return (offset, Some(value));
        }
        let Some(Computed { parent, offset: end, len, fields }) =
            &self.spots[spot as usize].computed
        else {
            return (0, None);
        };
        let (parent, end, len, fields) = (*parent, *end, *len, fields.clone());
        let (offset, before) = self.start(parent, known, span);
        let mut named = BTreeSet::new();
        crate::analyze::walk(len, &mut |expr| {
            if let ExprKind::Local(local) = expr.kind {
                named.insert(local);
            }
        });
        let outer = std::mem::take(&mut self.env);
        // A header's fields stand for locals, and each is one number.
        let outer_locals = std::mem::take(&mut self.locals);
        for (local, key) in fields.into_iter().filter(|(local, _)| named.contains(local)) {
            let value = self.number(key, known, span);
            let Ty::Int(bits) = self.f.ty(value) else { bug!("no number at {span:?}") };
            let value = self.convert(value, bits.max(32), span);
            self.env.insert(local, Low::Value(value));
        }
        let len = self.value(len);
        self.env = outer;
        self.locals = outer_locals;
        let Some(len) = len else { bug!("a length ends the policy at {span:?}") };
        let value = match before {
            Some(before) => self.binary(BinOp::Add, before, len, span),
            None => len,
        };
        known.starts.insert(spot, (offset + end, value));
        (offset + end, Some(value))
    }
}
