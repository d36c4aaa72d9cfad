//! One header of a built packet: its numbers, its runs of bytes, and the lengths these need.
//!
//! In: the fields that were given. Out: the header's bytes at the end of a frame. A length that was
//! not given follows from the bytes that were: the first value of its field that computes it.

use super::eval::evaluate_with;
use super::value::Value;
use crate::hir::{Formula, HeaderField, HeaderId, Input, LocalId, ParamId, Program, RunLen, Wire};
use std::collections::BTreeMap;
use syrup_ir::Order;

/// Values of a length field that are tried.
const TRIES_MAX: u64 = 1 << 16;

/// A header laid out in the frame.
pub(super) struct Laid {
    pub header: HeaderId,
    /// Where it starts.
    pub offset: usize,
    /// Where its segments start.
    starts: Vec<usize>,
    /// Its length, runs included.
    pub bytes: usize,
}

impl Laid {
    /// Reads a number of the header.
    pub(super) fn get(&self, program: &Program, field: u32, frame: &[u8]) -> u64 {
        let field = &program.headers[self.header.idx()].fields[field as usize];
        match self.starts.get(field.segment as usize) {
            Some(&start) => get(&field.wire, &frame[start..]),
            None => 0,
        }
    }

    /// Writes a number of the header.
    pub(super) fn put(&self, program: &Program, field: u32, value: u64, frame: &mut [u8]) {
        let field = &program.headers[self.header.idx()].fields[field as usize];
        if let Some(&start) = self.starts.get(field.segment as usize) {
            put(&field.wire, value, &mut frame[start..]);
        }
    }
}

/// The numbers of a header while it is made.
struct Numbers<'a> {
    program: &'a Program,
    fields: &'a [HeaderField],
    arg: Option<u64>,
    params: &'a BTreeMap<ParamId, u64>,
    values: Vec<u64>,
    /// Whether each was given, or follows from bytes that were.
    is_known: Vec<bool>,
}

/// Puts a header at the end of a frame.
///
/// # Errors
/// One sentence where the fields that were given make no header.
pub(super) fn lay_header(
    program: &Program,
    id: HeaderId,
    arg: Option<u64>,
    (given, params): (&[(u32, Value)], &BTreeMap<ParamId, u64>),
    frame: &mut Vec<u8>,
) -> Result<Laid, String> {
    let decl = &program.headers[id.idx()];
    if let (Some(param), Some(arg)) = (&decl.param, arg)
        && (arg < param.range.lo || arg > param.range.hi)
    {
        let (lo, hi) = (param.range.lo, param.range.hi);
        return Err(format!("`{}` of `{}` is {arg}, outside {lo}..={hi}", param.name, decl.name));
    }
    let of_field = |at: usize| given.iter().find(|(idx, _)| *idx as usize == at).map(|(_, v)| v);
    let mut numbers = Numbers {
        program,
        fields: &decl.fields,
        arg,
        params,
        values: Vec::new(),
        is_known: Vec::new(),
    };
    for (at, field) in decl.fields.iter().enumerate() {
        let number = match of_field(at) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        };
        numbers.is_known.push(number.is_some());
        numbers.values.push(number.unwrap_or(field.range.lo));
    }
    let mut runs = Vec::new();
    for (at, field) in decl.fields.iter().enumerate() {
        let given = match of_field(at) {
            Some(Value::Bytes(bytes)) => Some(bytes.as_slice()),
            _ => None,
        };
        runs.push(numbers.run(field, given)?);
    }
    let mut laid = Laid { header: id, offset: frame.len(), starts: Vec::new(), bytes: 0 };
    for (segment, part) in (0..).zip(&decl.segments) {
        let start = frame.len();
        laid.starts.push(start);
        frame.resize(start + part.fixed_bytes as usize, 0);
        for (at, field) in decl.fields.iter().enumerate().filter(|(_, f)| f.segment == segment) {
            match field.wire {
                Wire::Bytes { offset, .. } => {
                    let start = start + offset as usize;
                    frame[start..start + runs[at].len()].copy_from_slice(&runs[at]);
                }
                Wire::Run { .. } => frame.extend(&runs[at]),
                Wire::Number { .. } | Wire::Bits { .. } | Wire::Derived(_) => {
                    put(&field.wire, numbers.values[at], &mut frame[start..]);
                }
            }
        }
    }
    laid.bytes = frame.len() - laid.offset;
    Ok(laid)
}

