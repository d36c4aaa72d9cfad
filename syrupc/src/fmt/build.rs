//! The tokens of a file in order, with their comments, as layout.
//!
//! In: a file without errors. Out: pieces of layout. Whoever builds takes every token exactly once
//! and in order, so that nothing is lost; where the next token is another than expected, that is
//! remembered and the file stays as it is.

use super::doc::{Doc, INDENT};
use crate::syntax::ast::File;
use crate::syntax::token::{Token, TokenKind};

/// Takes the tokens of a file one after the other.
pub(super) struct Builder<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    /// How many lists are open.
    depth: usize,
    /// Whether another token stood somewhere than the tree promised.
    pub lost: bool,
}

/// A comment.
pub(super) struct Note {
    text: String,
    /// Whether it stands on a line of its own.
    is_own: bool,
    /// Whether an empty line stands before it.
    after_blank: bool,
}

/// What stands before a token.
pub(super) struct Trivia {
    /// Comments in order.
    pub notes: Vec<Note>,
    /// Whether an empty line stands right before the token.
    pub blank: bool,
}

impl Trivia {
    /// With these comments before it.
    fn behind(self, notes: &mut Vec<Note>) -> Trivia {
        let mut all = std::mem::take(notes);
        all.extend(self.notes);
        Trivia { notes: all, blank: self.blank }
    }
}

/// How a list in brackets is laid out.
#[derive(Clone, Copy)]
pub(super) struct Style {
    /// Whether blanks stand inside of the brackets on one line.
    pub spaced: bool,
    /// Whether commas stand between the entries.
    pub commas: bool,
    /// Whether a line end behind the opening bracket keeps the list on several lines.
    pub keeps_lines: bool,
    /// Whether several entries stand on one of several lines where two did so.
    pub fills: bool,
}

impl Style {
    /// `(a, b)`
    pub const LIST: Style = Style { spaced: false, commas: true, keeps_lines: false, fills: true };
    /// `{ a, b }`
    pub const FIELDS: Style = Style { spaced: true, commas: true, keeps_lines: true, fills: false };
    /// `{ a; b }`
    pub const BLOCK: Style = Style { spaced: true, commas: false, keeps_lines: true, fills: false };
}

