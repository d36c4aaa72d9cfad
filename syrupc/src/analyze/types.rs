//! Types as they are written, and the memory shape of those that maps hold.

use super::Analyzer;
use super::items::full;
use super::scope::Def;
use crate::hir::{StructField, StructId, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Interval, Layout, Scalar, ScalarKind};

impl Analyzer<'_> {
    /// A type with its range.
    pub(crate) fn field_type(&mut self, unit: usize, ty: &ast::FieldType) -> (Type, Interval) {
        let found = self.value_type(unit, &ty.ty);
        let bits = found.bits(&self.program);
        let all = match &found {
            Type::Bytes(max) => {
                let fixed = matches!(ty.ty.index.as_deref(), Some(ast::Index::At(_)));
                Interval { lo: if fixed { u64::from(*max) } else { 0 }, hi: u64::from(*max) }
            }
            _ => full(bits.unwrap_or(64)),
        };
        let Some(range) = &ty.range else { return (found, all) };
        if bits.is_none() {
            if found != Type::Error {
                let message = "only numbers have a range";
                self.diags.push(Diagnostic::error(Code::E0402, range.span, message));
            }
            return (found, all);
        }
        (found.clone(), self.const_range(unit, range, &found, all))
    }

    /// A range of constants of a type.
    pub(crate) fn const_range(
        &mut self,
        unit: usize,
        range: &ast::Range,
        ty: &Type,
        all: Interval,
    ) -> Interval {
        let lo = range.start.as_ref().map(|e| self.constant(unit, e, ty));
        let hi = range.end.as_ref().map(|e| self.constant(unit, e, ty));
        let (lo, hi) = match (lo, hi) {
            (Some(None), _) | (_, Some(None)) => return all,
            (lo, hi) => (lo.flatten().unwrap_or(all.lo), hi.flatten()),
        };
        let hi = match hi {
            None => all.hi,
            Some(hi) if range.inclusive => hi,
            Some(hi) => match hi.checked_sub(1) {
                Some(hi) => hi,
                None => lo.wrapping_sub(1),
            },
        };
        if lo > hi {
            let message = "this range is empty";
            self.diags.push(
                Diagnostic::error(Code::E0406, range.span, message)
                    .help("the smaller end first: `1..=8`"),
            );
            return all;
        }
        Interval { lo, hi }
    }

    /// A type of values: not a map's.
    pub(crate) fn value_type(&mut self, unit: usize, ty: &ast::Type) -> Type {
        if ty.optional {
            let inner = ast::Type { optional: false, ..ty.clone() };
            return Type::Option(Box::new(self.value_type(unit, &inner)));
        }
        if let [name] = ty.path.parts.as_slice()
            && let Some(found) = self.builtin_type(unit, &name.text, ty)
        {
            return found;
        }
        match self.type_def(unit, ty) {
            Some(Def::Enum(id)) => {
                self.define_enum(id);
                Type::Enum(id)
            }
            Some(Def::Struct(id)) => Type::Struct(id),
            Some(Def::Set(id)) => Type::Exec(id),
            None => Type::Error,
            Some(other) => {
                let name = &ty.path.parts[0].text;
                let message = format!("`{name}` is {}, not a type", other.noun());
                self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
                Type::Error
            }
        }
    }

    pub(super) fn type_def(&mut self, unit: usize, ty: &ast::Type) -> Option<Def> {
        let first = &ty.path.parts[0];
        if self.lookup(unit, &first.text).is_some() {
            return self.resolve(unit, &ty.path);
        }
        let message = format!("there is no type `{}`", first.text);
        let mut diagnostic = Diagnostic::error(Code::E0103, first.span, message);
        let known = self.units.list[unit].scope.keys().map(String::as_str);
        let known = known.chain(["bool", "time", "duration", "bytes", "u8", "u16", "u32", "u64"]);
        if first.text.starts_with(['i', 'f']) && first.text[1..].parse::<u8>().is_ok() {
            diagnostic = diagnostic.note("numbers are unsigned integers: u1 to u64");
        } else if let Some(bits) = super::names::c_integer(&first.text) {
            diagnostic =
                diagnostic.replace(format!("write `u{bits}`"), first.span, format!("u{bits}"));
        } else if let Some(near) = super::names::nearest(&first.text, known) {
            diagnostic = diagnostic.replace(format!("did you mean `{near}`?"), first.span, near);
        }
        self.diags.push(diagnostic);
        None
    }

    fn builtin_type(&mut self, unit: usize, name: &str, ty: &ast::Type) -> Option<Type> {
        if let Some(bits) = name.strip_prefix('u')
            && let Ok(bits) = bits.parse::<u8>()
            && (1..=64).contains(&bits)
            && !name.starts_with("u0")
        {
            return Some(Type::Int(bits));
        }
        Some(match name {
            "bool" => Type::Bool,
            "time" => Type::Time,
            "duration" => Type::Duration,
            "Packet" => Type::Packet,
            "Ipv4Addr" => Type::Int(32),
            "verdict" => Type::Verdict,
            "bytes" => match self.bytes_max(unit, ty) {
                Some(max) => Type::Bytes(max),
                None => Type::Error,
            },
            "Atomic" => {
                let message = "`Atomic` describes the cells of a map or a state, not a value";
                self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
                Type::Error
            }
            "ThreadId" => Type::ThreadId,
            _ => return None,
        })
    }

    /// The most bytes of `bytes`, `bytes[n]` or `bytes[..n]`.
    pub(crate) fn bytes_max(&mut self, unit: usize, ty: &ast::Type) -> Option<u32> {
        let most = u64::from(limits::FIELD_BYTES_MAX);
        let (max, span) = match ty.index.as_deref() {
            None => return Some(limits::FIELD_BYTES_MAX),
            Some(ast::Index::At(len)) => (self.constant(unit, len, &Type::Int(32))?, len.span),
            Some(ast::Index::Range(range)) => match (&range.start, &range.end) {
                (None, Some(end)) => {
                    let max = self.constant(unit, end, &Type::Int(32))?;
                    (max + u64::from(range.inclusive), end.span)
                }
                _ => {
                    let message = "a run of bytes has a longest length";
                    let diagnostic = Diagnostic::error(Code::E0103, range.span, message);
                    self.diags.push(diagnostic.help("write `bytes[..8]`: at most 8"));
                    return None;
                }
            },
        };
        if max == 0 || max > most {
            let message = format!("a run of bytes has 1 to {most} bytes");
            self.diags.push(Diagnostic::error(Code::E0114, span, message));
            return None;
        }
        Some(max as u32)
    }

    /// How a value of a type lies in a map.
    pub(crate) fn layout(&self, ty: &Type, range: Interval) -> Option<Layout> {
        let scalar = |bits: u8, kind: ScalarKind| {
            let range = (range.lo, range.hi);
            Some(Layout::Scalar(Scalar { kind, range, ..Scalar::int(bits) }))
        };
        match ty {
            Type::Int(bits) => scalar(*bits, ScalarKind::Int),
            Type::Bool => scalar(1, ScalarKind::Bool),
            Type::Time => scalar(64, ScalarKind::Time),
            Type::Duration => scalar(64, ScalarKind::Duration),
            Type::Enum(id) => {
                let decl = &self.program.enums[id.idx()];
                scalar(decl.bits, ScalarKind::Enum(decl.info.clone()))
            }
            // The slot, and its generation in the upper half.
            Type::Exec(id) => scalar(64, ScalarKind::Exec(syrup_ir::SetId(id.0))),
            Type::Task | Type::ThreadId => scalar(32, ScalarKind::Task),
            Type::Bytes(len) => Some(Layout::Bytes(*len)),
            Type::Struct(id) => {
                let decl = &self.program.structs[id.idx()];
                let part = |field: &StructField| {
                    Some((field.name.clone(), self.layout(&field.ty, field.range)?))
                };
                let parts = decl.fields.iter().map(part).collect::<Option<Vec<_>>>()?;
                Some(Layout::of_struct(decl.name.clone(), parts))
            }
            Type::Verdict | Type::Take | Type::Option(_) | Type::Packet | Type::List(_) => None,
            Type::Unit | Type::Never | Type::Error => None,
        }
    }

    /// The type of a struct's field, where a map can keep it.
    fn field_kept(&mut self, ty: Type, span: Span) -> Type {
        match &ty {
            Type::Int(_) | Type::Bool | Type::Time | Type::Duration | Type::Enum(_) => ty,
            Type::ThreadId | Type::Bytes(_) | Type::Error => ty,
            Type::Exec(_) => ty,
            Type::Struct(_) => {
                let message = "the fields of a struct are plain values, not structs";
                let diagnostic = Diagnostic::error(Code::E0103, span, message);
                self.diags.push(diagnostic.help("write that struct's fields here"));
                Type::Error
            }
            Type::Verdict
            | Type::Take
            | Type::Option(_)
            | Type::Packet
            | Type::Task
            | Type::List(_) => {
                let is = ty.display(&self.program);
                let message = format!("a struct keeps numbers, and {is} is none");
                self.diags.push(Diagnostic::error(Code::E0103, span, message));
                Type::Error
            }
            Type::Unit | Type::Never => Type::Error,
        }
    }

    pub(crate) fn define_struct(&mut self, unit: usize, id: StructId, decl: &ast::Struct) {
        let mut fields: Vec<StructField> = Vec::new();
        for field in &decl.fields {
            let (ty, range) = self.field_type(unit, &field.ty);
            if fields.iter().any(|f| *f.name == field.name.text) {
                let message = format!("the field `{}` is declared twice", field.name.text);
                self.diags.push(Diagnostic::error(Code::E0102, field.name.span, message));
                continue;
            }
            let mut ty = self.field_kept(ty, field.ty.span);
            if matches!(ty, Type::Bytes(_)) && range.lo != range.hi {
                let message = format!("how many bytes does `{}` keep?", field.name.text);
                let diagnostic = Diagnostic::error(Code::E0103, field.ty.span, message);
                self.diags.push(diagnostic.help("a field has a fixed number: `bytes[16]`"));
                ty = Type::Error;
            }
            let name = field.name.text.as_str().into();
            fields.push(StructField { name, ty, range, span: field.name.span });
        }
        self.program.structs[id.idx()].fields = fields;
    }
}
