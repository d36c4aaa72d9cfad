//! Hover: what a name is declared as, its type and range, where a header's field lies, what a map
//! holds, and its documentation.

use crate::documents::{Analysed, Documents};
use crate::navigate::name_at;
use crate::place;
use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};
use syrupc::analyze::{Decl, Kind, Use, Value};
use syrupc::hir::{Access, ExprKind, HeaderField, Map, Type, Wire};
use syrupc::syntax::docs_before;

/// What to show at a position.
pub fn hover(documents: &Documents, params: &HoverParams) -> Option<Hover> {
    let at = &params.text_document_position_params;
    let (place, text) = match name_at(documents, at) {
        Some((analysed, found)) => {
            (place::range(analysed.text(), found.place), of_name(&analysed, found)?)
        }
        None => {
            let analysed = documents.analysed(&at.text_document.uri)?;
            let offset = place::offset(analysed.text(), at.position);
            let value = analysed.index.value_at(analysed.main(), offset)?;
            let text = format!("```syrup\n{}\n```", of_value(&analysed, value));
            (place::range(analysed.text(), value.place), text)
        }
    };
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: text };
    Some(Hover { contents: HoverContents::Markup(contents), range: Some(place) })
}

/// A type, and the range where it says more.
pub fn of_value(analysed: &Analysed, value: &Value) -> String {
    let program = &analysed.analysis.program;
    let ty = value.ty.display(program).replace('`', "");
    let (lo, hi) = (value.range.lo, value.range.hi);
    let all =
        value.ty.bits(program).map(|bits| if bits >= 64 { u64::MAX } else { (1 << bits) - 1 });
    match value.ty {
        Type::Int(_) | Type::Time | Type::Duration if Some(hi) != all || lo > 0 => {
            if lo == hi {
                format!("{ty} = {lo}")
            } else {
                format!("{ty} in {lo}..={hi}")
            }
        }
        Type::Bytes(_) => format!("bytes, {lo} to {hi} of them"),
        _ => ty,
    }
}

fn of_name(analysed: &Analysed, found: Use) -> Option<String> {
    let decl = analysed.index.decls.get(&found.decl)?;
    let value = analysed.index.value(found.place);
    let mut parts = vec![format!("```syrup\n{}\n```", signature(analysed, decl))];
    if let Some(value) = value.filter(|_| decl.kind != Kind::Policy && decl.kind != Kind::Fn) {
        parts.push(format!("`{}`", of_value(analysed, value)));
    }
    parts.extend(facts(analysed, decl));
    parts.extend(documentation(analysed, decl));
    Some(parts.join("\n\n"))
}

/// A declaration without its body.
pub fn signature(analysed: &Analysed, decl: &Decl) -> String {
    let text = analysed.sources().slice(decl.whole);
    let name = &decl.name;
    match decl.kind {
        Kind::Local => match analysed.index.value(decl.place) {
            Some(value) => format!("{name}: {}", of_value(analysed, value)),
            None => name.clone(),
        },
        Kind::File => format!("use {name};"),
        Kind::Fn | Kind::Policy => text.split('{').next().unwrap_or(text).trim().to_owned(),
        Kind::Const | Kind::Param | Kind::Enum | Kind::Case | Kind::Struct | Kind::Header => {
            text.to_owned()
        }
        Kind::Field | Kind::Set | Kind::Map | Kind::Queue => text.to_owned(),
    }
}

/// The `///` lines before a declaration.
pub fn documentation(analysed: &Analysed, decl: &Decl) -> Option<String> {
    if decl.kind == Kind::Local || decl.kind == Kind::File {
        return None;
    }
    let source = analysed.sources().get(decl.whole.file);
    if decl.whole.file == analysed.main() {
        return docs_before(&analysed.analysis.file, source.text(), decl.whole);
    }
    let mut diags = syrup_diag::Diagnostics::new();
    let file = syrupc::syntax::parse(decl.whole.file, source.text(), &mut diags);
    docs_before(&file, source.text(), decl.whole)
}

