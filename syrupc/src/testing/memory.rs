//! Values of tests as the bytes of keys and cells, and back.

use super::eval::max_of;
use super::value::{Answer, Value};
use crate::hir::{Program, SetId, Type};
use syrup_ir::{Layout, Scalar, ScalarKind};

/// The bytes of a value; nothing where it is not of the layout's type.
pub(super) fn encode(value: &Value, layout: &Layout, sets: &Sets) -> Option<Vec<u8>> {
    let mut bytes = vec![0; layout.size() as usize];
    put(value, layout, 0, &mut bytes, sets)?;
    Some(bytes)
}

/// The generation of each slot of each set.
pub(super) type Sets<'s> = dyn Fn(SetId, u32) -> u32 + 's;

fn put(value: &Value, layout: &Layout, offset: u32, bytes: &mut [u8], sets: &Sets) -> Option<()> {
    let at = offset as usize;
    match (layout, value) {
        (Layout::Scalar(scalar), Value::Option(inner)) => match inner {
            Some(inner) => put(inner, layout, offset, bytes, sets)?,
            None => bytes[at..at + usize::from(scalar.bytes)].fill(0),
        },
        (Layout::Scalar(scalar), value) => {
            let number = match value {
                Value::Number(number) => *number,
                // A key names the slot alone, a value its generation as well.
                Value::Answer(Answer::Executor(_, slot)) if scalar.bytes < 8 => u64::from(*slot),
                Value::Answer(Answer::Executor(set, slot)) => {
                    u64::from(*slot) | u64::from(sets(*set, *slot)) << 32
                }
                _ => return None,
            };
            let n_bytes = usize::from(scalar.bytes);
            bytes[at..at + n_bytes].copy_from_slice(&number.to_le_bytes()[..n_bytes]);
        }
        (Layout::Bytes(len), Value::Bytes(value)) => {
            let value = value.get(..*len as usize)?;
            bytes[at..at + value.len()].copy_from_slice(value);
        }
        (Layout::Struct { .. }, Value::Struct(_, values)) => {
            for (field, value) in layout.fields().zip(values) {
                put(value, &field.layout, offset + field.offset, bytes, sets)?;
            }
        }
        (Layout::Bytes(_) | Layout::Struct { .. }, _) => return None,
    }
    Some(())
}

/// The value that bytes of a layout are, as a policy would read them.
pub(super) fn decode(
    program: &Program,
    bytes: &[u8],
    layout: &Layout,
    ty: &Type,
    sets: &Sets,
) -> Value {
    match (layout, ty) {
        (Layout::Scalar(scalar), Type::Exec(set)) if scalar.bytes == 8 => {
            let raw = number(bytes, scalar);
            let (slot, generation) = (raw as u32, (raw >> 32) as u32);
            let there = generation != 0 && generation == sets(*set, slot);
            let executor = Value::Answer(Answer::Executor(*set, slot));
            Value::Option(there.then(|| Box::new(executor)))
        }
        (Layout::Scalar(scalar), _) => Value::Number(number(bytes, scalar)),
        (Layout::Bytes(_), _) => Value::Bytes(bytes.to_vec()),
        (Layout::Struct { .. }, Type::Struct(id)) => {
            let types = &program.structs[id.idx()].fields;
            let values = layout.fields().zip(types).map(|(field, decl)| {
                let start = field.offset as usize;
                let bytes = &bytes[start..start + field.layout.size() as usize];
                decode(program, bytes, &field.layout, &decl.ty, sets)
            });
            Value::Struct(*id, values.collect())
        }
        (Layout::Struct { .. }, _) => Value::Bytes(bytes.to_vec()),
    }
}

/// A number in memory, brought into its declared range.
fn number(bytes: &[u8], scalar: &Scalar) -> u64 {
    let raw = bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte));
    let value = match scalar.kind {
        ScalarKind::Bool => u64::from(raw != 0),
        _ => raw & max_of(scalar.bits),
    };
    value.clamp(scalar.range.0, scalar.range.1)
}
