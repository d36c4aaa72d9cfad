//! Layouts: text with the places where a line may end, and the choice among them.
//!
//! In: a document. Out: text of at most so many columns a line where that is possible. A group
//! stands on one line where it fits and ends a line at each of its places otherwise, outer groups
//! first (P. Wadler, "A prettier printer", 2003).

use std::cell::Cell;
use std::rc::Rc;

/// Columns a line has.
pub(super) const COLUMNS_MAX: usize = 100;

/// Columns of one level of indentation.
pub(super) const INDENT: usize = 4;

/// What stands between the parts of a fill.
pub(super) const LINE: &Doc = &Doc::Line;

/// Blanks whose number is known when everything around them is: they align what follows.
pub(super) type Padding = Rc<Cell<usize>>;

/// A piece of layout.
#[derive(Clone, Debug)]
pub(super) enum Doc {
    /// Text without a line end.
    Text(String),
    /// A blank where the group is on one line, a line end otherwise.
    Line,
    /// Nothing where the group is on one line, a line end otherwise.
    Soft,
    /// A line end.
    Hard,
    /// A line end with an empty line behind it.
    Blank,
    /// Text only where the group is on several lines.
    IfBroken(&'static str),
    /// A comment that ends its line, behind what stands there.
    Trailing(String),
    /// A comment on a line of its own.
    Own(String),
    /// One after the other; the flag says whether it cannot stand on one line.
    Concat(Vec<Doc>, bool),
    /// Whatever is inside starts its lines one level further in.
    Nest(Box<Doc>),
    /// On one line where it fits.
    Group(Box<Doc>),
    /// Blanks where the group is on several lines.
    Pad(Padding),
    /// Behind a blank where it fits, else on the next line where it fits there, else behind a
    /// blank with line ends of its own.
    Hang(Box<Doc>),
    /// The second part ends no line before it where the first part already has several.
    Behind(Box<[Doc; 2]>),
    /// Parts with a `Line` between them; each ends the line only where the next does not fit.
    Fill(Vec<Doc>),
}

impl Doc {
    /// Nothing.
    pub fn none() -> Doc {
        Doc::Concat(Vec::new(), false)
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Doc {
        Doc::Text(text.into())
    }

    /// One after the other.
    pub fn all(parts: impl IntoIterator<Item = Doc>) -> Doc {
        let parts: Vec<Doc> = parts.into_iter().collect();
        let breaks = parts.iter().any(Doc::breaks);
        Doc::Concat(parts, breaks)
    }

    /// One level further in.
    pub fn nest(self) -> Doc {
        Doc::Nest(Box::new(self))
    }

    /// On one line where it fits.
    pub fn group(self) -> Doc {
        Doc::Group(Box::new(self))
    }

    /// Parts that fill their lines.
    pub fn fill(parts: Vec<Doc>) -> Doc {
        Doc::Fill(parts.into_iter().map(Doc::group).collect())
    }

    /// Whether it cannot stand on one line.
    pub fn breaks(&self) -> bool {
        match self {
            Doc::Text(_) | Doc::Line | Doc::Soft | Doc::IfBroken(_) | Doc::Pad(_) => false,
            Doc::Hard | Doc::Blank | Doc::Trailing(_) | Doc::Own(_) => true,
            Doc::Concat(_, breaks) => *breaks,
            Doc::Nest(inner) | Doc::Group(inner) | Doc::Hang(inner) => inner.breaks(),
            Doc::Behind(parts) => parts.iter().any(Doc::breaks),
            Doc::Fill(parts) => parts.iter().any(Doc::breaks),
        }
    }
}

/// Columns on one line; nothing where it cannot stand on one.
pub(super) fn width(doc: &Doc) -> Option<usize> {
    match doc {
        Doc::Text(text) => Some(text.chars().count()),
        Doc::Line => Some(1),
        Doc::Soft | Doc::IfBroken(_) | Doc::Pad(_) => Some(0),
        Doc::Hard | Doc::Blank | Doc::Trailing(_) | Doc::Own(_) => None,
        Doc::Concat(parts, _) => parts.iter().map(width).sum(),
        Doc::Nest(inner) | Doc::Group(inner) => width(inner),
        Doc::Hang(inner) => width(inner).map(|width| width + 1),
        Doc::Behind(parts) => parts.iter().map(width).sum(),
        Doc::Fill(parts) => {
            let total: Option<usize> = parts.iter().map(width).sum();
            total.map(|total| total + parts.len().saturating_sub(1))
        }
    }
}
