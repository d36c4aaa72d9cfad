//! Text to tokens. Never fails: every byte belongs to a token.
//!
//! In: a text. Out: tokens that cover it, blanks and comments included, and a report for every
//! run of characters that means nothing and every literal that is wrong. Whatever is wrong
//! becomes a token all the same, so that the parser can go on.

use super::literal::{self, Fault};
use super::token::{Token, TokenKind};
use logos::Logos;
use syrup_diag::{Code, Diagnostic, Diagnostics, FileId, Span, limits};

/// Splits a text into tokens; the caller made sure that `u32` can number its bytes.
pub(super) fn lex(id: FileId, text: &str, diags: &mut Diagnostics) -> Lexed {
    let tokens = Vec::with_capacity(text.len() / 4);
    let mut lexer = Lexer { id, text, tokens, diags, no_comment_end: false, faulty: Vec::new() };
    let mut at = 0;
    while at < text.len() {
        at = lexer.step(at);
    }
    lexer.report_errors();
    Lexed { tokens: split_closers(lexer.tokens), faulty: lexer.faulty }
}

/// The tokens of a text.
pub(super) struct Lexed {
    /// All of them.
    pub tokens: Vec<Token>,
    /// Where literals start that were reported, in order.
    pub faulty: Vec<u32>,
}

/// Makes two tokens of each `>>` that ends two lists of type arguments: `PerCpu<Atomic<u64>>`.
///
/// An operand follows every shift and never a type, so the next token tells them apart.
fn split_closers(tokens: Vec<Token>) -> Vec<Token> {
    let mut out = Vec::with_capacity(tokens.len());
    for (idx, &token) in tokens.iter().enumerate() {
        let mut after = tokens[idx + 1..].iter().filter(|token| !token.kind.is_trivia());
        let ends_types = token.kind == TokenKind::Shr
            && !after.next().is_some_and(|next| starts_operand(next.kind))
            && n_open_types(&out) >= 2;
        if ends_types {
            let Span { file, start, end } = token.span;
            let halves = [Span::new(file, start, start + 1), Span::new(file, start + 1, end)];
            out.extend(halves.map(|span| Token { kind: TokenKind::Gt, span }));
        } else {
            out.push(token);
        }
    }
    out
}

fn starts_operand(kind: TokenKind) -> bool {
    use TokenKind::{Bang, Bytes, Duration, False, Hex, Ident, Int, LBracket, LParen, Minus, Str};
    matches!(kind, Ident | Int | Duration | Str | Bytes | Hex | LParen | LBracket | Bang | Minus)
        || matches!(kind, False | TokenKind::True | TokenKind::Tilde)
}

/// How many lists of type arguments are open after these tokens.
fn n_open_types(tokens: &[Token]) -> usize {
    use TokenKind::{Comma, Dot, Gt, Ident, Int, Lt, Question};
    /// Tokens of one type.
    const TYPE_TOKENS_MAX: usize = 4 * limits::NESTING_MAX as usize;
    let (mut n_open, mut n_closed) = (0usize, 0usize);
    for token in tokens.iter().rev().filter(|token| !token.kind.is_trivia()).take(TYPE_TOKENS_MAX) {
        match token.kind {
            Lt if n_closed > 0 => n_closed -= 1,
            Lt => n_open += 1,
            Gt => n_closed += 1,
            Ident | Int | Dot | Comma | Question => {}
            _ => break,
        }
    }
    n_open
}

struct Lexer<'a> {
    id: FileId,
    text: &'a str,
    tokens: Vec<Token>,
    diags: &'a mut Diagnostics,
    /// Whether no `*/` follows: looked for once, so that many `/*` cost no more than one.
    no_comment_end: bool,
    faulty: Vec<u32>,
}

