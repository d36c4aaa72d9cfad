//! What no arm of a match covers.

use super::body::{Body, Mode};
use super::items::full;
use crate::hir::{Arm, Expr, Layer, Row, TakeCase, Type};
use crate::syntax::ast::{self};
use syrup_diag::{Code, Diagnostic, Edit, Span};
use syrup_ir::Interval;

impl Body<'_, '_> {
    /// Reports what no arm covers.
    pub(super) fn total(
        &mut self,
        scrutinee: &Expr,
        arms: &[Arm],
        written: &[ast::Arm],
        want: Option<&Type>,
    ) {
        let rows = || arms.iter().filter(|arm| arm.guard.is_none()).flat_map(|arm| &arm.rows);
        if rows().any(|row| matches!(row, Row::Any)) {
            return;
        }
        let missing = match &scrutinee.ty {
            Type::Packet => self.packet_holes(arms),
            Type::Take => {
                let has = |case| rows().any(|row| matches!(row, Row::Take(c) if *c == case));
                let cases = [
                    (TakeCase::Taken, "Taken"),
                    (TakeCase::Empty, "Empty"),
                    (TakeCase::Missing, "Missing"),
                ];
                let missing = cases.into_iter().filter(|(case, _)| !has(*case));
                missing.map(|(_, name)| name.to_owned()).collect()
            }
            Type::Option(_) => {
                let some = rows().any(|row| matches!(row, Row::Some(_)));
                let none = rows().any(|row| matches!(row, Row::None));
                let cases = [(some, "some(value)"), (none, "none")];
                cases.iter().filter(|case| !case.0).map(|case| case.1.to_owned()).collect()
            }
            ty => {
                let bits = ty.bits(&self.cx.program).unwrap_or(64);
                let ranges = rows().flat_map(|row| match row {
                    Row::Numbers(ranges) => ranges.clone(),
                    _ => Vec::new(),
                });
                let missing = uncovered(ranges.collect(), full(bits));
                missing.map(|range| self.show_numbers(ty, range)).into_iter().collect()
            }
        };
        let missing: Vec<String> = missing;
        if missing.is_empty() {
            return;
        }
        let message = match scrutinee.ty {
            Type::Packet => "a packet may be something else",
            _ => "this match does not cover everything",
        };
        let mut diagnostic = Diagnostic::error(Code::E0201, scrutinee.span, message)
            .label(format!("not covered: {}", missing.join("; ")));
        if matches!(scrutinee.ty, Type::Enum(_)) {
            diagnostic = diagnostic.note("an enum is open: a packet may hold any other number");
        }
        let answers = matches!(want, Some(Type::Verdict | Type::Exec(_)));
        let rest = match self.mode {
            Mode::Policy if answers => "_ => pass",
            Mode::Policy => "_ => return pass",
            Mode::Fn | Mode::Const | Mode::Test => {
                self.report(diagnostic.help("add an arm `_ => ...`"));
                return;
            }
        };
        let last = written.last().map_or(scrutinee.span, |arm| arm.span);
        let (at, comma) = after_comma(self.cx.sources, last);
        let text = format!("{}{rest},", if comma { " " } else { ", " });
        let edits = vec![Edit { span: at, text }];
        self.report(diagnostic.fix(format!("add an arm `{rest}`"), edits));
    }

    /// Numbers of a type, by the name of a case where they are one.
    fn show_numbers(&self, ty: &Type, range: Interval) -> String {
        let Type::Enum(id) = ty else { return super::ranges::show(range) };
        let cases = &self.cx.program.enums[id.idx()].info.cases;
        let named = cases.iter().find(|(_, number)| range.lo <= *number && *number <= range.hi);
        named.map_or_else(|| super::ranges::show(range), |(name, _)| name.to_string())
    }

    /// What a packet may be besides the headers that arms name.
    fn packet_holes(&self, arms: &[Arm]) -> Vec<String> {
        let layers = arms.iter().flat_map(|arm| &arm.rows).filter_map(|row| match row {
            Row::Layers(layers) => Some(layers),
            _ => None,
        });
        let bytes = |layers: &Vec<Layer>| -> u32 {
            layers.iter().map(|l| self.cx.program.headers[l.header.idx()].fixed_bytes()).sum()
        };
        let first = layers.clone().find_map(|layers| layers.first());
        let mut holes = Vec::new();
        if let Some(most) = layers.map(bytes).max() {
            holes.push(format!("fewer than {most} bytes"));
        }
        if let Some(first) = first {
            let name = &self.cx.program.headers[first.header.idx()].name;
            holes.push(format!("not `{name}`"));
        }
        holes
    }
}

/// Where a further arm goes, behind the last one; and whether a comma stands before it.
fn after_comma(sources: &syrup_diag::Sources, arm: Span) -> (Span, bool) {
    let rest = &sources.get(arm.file).text()[arm.end as usize..];
    let comma = rest.find(|c: char| !c.is_whitespace()).filter(|&at| rest[at..].starts_with(','));
    match comma {
        Some(at) => (Span::new(arm.file, arm.end + at as u32 + 1, arm.end + at as u32 + 1), true),
        None => (arm.after(), false),
    }
}

/// The first stretch of `all` that no range covers.
fn uncovered(mut ranges: Vec<Interval>, all: Interval) -> Option<Interval> {
    ranges.sort_by_key(|range| range.lo);
    let mut next = all.lo;
    for range in ranges {
        if range.lo > next {
            return Some(Interval { lo: next, hi: range.lo - 1 });
        }
        if range.hi >= next {
            if range.hi >= all.hi {
                return None;
            }
            next = range.hi + 1;
        }
    }
    Some(Interval { lo: next, hi: all.hi })
}
