//! Prints layouts: decides where lines end.
//!
//! In: a document. Out: text. What is still to be printed waits on a stack, so that whether a group
//! fits can be tried together with what follows it.

use super::align::align;
use super::doc::{COLUMNS_MAX, Doc, INDENT, LINE, width};

/// Lays a document out.
pub(super) fn print(doc: &Doc) -> String {
    let mut printer = Printer {
        out: String::new(),
        column: 0,
        ended: false,
        comment_end: 0,
        todo: Vec::new(),
        trailing: Vec::new(),
    };
    printer.todo.push(Todo { indent: 0, flat: false, behind: None, doc });
    printer.run();
    align(&printer.out, &printer.trailing)
}

/// What is still to be printed.
#[derive(Clone, Copy)]
struct Todo<'d> {
    /// Columns before a new line.
    indent: usize,
    /// Whether its group stands on one line.
    flat: bool,
    /// For the second part of `Behind`: where the first part starts in the output.
    behind: Option<usize>,
    doc: &'d Doc,
}

/// What is still to come, when something is tried.
#[derive(Clone, Copy)]
enum Rest {
    /// It stands on the same line, up to its first line end.
    Counts {
        /// Whether what comes before it will have several lines.
        broken: bool,
    },
    /// It does not.
    Apart,
}

struct Printer<'d> {
    out: String,
    /// Columns of the current line.
    column: usize,
    /// Whether a comment ended the line, so that nothing may follow on it.
    ended: bool,
    /// Where the last comment ends.
    comment_end: usize,
    /// Where comments start that end a line.
    trailing: Vec<usize>,
    /// The next one is the last.
    todo: Vec<Todo<'d>>,
}

impl<'d> Printer<'d> {
    fn run(&mut self) {
        while let Some(next) = self.todo.pop() {
            let Todo { indent, flat, behind, doc } = next;
            let flat = flat || behind.is_some_and(|start| self.out[start..].contains('\n'));
            let next = Todo { flat, behind: None, ..next };
            match doc {
                Doc::Text(text) => self.text(text, indent),
                Doc::Line if flat => self.text(" ", indent),
                Doc::Soft if flat => {}
                Doc::Line | Doc::Soft | Doc::Hard => self.line(indent),
                Doc::Blank => {
                    self.line(indent);
                    self.trim();
                    self.out.push('\n');
                    self.pad(indent);
                }
                Doc::IfBroken(_) if flat => {}
                Doc::IfBroken(text) => self.text(text, indent),
                Doc::Trailing(text) => self.trailing(text, indent),
                Doc::Own(text) => {
                    if self.ended || !self.at_line_start() {
                        self.line(indent);
                    }
                    self.comment(text, indent);
                }
                Doc::Concat(parts, _) => {
                    self.todo.extend(parts.iter().rev().map(|doc| Todo { doc, ..next }));
                }
                Doc::Nest(inner) => {
                    self.todo.push(Todo { indent: indent + INDENT, doc: inner, ..next })
                }
                Doc::Group(inner) => {
                    let flat = flat
                        || (!inner.breaks()
                            && self.fits(
                                Todo { flat: true, ..next },
                                self.column,
                                Rest::Counts { broken: false },
                            ));
                    self.todo.push(Todo { flat, doc: inner, ..next });
                }
                Doc::Pad(_) if flat => {}
                Doc::Pad(n_blanks) => self.text(&" ".repeat(n_blanks.get()), indent),
                Doc::Hang(inner) => self.hang(inner, next),
                Doc::Behind(parts) => {
                    let [first, second] = &**parts;
                    let behind = (!flat).then_some(self.out.len());
                    self.todo.push(Todo { behind, doc: second, ..next });
                    self.todo.push(Todo { doc: first, ..next });
                }
                Doc::Fill(parts) => self.fill(parts, indent, flat),
            }
        }
        self.trim();
    }

    /// Decides between each two parts whether the next still fits behind the one before.
    fn fill(&mut self, parts: &'d [Doc], indent: usize, flat: bool) {
        let mut todo = Vec::new();
        let mut column = self.column;
        let mut broken = false;
        for (at, part) in parts.iter().enumerate() {
            let this = Todo { indent, flat, behind: None, doc: part };
            if at > 0 {
                let is_last = at + 1 == parts.len();
                let alone = Todo { flat: true, ..this };
                let rest = if is_last { Rest::Counts { broken } } else { Rest::Apart };
                let fits = width(part).is_some() && self.fits(alone, column + 1, rest);
                broken |= !fits;
                todo.push(Todo { flat: flat || fits, doc: LINE, ..this });
                column = if flat || fits { column + 1 } else { indent };
            }
            todo.push(this);
            column = width(part).map_or(COLUMNS_MAX, |width| column + width);
        }
        self.todo.extend(todo.into_iter().rev());
    }

