//! Kinds of maps that are more than cells under keys: Maglev tables, longest prefixes, logs.

use super::Analyzer;
use super::maps::MapShape;
use super::scope::Def;
use crate::hir::Type;
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Layout, MapKind};
use syrup_wire::maglev::is_prime;

impl Analyzer<'_> {
    /// `Maglev<workers, 65_537>`: a set, and a prime number of positions.
    pub(super) fn ring_shape(
        &mut self,
        unit: usize,
        span: Span,
        set: &ast::TypeArg,
        size: &ast::TypeArg,
    ) -> Option<MapShape> {
        let Some(id) = self.set_arg(unit, set) else {
            let message = "a Maglev table spreads over an executor set";
            let diagnostic = Diagnostic::error(Code::E0103, span, message);
            self.diags.push(diagnostic.help("write `Maglev<workers, 65_537>`"));
            return None;
        };
        let entries = self.number_arg(unit, size)?;
        let most = u64::from(limits::MAP_ENTRIES_MAX);
        let capacity = u64::from(self.program.sets[id.idx()].capacity);
        let is_good = |n: u64| n > capacity && n <= most && is_prime(n as u32);
        if !is_good(entries) {
            let declared = self.program.sets[id.idx()].span;
            // A hundred positions for each executor make shares equal within one per cent.
            let wanted = (capacity * 100).max(entries.min(most));
            let near = (wanted..=most).find(|n| is_good(*n)).unwrap_or(65_537);
            let message = format!("{entries} positions make no Maglev table");
            let at = arg_span(size);
            self.diags.push(
                Diagnostic::error(Code::E0406, at, message)
                    .label("this must be a prime number above the size of the set")
                    .also(declared, format!("at most {capacity} executors"))
                    .replace(format!("the next that is good: {near}"), at, near.to_string()),
            );
            return None;
        }
        let kind = MapKind::Maglev(syrup_ir::SetId(id.0));
        let (key, value) = (Type::Int(32), Type::Exec(id));
        Some(MapShape { kind, key, value, atomic: false, entries })
    }

    /// `Log<Event, 65_536>`: what a record is, and the bytes that hold those nobody read yet.
    pub(super) fn log_shape(
        &mut self,
        unit: usize,
        record: &ast::TypeArg,
        bytes: &ast::TypeArg,
    ) -> Option<MapShape> {
        let (value, atomic) = self.cell_arg(unit, record)?;
        let entries = self.number_arg(unit, bytes)?;
        if atomic {
            if let ast::TypeArg::Type(ty) = record {
                let message = "a record is a plain value";
                self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
            }
            return None;
        }
        let (least, most) = (limits::LOG_BYTES_MIN, limits::LOG_BYTES_MAX);
        if !(least..=most).contains(&entries) || !entries.is_power_of_two() {
            let near = entries.clamp(least, most).next_power_of_two().min(most);
            let at = arg_span(bytes);
            let message = format!("a log has a power of two of bytes from {least} to {most}");
            self.diags.push(
                Diagnostic::error(Code::E0406, at, message).label(format!("is {entries}")).replace(
                    format!("write {near}"),
                    at,
                    near.to_string(),
                ),
            );
            return None;
        }
        Some(MapShape { kind: MapKind::Log, key: Type::Unit, value, atomic, entries })
    }

    /// The key of a longest-prefix map: an address.
    pub(super) fn address_arg(&mut self, unit: usize, arg: &ast::TypeArg) -> Option<Type> {
        let ty = self.key_arg(unit, arg)?;
        match ty {
            Type::Int(8 | 16 | 32 | 64) | Type::Bytes(_) => Some(ty),
            _ => {
                let ast::TypeArg::Type(written) = arg else { return None };
                let message = "prefixes are those of an address, and this is none";
                self.diags.push(
                    Diagnostic::error(Code::E0103, written.span, message)
                        .note("an address is a u8, u16, u32, u64 or a run of bytes"),
                );
                None
            }
        }
    }

    /// The set that a type argument names.
    pub(super) fn set_arg(&mut self, unit: usize, arg: &ast::TypeArg) -> Option<crate::hir::SetId> {
        let ast::TypeArg::Type(ty) = arg else { return None };
        let (first, rest) = ty.path.parts.split_first()?;
        let mut def = self.lookup(unit, &first.text)?;
        for part in rest {
            let Def::Unit(inner) = def else { return None };
            self.ensure_declared(inner);
            def = self.units.list[inner].scope.get(&part.text).filter(|s| s.public)?.def;
        }
        match def {
            Def::Set(id) => Some(id),
            _ => None,
        }
    }
}

/// How a prefix lies in a map: the number of its bits, then the address with the most significant
/// byte first (`struct bpf_lpm_trie_key_u8`, include/uapi/linux/bpf.h).
pub(super) fn prefix_layout(address: &Layout) -> Layout {
    let address = Layout::Bytes(address.size());
    Layout::of_struct(
        "prefix".into(),
        vec![("n_bits".into(), Layout::int(32)), ("address".into(), address)],
    )
}

fn arg_span(arg: &ast::TypeArg) -> Span {
    match arg {
        ast::TypeArg::Int(lit) => lit.span,
        ast::TypeArg::Type(ty) => ty.span,
    }
}