/// What analysis computed of a declaration.
fn facts(analysed: &Analysed, decl: &Decl) -> Option<String> {
    let program = &analysed.analysis.program;
    match decl.kind {
        Kind::Field => {
            let mut headers = program.headers.iter();
            let found = headers.find_map(|header| {
                let own = |field: &&HeaderField| decl.whole.contains(field.span);
                Some((header, header.fields.iter().find(own)?))
            });
            let (header, field) =
                found.filter(|(header, _)| header.span.file == decl.place.file)?;
            Some(format!("{} of `{}`", lies(field), header.name))
        }
        Kind::Map => {
            let map = program.maps.iter().find(|map| map.span == decl.place)?;
            Some(schema(map))
        }
        Kind::Header => {
            let header = program.headers.iter().find(|header| header.span == decl.place)?;
            let (bytes, n_runs) = (header.fixed_bytes(), header.segments.iter());
            let n_runs = n_runs.filter(|segment| segment.run.is_some()).count();
            Some(match n_runs {
                0 => format!("{bytes} bytes"),
                _ => format!("{bytes} bytes and {n_runs} runs of computed length"),
            })
        }
        Kind::Fn => {
            let def = program.fns.iter().find(|def| def.span == decl.place)?;
            Some(effects(&def.body))
        }
        Kind::Policy => {
            let def = program.policies.iter().find(|def| def.span == decl.place)?;
            Some(effects(def.bodies().next()?))
        }
        _ => None,
    }
}

/// Where a field lies.
fn lies(field: &HeaderField) -> String {
    let bytes = |n: u32| if n == 1 { "1 byte".to_owned() } else { format!("{n} bytes") };
    match &field.wire {
        Wire::Number { offset, bytes: n, order } => {
            format!("{} at byte {offset}, {order:?} endian", bytes(u32::from(*n)))
        }
        Wire::Bits { offset, bytes: n, shift, bits } => {
            let first = u32::from(*n) * 8 - u32::from(*shift) - u32::from(*bits);
            format!("{bits} bits from bit {} of byte {}", first % 8, offset + first / 8)
        }
        Wire::Bytes { offset, len } => format!("{} at byte {offset}", bytes(*len)),
        Wire::Run { offset, .. } => format!("a run of computed length from byte {offset} on"),
        Wire::Derived(_) => "computed from fields before it".to_owned(),
    }
}

/// What a map holds and who touches it.
fn schema(map: &Map) -> String {
    let (key, value) = (map.key_layout.size(), map.value_layout.size());
    let user = match map.user {
        Access::None => "",
        Access::Read => "; user space reads it",
        Access::Write => "; user space writes it",
        Access::Add => "; user space adds to it",
    };
    let pin = map.pin.as_ref().map_or(String::new(), |pin| format!("; pinned as `{pin}`"));
    let entries = map.entries;
    match map.key {
        Type::Unit => format!("one cell of {value} bytes{user}{pin}"),
        _ => format!("{entries} entries, key {key} bytes, value {value} bytes{user}{pin}"),
    }
}

/// What evaluating something does besides giving a value.
fn effects(body: &syrupc::hir::Expr) -> String {
    let mut found: Vec<&str> = Vec::new();
    let mut note = |effect: &'static str| {
        if !found.contains(&effect) {
            found.push(effect);
        }
    };
    syrupc::analyze::each(body, &mut |expr| match &expr.kind {
        ExprKind::Now => note("takes the time"),
        ExprKind::Random => note("draws"),
        ExprKind::Choose(_, syrupc::hir::Choice::Random) => note("draws"),
        ExprKind::Pick(pick) if pick.sample.is_some() => note("draws"),
        ExprKind::Read(_) => note("reads maps"),
        ExprKind::CellOp(..) | ExprKind::Take(..) | ExprKind::Assign(..) => note("writes maps"),
        ExprKind::Insert(..) | ExprKind::Remove(_) | ExprKind::Update(_) => note("writes maps"),
        ExprKind::Call(..) => note("calls functions"),
        _ => {}
    });
    if found.is_empty() { "pure".to_owned() } else { found.join(", ") }
}
