//! Layouts of the IR as shapes of the wire, and the fingerprint that says two maps are alike.
//!
//! In: a [`Layout`]. Out: a [`Shape`] for people and bindings, or 64 bits.

use syrup_ir::{Access, Layout, Scalar, ScalarKind};
use syrup_wire::artifact::{NumberKind, Shape, UserAccess};

/// The shape of a layout.
pub fn shape(layout: &Layout) -> Shape {
    match layout {
        Layout::Scalar(scalar) => {
            Shape::Number { bytes: scalar.bytes, kind: number(scalar), range: scalar.range }
        }
        Layout::Bytes(bytes) => Shape::Bytes { bytes: *bytes },
        Layout::Struct { name, fields, size, align: _ } => Shape::Struct {
            name: name.to_string(),
            bytes: *size,
            fields: fields
                .iter()
                .filter(|field| !field.is_lock())
                .map(|field| (field.name.to_string(), field.offset, shape(&field.layout)))
                .collect(),
        },
    }
}

fn number(scalar: &Scalar) -> NumberKind {
    match &scalar.kind {
        ScalarKind::Int => NumberKind::Int,
        ScalarKind::Bool => NumberKind::Bool,
        ScalarKind::Atomic => NumberKind::Atomic,
        ScalarKind::Time => NumberKind::Time,
        ScalarKind::Duration => NumberKind::Duration,
        ScalarKind::Enum(info) => NumberKind::Enum {
            name: info.name.to_string(),
            cases: info.cases.iter().map(|(name, number)| (name.to_string(), *number)).collect(),
        },
        ScalarKind::Exec(set) => NumberKind::Executor { set: set.0 },
        ScalarKind::Task => NumberKind::Task,
        ScalarKind::Lock => NumberKind::Int,
    }
}

/// What user space may do.
pub fn user_access(access: Access) -> UserAccess {
    match access {
        Access::None => UserAccess::None,
        Access::Read => UserAccess::Read,
        Access::Write => UserAccess::Write,
        Access::Add => UserAccess::Add,
    }
}

/// Whether some scalar of a layout is changed by atomic operations.
pub fn has_atomic(layout: &Layout) -> bool {
    match layout {
        Layout::Scalar(scalar) => matches!(scalar.kind, ScalarKind::Atomic),
        Layout::Bytes(_) => false,
        Layout::Struct { fields, .. } => fields.iter().any(|field| has_atomic(&field.layout)),
    }
}

/// 64 bits over bytes: FNV-1a. Stable for ever, since it is stored beside pinned maps.
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of nothing.
    pub fn new() -> Fingerprint {
        Fingerprint(0xcbf2_9ce4_8422_2325)
    }

    /// With more bytes and a mark where they end.
    pub fn text(mut self, text: &str) -> Fingerprint {
        for byte in text.bytes().chain([0xff]) {
            self.byte(byte);
        }
        self
    }

    /// With a number.
    pub fn number(mut self, number: u64) -> Fingerprint {
        for byte in number.to_le_bytes() {
            self.byte(byte);
        }
        self
    }

    /// With a layout: names of fields and cases belong to it, ranges do not.
    pub fn layout(self, layout: &Layout) -> Fingerprint {
        match layout {
            Layout::Scalar(scalar) => {
                let kind = match &scalar.kind {
                    ScalarKind::Int => 0,
                    ScalarKind::Bool => 1,
                    ScalarKind::Atomic => 2,
                    ScalarKind::Time => 3,
                    ScalarKind::Duration => 4,
                    ScalarKind::Enum(_) => 5,
                    ScalarKind::Exec(_) => 6,
                    ScalarKind::Task => 7,
                    ScalarKind::Lock => 8,
                };
                let mut print = self.text("scalar").number(scalar.bytes.into()).number(kind);
                if let ScalarKind::Enum(info) = &scalar.kind {
                    for (name, number) in &info.cases {
                        print = print.text(name).number(*number);
                    }
                }
                print
            }
            Layout::Bytes(bytes) => self.text("bytes").number((*bytes).into()),
            Layout::Struct { name: _, fields, size, align: _ } => {
                let mut print = self.text("struct").number((*size).into());
                for field in fields {
                    print = print.text(&field.name).number(field.offset.into());
                    print = print.layout(&field.layout);
                }
                print
            }
        }
    }

    /// The 64 bits.
    pub fn finish(self) -> u64 {
        self.0
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
}