impl Lexer<'_> {
    /// Adds the tokens of one run that starts at `start`, and gives where the next one starts.
    fn step(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        let mut logos = TokenKind::lexer(rest);
        let mut at = start;
        // The generated lexer runs on until a token needs another end than it found.
        while let Some(result) = logos.next() {
            let length = logos.slice().len();
            let Ok(kind) = result else { return self.unknown(at) };
            let end = match kind {
                TokenKind::BlockComment => self.block_comment(at),
                TokenKind::Str | TokenKind::Bytes | TokenKind::Hex => {
                    self.quoted(kind, at, at + length)
                }
                _ => self.plain(kind, at, at + length),
            };
            if end != at + length {
                return end;
            }
            at = end;
        }
        self.text.len()
    }

    fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.tokens.push(Token { kind, span: self.span(start, end) });
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.id, start as u32, end as u32)
    }

    fn plain(&mut self, kind: TokenKind, start: usize, end: usize) -> usize {
        let text = &self.text[start..end];
        let kind = match kind {
            TokenKind::Comment if text.starts_with("///") && !text.starts_with("////") => {
                TokenKind::Doc
            }
            TokenKind::Int => {
                // What follows a letter of another script is part of the same word.
                if self.text[end..].chars().next().is_some_and(is_foreign_letter) {
                    return self.foreign_word(start);
                }
                let literal = literal::number(text);
                self.fault(start, literal.fault);
                literal.token
            }
            TokenKind::Ident if self.text[end..].chars().next().is_some_and(is_foreign_letter) => {
                return self.foreign_word(start);
            }
            kind => kind,
        };
        self.push(kind, start, end);
        end
    }

    fn fault(&mut self, start: usize, fault: Option<Fault>) {
        let Some(Fault { range, code, message, label }) = fault else { return };
        self.faulty.push(start as u32);
        let span = self.span(start + range.start, start + range.end);
        self.diags.push(Diagnostic::error(code, span, message).label(label));
    }

    fn quoted(&mut self, kind: TokenKind, start: usize, end: usize) -> usize {
        let text = &self.text[start..end];
        let closed = text.ends_with('"') && text.matches('"').count() == 2;
        // A missing quote swallows the rest of the line. Punctuation at its end was most likely
        // meant for the parser, and giving it back keeps brackets in balance.
        let end = if closed {
            end
        } else {
            let kept = text.trim_end_matches([' ', '\t', ';', ',', ')', ']', '{', '}']);
            start + kept.len()
        };
        let literal = literal::quoted(kind, &self.text[start..end]);
        let is_open = literal.fault.as_ref().is_some_and(|fault| fault.code == Code::E0003);
        if is_open {
            self.faulty.push(start as u32);
            let span = self.span(start, end);
            let fault =
                Diagnostic::error(Code::E0003, span, "this string does not end on its line")
                    .label("no closing `\"`")
                    .replace("close it", span.after(), "\"");
            self.diags.push(fault);
        } else {
            self.fault(start, literal.fault);
        }
        self.push(kind, start, end);
        end
    }

    fn block_comment(&mut self, start: usize) -> usize {
        let rest = &self.text[start + 2..];
        let close = if self.no_comment_end { None } else { rest.find("*/") };
        self.no_comment_end = close.is_none();
        let length = match close {
            Some(at) => at + 2,
            None => rest.find('\n').unwrap_or(rest.len()),
        };
        let end = start + 2 + length;
        let fault =
            Diagnostic::error(Code::E0009, self.span(start, start + 2), "comments start with `//`")
                .label("`/* */` is no comment here")
                .help("start each line of the comment with `//`");
        self.diags.push(fault);
        self.push(TokenKind::BlockComment, start, end);
        end
    }

    /// A character that starts no token.
    fn unknown(&mut self, start: usize) -> usize {
        let c = self.text[start..].chars().next().unwrap_or('\0');
        if is_foreign_letter(c) {
            return self.foreign_word(start);
        }
        let end = start + c.len_utf8();
        let end = if c == '\'' { end + character_rest(&self.text[end..]) } else { end };
        self.push_error(start, end);
        end
    }

    /// A word with a letter outside ASCII: one token, so that it is reported once.
    fn foreign_word(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || is_foreign_letter(c);
        let end = start + rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        self.push_error(start, end);
        end
    }

    fn push_error(&mut self, start: usize, end: usize) {
        let joined = self.span(start, end);
        match self.tokens.last_mut() {
            Some(last) if last.kind == TokenKind::Error && last.span.end == joined.start => {
                last.span.end = joined.end;
            }
            _ => self.tokens.push(Token { kind: TokenKind::Error, span: joined }),
        }
    }

    /// One report for each run of characters that means nothing.
    fn report_errors(&mut self) {
        for token in self.tokens.iter().filter(|token| token.kind == TokenKind::Error) {
            let text = &self.text[token.span.start as usize..token.span.end as usize];
            self.diags.push(unknown_text(token.span, text));
        }
    }
}

/// Bytes of a C character literal after its first quote; none where it is none.
fn character_rest(rest: &str) -> usize {
    let content = rest.strip_prefix('\\').unwrap_or(rest);
    let mut chars = content.chars();
    let (c, quote) = (chars.next(), chars.next());
    let is_literal = quote == Some('\'') && c.is_some_and(|c| !c.is_control());
    if is_literal { rest.len() - chars.as_str().len() } else { 0 }
}

fn is_foreign_letter(c: char) -> bool {
    !c.is_ascii() && c.is_alphanumeric()
}

/// Describes text that is no token.
fn unknown_text(span: Span, text: &str) -> Diagnostic {
    let first = text.chars().next().unwrap_or('\0');
    let error = |message: String| Diagnostic::error(Code::E0001, span, message);
    match first {
        '\u{feff}' if span.start == 0 && text.len() == 3 => error(
            "a byte order mark before the first line".to_owned(),
        )
        .replace("remove it", span, ""),
        '#' => error("`#` means nothing".to_owned())
            .note("there is no preprocessor: `use` names a library, `const` a constant"),
        '\'' => error("`'` means nothing".to_owned())
            .note("there are no character literals: write the number, or bytes as `b\"...\"`"),
        '“' | '”' | '„' | '‘' | '’' => error(format!("`{first}` is no quotation mark"))
            .note("strings stand between straight quotes: `\"...\"`"),
        '\u{a0}' => error("a no-break space".to_owned()).replace("write a space", span, " "),
        c if c.is_ascii_digit() => {
            let plain = text.replace(['µ', 'μ'], "u");
            let error = error(format!("`{}` is no number", shortened(text)))
                .label("a number ends with its digits, or with `ns`, `us`, `ms` or `s`");
            if plain.is_ascii() && plain.ends_with("us") {
                error.replace(format!("write `{plain}`"), span, plain)
            } else {
                error
            }
        }
        c if is_foreign_letter(c) || text.contains(is_foreign_letter) => {
            error(format!("`{}` is no name", shortened(text)))
                .label("names are made of a-z, A-Z, 0-9 and `_`")
        }
        c if text.len() == c.len_utf8() => error(format!("`{}` means nothing", c.escape_debug())),
        _ => error(format!("`{}` means nothing", shortened(text))),
    }
}

/// The start of a text that may be long, with control characters escaped.
fn shortened(text: &str) -> String {
    const CHARS_MAX: usize = 20;
    let mut out: String = text.chars().take(CHARS_MAX).flat_map(char::escape_debug).collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push_str("...");
    }
    out
}