    /// A comment behind what stands before it, even where the line ended there.
    fn trailing(&mut self, text: &str, indent: usize) {
        if self.ended {
            return self.comment(text, indent);
        }
        let code = self.out.trim_end().len();
        let may_stand_there = code > 0 && code != self.comment_end;
        let was_ended = self.at_line_start();
        if was_ended && !may_stand_there {
            return self.comment(text, indent);
        }
        if was_ended {
            self.out.truncate(code);
        }
        self.trim();
        self.column = self.out.rsplit('\n').next().unwrap_or("").chars().count();
        self.text(" ", indent);
        self.trailing.push(self.out.len());
        self.comment(text, indent);
        if was_ended {
            self.line(indent);
        }
    }

    /// A comment; nothing else stands behind it on its line.
    fn comment(&mut self, text: &str, indent: usize) {
        self.text(text, indent);
        self.comment_end = self.out.len();
        self.ended = true;
    }

    fn hang(&mut self, inner: &'d Doc, this: Todo<'d>) {
        let further = this.indent + INDENT;
        let alone = Todo { flat: true, doc: inner, ..this };
        let fits =
            |column| !inner.breaks() && self.fits(alone, column, Rest::Counts { broken: false });
        let stays = fits(self.column + 1);
        let moves = !stays && fits(further);
        let indent = if moves { further } else { this.indent };
        self.todo.push(Todo { flat: this.flat || stays || moves, indent, doc: inner, ..this });
        self.todo.push(Todo { flat: this.flat || !moves, indent, doc: LINE, ..this });
    }

    fn text(&mut self, text: &str, indent: usize) {
        if self.ended {
            self.line(indent);
            if text == " " {
                return;
            }
        }
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.trim();
        self.out.push('\n');
        self.pad(indent);
        self.ended = false;
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// No line ends in blanks.
    fn trim(&mut self) {
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
    }

    fn at_line_start(&self) -> bool {
        let line = self.out.rsplit('\n').next().unwrap_or("");
        line.bytes().all(|byte| byte == b' ')
    }

    /// Whether what starts with `first` at a column gets to the end of a line before the last
    /// column.
    fn fits(&self, first: Todo<'d>, column: usize, then: Rest) -> bool {
        if self.ended {
            return true;
        }
        let Some(mut left) = COLUMNS_MAX.checked_sub(column) else { return false };
        let mut own = vec![first];
        let mut rest = self.todo.iter().rev().copied();
        loop {
            let next = own.pop().or_else(|| match then {
                Rest::Apart => None,
                Rest::Counts { broken } => rest.next().map(|next| {
                    let behind = next.behind.is_some_and(|start| self.out[start..].contains('\n'));
                    let stays = behind || (broken && next.behind.is_some());
                    Todo { flat: next.flat || stays, ..next }
                }),
            });
            let Some(next) = next else { return true };
            let Some(n_columns) = take(next, &mut own) else { return true };
            if n_columns > left {
                return false;
            }
            left -= n_columns;
        }
    }
}

/// Columns of a piece itself, whose parts then come next; nothing where a line ends there.
fn take<'d>(next: Todo<'d>, own: &mut Vec<Todo<'d>>) -> Option<usize> {
    match next.doc {
        Doc::Text(text) => return Some(text.chars().count()),
        Doc::Pad(n_blanks) if !next.flat => return Some(n_blanks.get()),
        Doc::IfBroken(text) if !next.flat => return Some(text.len()),
        Doc::Line if next.flat => return Some(1),
        Doc::Soft if next.flat => {}
        Doc::Pad(_) | Doc::IfBroken(_) => {}
        Doc::Line | Doc::Soft | Doc::Hard | Doc::Blank => return None,
        Doc::Trailing(_) | Doc::Own(_) => return None,
        Doc::Concat(parts, _) => own.extend(parts.iter().rev().map(|doc| Todo { doc, ..next })),
        Doc::Nest(inner) => own.push(Todo { doc: inner, ..next }),
        Doc::Hang(inner) => {
            own.push(Todo { doc: inner, ..next });
            own.push(Todo { doc: LINE, ..next });
        }
        Doc::Behind(parts) => own.extend(parts.iter().rev().map(|doc| Todo { doc, ..next })),
        // A group behind this one may end the line at its first place.
        Doc::Group(inner) => {
            own.push(Todo { doc: inner, flat: next.flat && !inner.breaks(), ..next });
        }
        Doc::Fill(parts) => {
            for (at, part) in parts.iter().enumerate().rev() {
                own.push(Todo { doc: part, ..next });
                own.extend((at > 0).then_some(Todo { doc: LINE, ..next }));
            }
        }
    }
    Some(0)
}
