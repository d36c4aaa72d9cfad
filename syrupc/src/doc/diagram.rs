//! The bits of a header as RFCs draw them, 32 in a row.
//!
//! In: a header. Out: text. A field wider than a row is drawn over several; a run of bytes whose
//! length others give is a row between slashes.

use crate::hir::{Header, RunLen, Type, Wire};

/// Bits in a row.
const ROW_BITS: usize = 32;

/// A field and its bits.
struct Cell {
    name: String,
    bits: usize,
}

/// The lines of a header's diagram.
pub fn diagram(header: &Header) -> Vec<String> {
    let mut lines = vec![
        " 0                   1                   2                   3".to_owned(),
        format!(" {}", (0..ROW_BITS).map(|n| (n % 10).to_string()).collect::<Vec<_>>().join(" ")),
    ];
    for (at, segment) in (0..).zip(&header.segments) {
        let mut cells = Vec::new();
        for field in header.fields.iter().filter(|field| field.segment == at) {
            let bits = match &field.wire {
                Wire::Number { bytes, .. } => usize::from(*bytes) * 8,
                Wire::Bits { bits, .. } => usize::from(*bits),
                Wire::Bytes { len, .. } => *len as usize * 8,
                Wire::Run { .. } | Wire::Derived(_) => continue,
            };
            cells.push(Cell { name: field.name.to_string(), bits });
        }
        if !cells.is_empty() {
            rows(&cells, &mut lines);
        }
        let Some(run) = segment.run else { continue };
        let field = &header.fields[run as usize];
        let length = match &field.wire {
            Wire::Run { len: RunLen::Rest { .. }, .. } => "to the end".to_owned(),
            Wire::Run { len: RunLen::Formula(_) | RunLen::Until { .. }, .. }
            | Wire::Number { .. }
            | Wire::Bits { .. }
            | Wire::Bytes { .. }
            | Wire::Derived(_) => format!("{} to {} bytes", field.range.lo, bytes_max(&field.ty)),
        };
        if cells.is_empty() && lines.len() == 2 {
            lines.push(border(&[], &[]));
        }
        lines.push(format!("/{:^63}/", format!("{} ({length})", field.name)));
        lines.push(border(&[], &[]));
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The most bytes a run may have.
fn bytes_max(ty: &Type) -> u32 {
    if let Type::Bytes(max) = ty { *max } else { 0 }
}

/// The field that owns each bit of each row.
fn owners(cells: &[Cell]) -> Vec<Vec<usize>> {
    let bits = cells.iter().enumerate().flat_map(|(at, cell)| vec![at; cell.bits]);
    let bits: Vec<usize> = bits.collect();
    bits.chunks(ROW_BITS).map(<[usize]>::to_vec).collect()
}

fn rows(cells: &[Cell], lines: &mut Vec<String>) {
    let rows = owners(cells);
    let mut named = vec![false; cells.len()];
    lines.truncate(lines.len() - usize::from(lines.len() > 2));
    lines.push(border(&[], &rows[0]));
    for (n, row) in rows.iter().enumerate() {
        let runs: Vec<(usize, usize)> =
            row.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() * 2 - 1)).collect();
        let mut texts = Vec::new();
        for &(cell, width) in &runs {
            // A field over several rows is named where it is widest first.
            let best = rows.iter().map(|row| row.iter().filter(|at| **at == cell).count()).max();
            let is_here = !named[cell] && Some(width.div_ceil(2)) == best;
            named[cell] |= is_here;
            texts.push(if is_here { folded(&cells[cell].name, width) } else { Vec::new() });
        }
        let height = texts.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for line in 0..height {
            let mut text = String::from("|");
            for ((_, width), lines) in runs.iter().zip(&texts) {
                let above = (height - lines.len()) / 2;
                let part = line.checked_sub(above).and_then(|at| lines.get(at));
                let part = part.map_or("", String::as_str);
                text += &format!("{part:^width$}|");
            }
            lines.push(text);
        }
        lines.push(border(row, rows.get(n + 1).map_or(&[], Vec::as_slice)));
    }
}

/// A name in lines of at most `width` letters.
fn folded(name: &str, width: usize) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    letters.chunks(width).map(|part| part.iter().collect()).collect()
}

/// The line between two rows: open where a field goes on.
fn border(above: &[usize], below: &[usize]) -> String {
    let width = above.len().max(below.len());
    let width = if width == 0 { ROW_BITS } else { width };
    let is_open = |bit: usize| above.get(bit).is_some() && above.get(bit) == below.get(bit);
    let mut line = String::new();
    for bit in 0..=width {
        let before = bit.checked_sub(1).is_some_and(is_open);
        let inside = before && is_open(bit) && above[bit - 1] == above[bit];
        line.push(if inside { ' ' } else { '+' });
        if bit < width {
            line.push(if is_open(bit) { ' ' } else { '-' });
        }
    }
    line
}
