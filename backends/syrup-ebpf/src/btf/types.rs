//! Layouts, variables and map definitions as BTF types.
//!
//! In: layouts of the IR. Out: type ids; the same layout gives the same id.

use super::writer::{Linkage, Var, Writer};
use crate::elf_names::{Names, identifier};
use std::collections::BTreeMap;
use syrup_ir::{EnumInfo, Layout, Scalar, ScalarKind};
use syrup_wire::artifact::MapSpec;

/// See the module's text.
pub struct Types {
    pub writer: Writer,
    ints: BTreeMap<u32, u32>,
    boolean: Option<u32>,
    signed: Option<u32>,
    known: Vec<(Layout, u32)>,
    names: Names,
}

impl Types {
    pub fn new() -> Types {
        Types {
            writer: Writer::new(),
            ints: BTreeMap::new(),
            boolean: None,
            signed: None,
            known: Vec::new(),
            names: Names::default(),
        }
    }

    fn int(&mut self, bytes: u32) -> u32 {
        if let Some(&id) = self.ints.get(&bytes) {
            return id;
        }
        let name = match bytes {
            1 => "unsigned char",
            2 => "unsigned short",
            4 => "unsigned int",
            _ => "unsigned long long",
        };
        let id = self.writer.int(name, bytes);
        self.ints.insert(bytes, id);
        id
    }

    fn signed_int(&mut self) -> u32 {
        let id = self.signed.unwrap_or_else(|| self.writer.signed("int", 4));
        self.signed = Some(id);
        id
    }

    /// The type of a layout.
    pub fn of(&mut self, layout: &Layout) -> u32 {
        if let Some((_, id)) = self.known.iter().find(|(known, _)| known == layout) {
            return *id;
        }
        let id = match layout {
            Layout::Scalar(scalar) => self.scalar(scalar),
            Layout::Bytes(n) => {
                let byte = self.int(1);
                self.array(byte, *n)
            }
            Layout::Struct { name, fields, size, align: _ } => {
                let members: Vec<_> = fields
                    .iter()
                    .map(|field| (identifier(&field.name), self.of(&field.layout), field.offset))
                    .collect();
                self.writer.structure(&type_name(name), *size, &members)
            }
        };
        self.known.push((layout.clone(), id));
        id
    }

    fn scalar(&mut self, scalar: &Scalar) -> u32 {
        let bytes = u32::from(scalar.bytes);
        match &scalar.kind {
            // The kernel knows a lock by the name and size of its type (kernel/bpf/btf.c).
            ScalarKind::Lock => {
                let number = self.int(4);
                self.writer.structure("bpf_spin_lock", 4, &[("val".to_owned(), number, 0)])
            }
            ScalarKind::Bool if bytes == 1 => {
                let id = self.boolean.unwrap_or_else(|| self.writer.bool());
                self.boolean = Some(id);
                id
            }
            ScalarKind::Enum(info) => self.enumeration(info, bytes),
            ScalarKind::Int
            | ScalarKind::Bool
            | ScalarKind::Atomic
            | ScalarKind::Time
            | ScalarKind::Duration
            | ScalarKind::Exec(_)
            | ScalarKind::Task => self.int(bytes),
        }
    }

    /// BTF's older enum kind holds 32-bit numbers; others are shown as plain integers.
    fn enumeration(&mut self, info: &EnumInfo, bytes: u32) -> u32 {
        let cases: Option<Vec<(String, i32)>> = info
            .cases
            .iter()
            .map(|(name, number)| Some((identifier(name), i32::try_from(*number).ok()?)))
            .collect();
        match cases {
            Some(cases) if !cases.is_empty() => {
                self.writer.enumeration(&type_name(&info.name), bytes, &cases)
            }
            _ => self.int(bytes),
        }
    }

    /// An array type.
    pub fn array(&mut self, element: u32, n: u32) -> u32 {
        let index = self.int(4);
        self.writer.array(element, index, n)
    }

    /// A variable at a place of a section; its name is made unlike all others.
    pub fn variable(&mut self, name: &str, ty: u32, offset: u32, bytes: u32) -> Var {
        let name = self.names.unique(name);
        Var { id: self.writer.variable(&name, ty, Linkage::Global), offset, bytes }
    }

    /// `int name(struct ctx *ctx)`.
    pub fn function(&mut self, name: &str, ctx: &str) -> u32 {
        let result = self.signed_int();
        // The verifier knows the context by its name and wants a type that has a size.
        let ctx = self.writer.structure(ctx, 8, &[]);
        let ctx = self.writer.pointer(ctx);
        let prototype = self.writer.prototype(result, &[("ctx", ctx)]);
        self.writer.function(name, prototype, Linkage::Global)
    }

    /// The struct that spells a map's definition, and its size.
    pub fn definition(&mut self, spec: &MapSpec) -> (u32, u32) {
        let mut members: Vec<(String, u32)> = vec![("type".to_owned(), self.number(spec.kind))];
        for (name, ty, bytes) in
            [("key", spec.key_type, spec.key_bytes), ("value", spec.value_type, spec.value_bytes)]
        {
            if ty == 0 {
                members.push((format!("{name}_size"), self.number(bytes)));
            } else {
                members.push((name.to_owned(), self.writer.pointer(ty)));
            }
        }
        members.push(("max_entries".to_owned(), self.number(spec.entries)));
        if spec.flags != 0 {
            members.push(("map_flags".to_owned(), self.number(spec.flags)));
        }
        let bytes = 8 * members.len() as u32;
        let placed: Vec<_> =
            (0..).zip(members).map(|(idx, (name, ty))| (name, ty, idx * 8)).collect();
        (self.writer.structure("", bytes, &placed), bytes)
    }

    /// `int (*)[n]`: how a number is spelled in a map definition.
    fn number(&mut self, n: u32) -> u32 {
        let int = self.signed_int();
        let array = self.array(int, n);
        self.writer.pointer(array)
    }
}

/// The kernel gives structs like `bpf_spin_lock` a meaning of its own.
fn type_name(name: &str) -> String {
    let name = identifier(name);
    if name.starts_with("bpf_") { format!("syrup_{name}") } else { name }
}
