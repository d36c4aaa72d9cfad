//! Where pieces stand on their lines: tells which bracket was most likely forgotten.

use super::piece::Piece;

/// Line and indentation of every piece.
pub(super) struct Layout {
    lines: Vec<(u32, bool)>,
}

impl Layout {
    /// Computes the layout of pieces of a text.
    pub fn new(text: &str, pieces: &[Piece]) -> Layout {
        let mut lines = Vec::with_capacity(pieces.len());
        let (mut end, mut indent) = (0, 0);
        for (idx, piece) in pieces.iter().enumerate() {
            let start = piece.span.start as usize;
            let gap = text.get(end..start).unwrap_or("");
            let line_break = gap.rfind('\n');
            let first = idx == 0 || line_break.is_some();
            if first {
                indent = (gap.len() - line_break.map_or(0, |at| at + 1)) as u32;
            }
            lines.push((indent, first));
            end = piece.span.end as usize;
        }
        Layout { lines }
    }

    /// Columns before the first piece on the line of this one.
    pub fn indent(&self, idx: usize) -> u32 {
        self.lines.get(idx).map_or(0, |line| line.0)
    }

    /// Whether nothing stands before it on its line.
    pub fn first_on_line(&self, idx: usize) -> bool {
        self.lines.get(idx).is_some_and(|line| line.1)
    }
}
