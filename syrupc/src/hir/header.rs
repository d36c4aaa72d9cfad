//! Headers of the typed tree: where each field lies, and what computes the lengths.
//!
//! A header is a list of segments. Each begins with fields at fixed offsets and ends with a run of
//! bytes whose length others give; the last may end without one.

use super::*;
use std::sync::Arc;
use syrup_diag::Span;
use syrup_ir::Interval;

/// A header.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its name.
    pub name: Arc<str>,
    /// What a pattern gives it in brackets.
    pub param: Option<HeaderParam>,
    /// The ways to reach it.
    pub after: Vec<Route>,
    /// Its fields in wire order.
    pub fields: Vec<HeaderField>,
    /// Its segments, at least one.
    pub segments: Vec<Segment>,
    /// Its declaration's name.
    pub span: Span,
}

/// The parameter of a header: `header Short[n: u8] { ... }`.
#[derive(Clone, Debug)]
pub struct HeaderParam {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
    /// Values it may have.
    pub range: Interval,
    /// Its declaration.
    pub span: Span,
}

/// What a pattern gives a header's parameter.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum HeaderArg {
    /// A number.
    Number(u64),
    /// A parameter of the policy file.
    Param(ParamId),
}

/// A part of a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Segment {
    /// Bytes before its run.
    pub fixed_bytes: u32,
    /// The field that is the run at its end.
    pub run: Option<u32>,
}

/// A header that another may follow, with the fields that say so.
#[derive(Clone, Debug)]
pub struct Route {
    /// The headers before that one, from the outermost, with the fields that say so.
    pub outer: Vec<(HeaderId, Vec<(u32, u64)>)>,
    /// The header before.
    pub header: HeaderId,
    /// Field and number.
    pub fields: Vec<(u32, u64)>,
    /// Where it is written.
    pub span: Span,
}

/// A field of a header.
#[derive(Clone, Debug)]
pub struct HeaderField {
    /// Its name.
    pub name: Arc<str>,
    /// The segment it lies in.
    pub segment: u32,
    /// How it lies on the wire.
    pub wire: Wire,
    /// The type a policy sees.
    pub ty: Type,
    /// Values it must have for the header to match; of a run of bytes, the lengths.
    pub range: Interval,
    /// What a built packet puts there by itself.
    pub computed: Option<Computed>,
    /// Its declaration.
    pub span: Span,
}

/// What a built packet puts into a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Computed {
    /// Bytes from the start of this header to the end of the packet.
    Length,
    /// Bytes behind this header.
    PayloadLength,
    /// The Internet checksum of this header (RFC 1071).
    Checksum,
}

/// How a field lies on the wire; offsets are bytes from the start of its segment.
#[derive(Clone, Debug)]
pub enum Wire {
    /// Whole bytes that make a number.
    Number {
        /// Where it starts.
        offset: u32,
        /// 1, 2, 4 or 8.
        bytes: u8,
        /// The order of the bytes.
        order: syrup_ir::Order,
    },
    /// Bits within whole bytes, numbered from the most significant.
    Bits {
        /// The first byte that holds any of them.
        offset: u32,
        /// Bytes that hold them: 1, 2, 4 or 8.
        bytes: u8,
        /// How far the big-endian number of these bytes is shifted right.
        shift: u8,
        /// How many bits.
        bits: u8,
    },
    /// A fixed run of bytes.
    Bytes {
        /// Where it starts.
        offset: u32,
        /// How many.
        len: u32,
    },
    /// A run of bytes that ends its segment.
    Run {
        /// Where it starts.
        offset: u32,
        /// Its length.
        len: RunLen,
    },
    /// Nothing: its value is computed from fields before it.
    Derived(Box<Formula>),
}

/// The length of a run of bytes.
#[derive(Clone, Debug)]
pub enum RunLen {
    /// Computed from fields before it, each as a `u32`.
    Formula(Box<Formula>),
    /// Up to and including the first such byte, which must be among so many.
    Until {
        /// The last byte of the run.
        byte: u8,
        /// The most bytes.
        max: u32,
    },
    /// What is left of the packet, at most so many bytes.
    Rest {
        /// The most bytes.
        max: u32,
    },
}

/// An expression over the numbers of a header.
#[derive(Clone, Debug)]
pub struct Formula {
    /// The expression.
    pub expr: Expr,
    /// What its locals stand for.
    pub inputs: Vec<(LocalId, Input)>,
    /// Its locals.
    pub locals: Vec<Local>,
}

/// What a local of a formula stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// The header's parameter.
    Param,
    /// A field, by index.
    Field(u32),
}

impl Header {
    /// Bytes of all its fields at fixed offsets.
    pub fn fixed_bytes(&self) -> u32 {
        self.segments.iter().map(|segment| segment.fixed_bytes).sum()
    }

    /// The last segment; where it ends in a run, what follows the header begins behind that.
    pub fn last_segment(&self) -> (u32, Segment) {
        let at = self.segments.len().saturating_sub(1);
        (at as u32, self.segments.get(at).copied().unwrap_or_default())
    }

    /// The length of the run that ends a segment.
    pub fn run_of(&self, segment: u32) -> Option<&RunLen> {
        let run = self.segments.get(segment as usize)?.run?;
        match &self.fields[run as usize].wire {
            Wire::Run { len, .. } => Some(len),
            Wire::Number { .. } | Wire::Bits { .. } | Wire::Bytes { .. } | Wire::Derived(_) => None,
        }
    }
}
