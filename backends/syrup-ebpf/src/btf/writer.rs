//! The bytes of BTF: a header, types, strings.
//!
//! In: calls that add types. Out: ids that count from 1, and the finished bytes.

use std::collections::BTreeMap;

/// Who sees a variable or function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Linkage {
    /// `BTF_VAR_GLOBAL_ALLOCATED` and `BTF_FUNC_GLOBAL`.
    Global = 1,
}

/// A variable of a section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Var {
    /// Its `BTF_KIND_VAR`.
    pub id: u32,
    /// Bytes from the section's start.
    pub offset: u32,
    /// Bytes it takes.
    pub bytes: u32,
}

/// `BTF_KIND_...`, include/uapi/linux/btf.h.
mod kind {
    pub const INT: u32 = 1;
    pub const PTR: u32 = 2;
    pub const ARRAY: u32 = 3;
    pub const STRUCT: u32 = 4;
    pub const ENUM: u32 = 6;
    pub const FUNC: u32 = 12;
    pub const FUNC_PROTO: u32 = 13;
    pub const VAR: u32 = 14;
    pub const DATASEC: u32 = 15;
}

/// `BTF_INT_BOOL`.
const INT_BOOL: u32 = 1 << 2;

/// See the module's text.
#[derive(Default)]
pub struct Writer {
    types: Vec<u8>,
    n_types: u32,
    strings: Vec<u8>,
    interned: BTreeMap<String, u32>,
}

impl Writer {
    /// No types, and the empty string.
    pub fn new() -> Writer {
        Writer { strings: vec![0], ..Writer::default() }
    }

    /// The offset of a string; control characters, which the format or a terminal may not like, are
    /// replaced.
    pub fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(&at) = self.interned.get(text) {
            return at;
        }
        let at = self.strings.len() as u32;
        let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        self.strings.extend(printable.collect::<String>().bytes());
        self.strings.push(0);
        self.interned.insert(text.to_owned(), at);
        at
    }

    fn add(&mut self, name: &str, info: (u32, u32), size_or_type: u32, rest: &[u32]) -> u32 {
        let name = self.string(name);
        let (kind, vlen) = info;
        for word in [name, kind << 24 | vlen, size_or_type].iter().chain(rest) {
            self.types.extend(word.to_le_bytes());
        }
        self.n_types += 1;
        self.n_types
    }

    /// An unsigned integer.
    pub fn int(&mut self, name: &str, bytes: u32) -> u32 {
        self.add(name, (kind::INT, 0), bytes, &[bytes * 8])
    }

    /// A boolean of one byte.
    pub fn bool(&mut self) -> u32 {
        self.add("_Bool", (kind::INT, 0), 1, &[INT_BOOL << 24 | 8])
    }

    /// A signed integer, for return values.
    pub fn signed(&mut self, name: &str, bytes: u32) -> u32 {
        const SIGNED: u32 = 1;
        self.add(name, (kind::INT, 0), bytes, &[(SIGNED << 24) | (bytes * 8)])
    }

    /// A pointer.
    pub fn pointer(&mut self, to: u32) -> u32 {
        self.add("", (kind::PTR, 0), to, &[])
    }

    /// An array.
    pub fn array(&mut self, element: u32, index: u32, n: u32) -> u32 {
        self.add("", (kind::ARRAY, 0), 0, &[element, index, n])
    }

    /// A struct: name, type and byte offset of each member.
    pub fn structure(&mut self, name: &str, bytes: u32, members: &[(String, u32, u32)]) -> u32 {
        let mut rest = Vec::new();
        for (name, ty, offset) in members {
            rest.extend([self.string(name), *ty, offset * 8]);
        }
        self.add(name, (kind::STRUCT, members.len() as u32), bytes, &rest)
    }

    /// An enum.
    pub fn enumeration(&mut self, name: &str, bytes: u32, cases: &[(String, i32)]) -> u32 {
        let mut rest = Vec::new();
        for (name, number) in cases {
            rest.extend([self.string(name), *number as u32]);
        }
        self.add(name, (kind::ENUM, cases.len() as u32), bytes, &rest)
    }

    /// A function type.
    pub fn prototype(&mut self, result: u32, params: &[(&str, u32)]) -> u32 {
        let mut rest = Vec::new();
        for (name, ty) in params {
            rest.extend([self.string(name), *ty]);
        }
        self.add("", (kind::FUNC_PROTO, params.len() as u32), result, &rest)
    }

    /// A function.
    pub fn function(&mut self, name: &str, prototype: u32, linkage: Linkage) -> u32 {
        self.add(name, (kind::FUNC, linkage as u32), prototype, &[])
    }

    /// A variable.
    pub fn variable(&mut self, name: &str, ty: u32, linkage: Linkage) -> u32 {
        self.add(name, (kind::VAR, 0), ty, &[linkage as u32])
    }

    /// A section with its variables, by increasing offset.
    pub fn section(&mut self, name: &str, bytes: u32, vars: &[Var]) -> u32 {
        let rest: Vec<u32> = vars.iter().flat_map(|v| [v.id, v.offset, v.bytes]).collect();
        self.add(name, (kind::DATASEC, vars.len() as u32), bytes, &rest)
    }

    /// The whole.
    pub fn finish(self) -> Vec<u8> {
        const HEADER_BYTES: u32 = 24;
        let (n_types, n_strings) = (self.types.len() as u32, self.strings.len() as u32);
        let mut bytes = Vec::new();
        bytes.extend(0xeb9f_u16.to_le_bytes());
        bytes.extend([1, 0]);
        for word in [HEADER_BYTES, 0, n_types, n_types, n_strings] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(self.types);
        bytes.extend(self.strings);
        bytes
    }
}
