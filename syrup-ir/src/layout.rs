//! How the keys and values of maps lie in memory: little-endian, naturally aligned, zero-padded,
//! as a C compiler would lay out the same struct.

use crate::SetId;
use std::sync::Arc;

/// The shape of a key or value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Layout {
    /// One number.
    Scalar(Scalar),
    /// A run of bytes of fixed length.
    Bytes(u32),
    /// Named fields at increasing offsets.
    Struct {
        /// The name of the declaration.
        name: Arc<str>,
        /// The fields in the order of declaration.
        fields: Vec<Field>,
        /// Size in bytes, padding included.
        size: u32,
        /// Alignment in bytes.
        align: u32,
    },
}

/// A field of a struct layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Bytes from the start of the struct.
    pub offset: u32,
    /// Its shape.
    pub layout: Layout,
}

/// One number in memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scalar {
    /// Bits of the language's type, 1 to 64.
    pub bits: u8,
    /// Bytes in memory: 1, 2, 4 or 8.
    pub bytes: u8,
    /// What the number stands for.
    pub kind: ScalarKind,
    /// Values the language allows; both ends included.
    pub range: (u64, u64),
}

/// What a scalar stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScalarKind {
    /// A plain number.
    Int,
    /// 0 or 1.
    Bool,
    /// A number changed by atomic operations only.
    Atomic,
    /// Nanoseconds since the machine started.
    Time,
    /// Nanoseconds.
    Duration,
    /// A case of an enum; other numbers may appear.
    Enum(Arc<EnumInfo>),
    /// A slot of an executor set; in a value, the generation stands in the upper 32 bits.
    Exec(SetId),
    /// The identity of a thread.
    Task,
    /// The lock of a value, at its start: 4 bytes that only `lock` and `unlock` touch.
    Lock,
}

/// The cases of an enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnumInfo {
    /// The name of the declaration.
    pub name: Arc<str>,
    /// Name and number of each case.
    pub cases: Vec<(Arc<str>, u64)>,
}

/// A scalar of a flattened layout: an operand of a key or of an inserted value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Bytes from the start.
    pub offset: u32,
    /// Bytes in memory: 1, 2, 4 or 8.
    pub bytes: u8,
    /// Bits of the value that is stored there, at most `8 * bytes`.
    pub bits: u8,
}

impl Scalar {
    /// A plain number of `bits` bits.
    pub fn int(bits: u8) -> Scalar {
        let bytes = storage_bytes(bits);
        Scalar { bits, bytes, kind: ScalarKind::Int, range: (0, max_of(bits)) }
    }
}

/// The bytes a number of `bits` bits takes in memory.
pub fn storage_bytes(bits: u8) -> u8 {
    match bits {
        0..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => 8,
    }
}

/// The largest number of `bits` bits.
pub fn max_of(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// Bytes of a lock: `struct bpf_spin_lock` (include/uapi/linux/bpf.h).
pub const LOCK_BYTES: u32 = 4;

impl Field {
    /// Whether it is the lock of the value.
    pub fn is_lock(&self) -> bool {
        matches!(&self.layout, Layout::Scalar(scalar) if scalar.kind == ScalarKind::Lock)
    }
}

impl Layout {
    /// The same struct with a lock before its fields.
    pub fn with_lock(name: Arc<str>, parts: Vec<(Arc<str>, Layout)>) -> Layout {
        let lock = Layout::Scalar(Scalar { kind: ScalarKind::Lock, ..Scalar::int(32) });
        let lock = std::iter::once(("_lock".into(), lock));
        Layout::of_struct(name, lock.chain(parts).collect())
    }

    /// The fields that a policy sees, in the order of declaration.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        let fields = match self {
            Layout::Struct { fields, .. } => &fields[..],
            Layout::Scalar(_) | Layout::Bytes(_) => &[],
        };
        fields.iter().filter(|field| !field.is_lock())
    }

    /// Bytes from the start to the lock, where there is one.
    pub fn lock(&self) -> Option<u32> {
        match self {
            Layout::Struct { fields, .. } => {
                fields.iter().find(|field| field.is_lock()).map(|field| field.offset)
            }
            Layout::Scalar(_) | Layout::Bytes(_) => None,
        }
    }

    /// A plain number of `bits` bits.
    pub fn int(bits: u8) -> Layout {
        Layout::Scalar(Scalar::int(bits))
    }

    /// Lays out fields in order, each at its natural alignment.
    pub fn of_struct(name: Arc<str>, parts: Vec<(Arc<str>, Layout)>) -> Layout {
        let mut fields = Vec::with_capacity(parts.len());
        let (mut offset, mut align) = (0u32, 1u32);
        for (name, layout) in parts {
            offset = offset.next_multiple_of(layout.align());
            align = align.max(layout.align());
            let size = layout.size();
            fields.push(Field { name, offset, layout });
            offset += size;
        }
        Layout::Struct { name, fields, size: offset.next_multiple_of(align), align }
    }

    /// Size in bytes.
    pub fn size(&self) -> u32 {
        match self {
            Layout::Scalar(scalar) => u32::from(scalar.bytes),
            Layout::Bytes(n) => *n,
            Layout::Struct { size, .. } => *size,
        }
    }

    /// Alignment in bytes.
    pub fn align(&self) -> u32 {
        match self {
            Layout::Scalar(scalar) => u32::from(scalar.bytes),
            Layout::Bytes(_) => 1,
            Layout::Struct { align, .. } => *align,
        }
    }

    /// The scalars it consists of, in order; bytes become pieces of up to eight.
    pub fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.collect_pieces(0, &mut pieces);
        pieces
    }

    fn collect_pieces(&self, at: u32, pieces: &mut Vec<Piece>) {
        match self {
            // Nobody writes a lock but those who hold it.
            Layout::Scalar(s) if s.kind == ScalarKind::Lock => {}
            Layout::Scalar(s) => pieces.push(Piece { offset: at, bytes: s.bytes, bits: s.bits }),
            Layout::Bytes(n) => {
                let mut done = 0;
                while done < *n {
                    let bytes = match n - done {
                        8.. => 8,
                        4..=7 => 4,
                        2..=3 => 2,
                        _ => 1,
                    };
                    pieces.push(Piece { offset: at + done, bytes, bits: bytes * 8 });
                    done += u32::from(bytes);
                }
            }
            Layout::Struct { fields, .. } => {
                for field in fields {
                    field.layout.collect_pieces(at + field.offset, pieces);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_is_laid_out_as_c_does() {
        let parts = vec![
            ("a".into(), Layout::int(8)),
            ("b".into(), Layout::int(64)),
            ("c".into(), Layout::Bytes(3)),
            ("d".into(), Layout::int(13)),
        ];
        let layout = Layout::of_struct("S".into(), parts);
        assert_eq!((layout.size(), layout.align()), (24, 8));
        let offsets: Vec<_> = layout.pieces().iter().map(|p| (p.offset, p.bytes)).collect();
        assert_eq!(offsets, [(0, 1), (8, 8), (16, 2), (18, 1), (20, 2)]);
    }
}