impl Numbers<'_> {
    /// The bytes of a field that is a run; none for a number.
    fn run(&mut self, field: &HeaderField, given: Option<&[u8]>) -> Result<Vec<u8>, String> {
        let zeros = |n: u64| vec![0; n as usize];
        let name = &field.name;
        match (&field.wire, given) {
            (Wire::Number { .. } | Wire::Bits { .. } | Wire::Derived(_), _) => Ok(Vec::new()),
            (Wire::Bytes { len, .. }, None) => Ok(zeros(u64::from(*len))),
            (Wire::Bytes { len, .. }, Some(bytes)) => match bytes.len() as u32 == *len {
                true => Ok(bytes.to_vec()),
                false => Err(format!("`{name}` has {len} bytes, not {}", bytes.len())),
            },
            (Wire::Run { len: RunLen::Formula(formula), .. }, None) => {
                // A length that cannot be computed belongs to a header that its range refuses.
                Ok(zeros(self.formula(formula).unwrap_or(0)))
            }
            (Wire::Run { len: RunLen::Formula(formula), .. }, Some(bytes)) => {
                self.solve(formula, bytes.len() as u64, name)?;
                Ok(bytes.to_vec())
            }
            (Wire::Run { len: RunLen::Until { byte, .. }, .. }, None) => Ok(vec![*byte]),
            (Wire::Run { len: RunLen::Until { byte, max }, .. }, Some(bytes)) => {
                if bytes.iter().position(|b| b == byte) != bytes.len().checked_sub(1) {
                    return Err(format!("`{name}` ends with the first byte {byte}"));
                }
                match bytes.len() > *max as usize {
                    true => Err(format!("`{name}` has at most {max} bytes, not {}", bytes.len())),
                    false => Ok(bytes.to_vec()),
                }
            }
            (Wire::Run { len: RunLen::Rest { .. }, .. }, given) => {
                Ok(given.unwrap_or_default().to_vec())
            }
        }
    }

    /// Finds the number that gives a run its length.
    fn solve(&mut self, formula: &Formula, len: u64, name: &str) -> Result<(), String> {
        if self.formula(formula) == Some(len) {
            self.know(formula);
            return Ok(());
        }
        let open = formula.inputs.iter().filter_map(|(_, input)| match input {
            Input::Field(at) if !self.is_known[*at as usize] => Some(*at as usize),
            Input::Field(_) | Input::Param => None,
        });
        if let [at] = open.collect::<Vec<_>>()[..]
            && self.fields[at].ty.bits(self.program).is_some()
        {
            let range = self.fields[at].range;
            let was = self.values[at];
            for value in range.lo..=range.hi.min(range.lo.saturating_add(TRIES_MAX)) {
                self.values[at] = value;
                if self.formula(formula) == Some(len) {
                    self.know(formula);
                    return Ok(());
                }
            }
            self.values[at] = was;
            let field = &self.fields[at].name;
            return Err(format!("no `{field}` makes `{name}` {len} bytes long"));
        }
        let other = self.formula(formula).unwrap_or(0);
        Err(format!("`{name}` has {other} bytes by the other fields, not {len}"))
    }

    /// What a length rests on does not change any more.
    fn know(&mut self, formula: &Formula) {
        for (_, input) in &formula.inputs {
            if let Input::Field(at) = input {
                self.is_known[*at as usize] = true;
            }
        }
    }

    fn formula(&self, formula: &Formula) -> Option<u64> {
        let value = |&(local, input): &(LocalId, Input)| {
            let number = match input {
                Input::Param => self.arg?,
                Input::Field(at) => match &self.fields[at as usize].wire {
                    Wire::Derived(formula) => self.formula(formula)?,
                    _ => self.values[at as usize],
                },
            };
            Some((local, Value::Number(number)))
        };
        let locals = formula.inputs.iter().map(value).collect::<Option<_>>()?;
        match evaluate_with(self.program, &formula.expr, locals, self.params) {
            Ok(Value::Number(number)) => Some(number),
            Ok(_) | Err(_) => None,
        }
    }
}

/// Writes a number into a segment; runs of bytes are left as they are.
fn put(wire: &Wire, value: u64, segment: &mut [u8]) {
    match *wire {
        Wire::Number { offset, bytes, order } => {
            let place = &mut segment[offset as usize..offset as usize + bytes as usize];
            match order {
                Order::Big => place.copy_from_slice(&value.to_be_bytes()[8 - bytes as usize..]),
                Order::Little => place.copy_from_slice(&value.to_le_bytes()[..bytes as usize]),
            }
        }
        Wire::Bits { offset, bytes, shift, bits } => {
            let place = &mut segment[offset as usize..offset as usize + bytes as usize];
            let mut whole = place.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
            let mask = ((1u128 << bits) - 1) as u64;
            whole = whole & !(mask << shift) | (value & mask) << shift;
            place.copy_from_slice(&whole.to_be_bytes()[8 - bytes as usize..]);
        }
        Wire::Bytes { .. } | Wire::Run { .. } | Wire::Derived(_) => {}
    }
}

/// Reads a number of a segment.
fn get(wire: &Wire, segment: &[u8]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
    match *wire {
        Wire::Number { offset, bytes, order } => {
            let place = &segment[offset as usize..offset as usize + bytes as usize];
            match order {
                Order::Big => sum(place),
                Order::Little => place.iter().rev().fold(0, |s, &byte| s << 8 | u64::from(byte)),
            }
        }
        Wire::Bits { offset, bytes, shift, bits } => {
            let place = &segment[offset as usize..offset as usize + bytes as usize];
            sum(place) >> shift & ((1u128 << bits) - 1) as u64
        }
        Wire::Bytes { .. } | Wire::Run { .. } | Wire::Derived(_) => 0,
    }
}