impl<'a> Builder<'a> {
    /// Starts before the first token.
    pub fn new(file: &'a File, text: &'a str) -> Builder<'a> {
        Builder { text, tokens: &file.tokens, at: 0, depth: 0, lost: false }
    }

    fn slice(&self, token: &Token) -> &'a str {
        self.text.get(token.span.start as usize..token.span.end as usize).unwrap_or("")
    }

    /// The text of the next token; empty at the end.
    pub fn peek(&self) -> &'a str {
        let rest = self.tokens.get(self.at..).unwrap_or(&[]);
        let next = rest.iter().find(|token| !token.kind.is_trivia());
        next.map_or("", |token| self.slice(token))
    }

    /// Whether the next token or comment starts a new line.
    pub fn line_ends_here(&self) -> bool {
        match self.tokens.get(self.at) {
            Some(token) if token.kind == TokenKind::White => self.slice(token).contains('\n'),
            _ => false,
        }
    }

    /// Columns before the entries of a list that would be opened here.
    pub fn indent(&self) -> usize {
        (self.depth + 1) * INDENT
    }

    /// Whether everything was taken.
    pub fn is_done(&self) -> bool {
        self.peek().is_empty()
    }

    /// Takes what stands before the next token.
    pub fn trivia(&mut self) -> Trivia {
        let mut notes = Vec::new();
        let mut breaks = usize::from(self.at == 0);
        while let Some(token) = self.tokens.get(self.at).filter(|token| token.kind.is_trivia()) {
            let text = self.slice(token);
            self.at += 1;
            if token.kind == TokenKind::White {
                breaks += text.bytes().filter(|&byte| byte == b'\n').count();
                continue;
            }
            notes.push(Note {
                text: text.trim_end().to_owned(),
                is_own: breaks > 0,
                after_blank: breaks > 1,
            });
            breaks = 0;
        }
        Trivia { notes, blank: breaks > 1 }
    }

    /// The comments before the next token, wherever they may stand.
    fn notes(&mut self) -> Vec<Doc> {
        self.trivia().notes.into_iter().map(Note::into_doc).collect()
    }

    /// The next token, whatever it is, behind its comments.
    pub fn next(&mut self) -> Doc {
        let mut parts = self.notes();
        match self.tokens.get(self.at) {
            Some(token) => parts.push(Doc::text(self.slice(token))),
            None => self.lost = true,
        }
        self.at += 1;
        Doc::all(parts)
    }

    /// The next token, which is this one.
    pub fn eat(&mut self, text: &str) -> Doc {
        self.lost |= self.peek() != text;
        self.next()
    }

    /// The next token and a blank.
    pub fn word(&mut self, text: &str) -> Doc {
        Doc::all([self.eat(text), Doc::text(" ")])
    }

    /// A token that ends something: comments before it move behind it.
    pub fn end(&mut self, text: &str) -> Doc {
        self.lost |= self.peek() != text;
        let notes = self.notes();
        let token = self.next();
        Doc::all(std::iter::once(token).chain(notes))
    }

    /// Leaves the next token out; the comments before it stay.
    pub fn skip(&mut self) -> Doc {
        let notes = self.notes();
        self.at += 1;
        Doc::all(notes)
    }

    /// Everything between two brackets.
    pub fn list<T>(
        &mut self,
        (open, close): (&str, &str),
        entries: &[T],
        style: Style,
        mut each: impl FnMut(&mut Self, &T) -> Doc,
    ) -> Doc {
        let open = self.eat(open);
        self.depth += 1;
        let edge = self.edge(style);
        let mut rows = Vec::new();
        let mut fills = false;
        let mut behind = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let joins = at > 0 && !self.line_ends_here();
            let trivia = self.trivia().behind(&mut behind);
            let is_plain = trivia.notes.is_empty() && !trivia.blank;
            fills |= joins && is_plain && style.fills;
            let gap = if at == 0 { &edge } else { &Doc::Line };
            let lead = self.lead(trivia, gap, at == 0);
            let last = at + 1 == entries.len();
            let mut entry = each(self, entry);
            if style.commas {
                let (comma, notes) = self.comma(last);
                entry = Doc::all([entry, comma]);
                behind = notes;
            }
            rows.push((lead, is_plain, entry));
        }
        let mut inside = if fills { filled(rows) } else { lines(rows) };
        let ends = style.commas && !entries.is_empty();
        inside.extend(ends.then_some(Doc::IfBroken(",")));
        let trivia = self.trivia().behind(&mut behind);
        let is_empty = entries.is_empty() && trivia.notes.is_empty();
        inside.extend(trivia.notes.into_iter().map(Note::into_spaced_doc));
        let edge = if is_empty { Doc::none() } else { edge };
        self.depth -= 1;
        let close = self.eat(close);
        Doc::all([open, Doc::all(inside).nest(), edge, close])
    }

    /// What stands inside of brackets before the first and behind the last entry.
    fn edge(&self, style: Style) -> Doc {
        if style.keeps_lines && self.line_ends_here() {
            Doc::Hard
        } else if style.spaced {
            Doc::Line
        } else {
            Doc::Soft
        }
    }

    /// The comma behind an entry, and the comments before it, which move behind it.
    fn comma(&mut self, is_last: bool) -> (Doc, Vec<Note>) {
        if self.peek() != "," {
            self.lost |= !is_last;
            return (Doc::none(), Vec::new());
        }
        let notes = self.trivia().notes;
        self.at += 1;
        (if is_last { Doc::none() } else { Doc::text(",") }, notes)
    }

    /// What stands before an entry: comments that end the line before, empty lines, comments on
    /// lines of their own.
    pub fn lead(&mut self, trivia: Trivia, separator: &Doc, is_first: bool) -> Doc {
        let mut parts = Vec::new();
        let mut separator = separator.clone();
        for note in trivia.notes {
            if note.is_own {
                let blank = note.after_blank && !is_first;
                parts.push(if blank { Doc::Blank } else { Doc::Hard });
                separator = Doc::Hard;
            }
            parts.push(note.into_doc());
        }
        let blank = trivia.blank && (!is_first || !parts.is_empty());
        parts.push(if blank { Doc::Blank } else { separator });
        Doc::all(parts)
    }

    /// Lines of a file: each item behind what stands before it.
    pub fn line_lead(&mut self, is_first: bool) -> Doc {
        let trivia = self.trivia();
        if !is_first {
            return self.lead(trivia, &Doc::Hard, false);
        }
        let mut parts = Vec::new();
        for (at, note) in trivia.notes.into_iter().enumerate() {
            let gap = if note.after_blank { Doc::Blank } else { Doc::Hard };
            parts.extend((at > 0).then_some(gap));
            parts.push(note.into_doc());
        }
        let gap = if trivia.blank { Doc::Blank } else { Doc::Hard };
        let any = !parts.is_empty();
        parts.extend(any.then_some(gap));
        Doc::all(parts)
    }

    /// The comments behind the last token.
    pub fn trail(&mut self) -> Doc {
        Doc::all(self.trivia().notes.into_iter().map(Note::into_spaced_doc))
    }
}

/// What stands before an entry, whether that is only blanks, and the entry.
type Row = (Doc, bool, Doc);

/// Entries on a line each.
fn lines(rows: Vec<Row>) -> Vec<Doc> {
    rows.into_iter().flat_map(|(lead, _, entry)| [lead, entry]).collect()
}

/// Entries that fill their lines; comments and empty lines stay where they are.
fn filled(rows: Vec<Row>) -> Vec<Doc> {
    let mut inside = Vec::new();
    let mut run = Vec::new();
    for (at, (lead, is_plain, entry)) in rows.into_iter().enumerate() {
        if at == 0 || !is_plain {
            inside.extend((!run.is_empty()).then(|| Doc::fill(std::mem::take(&mut run))));
            inside.push(lead);
        }
        run.push(entry);
    }
    inside.extend((!run.is_empty()).then(|| Doc::fill(run)));
    inside
}

impl Note {
    fn into_doc(self) -> Doc {
        if self.is_own { Doc::Own(self.text) } else { Doc::Trailing(self.text) }
    }

    /// With the empty line before it.
    fn into_spaced_doc(self) -> Doc {
        let blank = self.is_own && self.after_blank;
        let gap = if blank { Doc::Blank } else { Doc::none() };
        Doc::all([gap, self.into_doc()])
    }
}
