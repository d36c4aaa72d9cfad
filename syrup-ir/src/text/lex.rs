//! Cuts IR text into lines of tokens.
//!
//! In: text. Out: for each line that is not blank, its number and tokens, behind a cursor whose
//! errors name the line.

use syrup_diag::{FileId, Span};

/// A token of the text form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// A word: a keyword, an id or a plain name.
    Word(String),
    /// A decimal number.
    Number(u64),
    /// A string, its escapes resolved.
    Text(String),
    /// Punctuation.
    Punct(&'static str),
}

/// Longer ones first, so that `..=` is not read as `..`.
const PUNCTS: &[&str] =
    &["..=", "..", "(", ")", "[", "]", "{", "}", ",", ":", "=", "+", "/", "@", "?"];

/// One line that holds something.
#[derive(Debug)]
pub(super) struct Line {
    number: usize,
    tokens: Vec<Token>,
    at: usize,
}

/// All lines, to be taken from the front.
pub(super) type Lines = std::iter::Peekable<std::vec::IntoIter<Line>>;

/// Cuts text into lines.
pub(super) fn lines(text: &str) -> Result<Lines, String> {
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let tokens = tokens(line).map_err(|what| format!("line {}: {what}", at + 1))?;
        if !tokens.is_empty() {
            lines.push(Line { number: at + 1, tokens, at: 0 });
        }
    }
    Ok(lines.into_iter().peekable())
}

fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() && !rest.starts_with("//") {
        let (token, len) = token(rest)?;
        tokens.push(token);
        rest = rest[len..].trim_start();
    }
    Ok(tokens)
}

/// The token that text begins with, and its length.
fn token(rest: &str) -> Result<(Token, usize), String> {
    let run = |f: fn(char) -> bool| rest.find(|c| !f(c)).unwrap_or(rest.len());
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        let len = run(|c| c.is_ascii_digit());
        let number = rest[..len].parse().map_err(|_| format!("{} is too large", &rest[..len]))?;
        return Ok((Token::Number(number), len));
    }
    if rest.starts_with(is_word) {
        let len = run(is_word);
        return Ok((Token::Word(rest[..len].to_owned()), len));
    }
    if let Some(text) = rest.strip_prefix('"') {
        let (text, len) = string(text)?;
        return Ok((Token::Text(text), len + 1));
    }
    match PUNCTS.iter().find(|punct| rest.starts_with(**punct)) {
        Some(punct) => Ok((Token::Punct(punct), punct.len())),
        None => Err(format!("`{}` means nothing here", &rest[..run(|c| !c.is_whitespace())])),
    }
}

/// The content of a string after its opening quote, and the length with the closing one.
fn string(rest: &str) -> Result<(String, usize), String> {
    let mut text = String::new();
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((text, at + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => text.push(c),
                Some((_, 'u')) => {
                    let digits: String =
                        chars.by_ref().map(|(_, c)| c).skip(1).take_while(|&c| c != '}').collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    text.push(code.ok_or("a wrong escape in a string")?);
                }
                _ => return Err("a wrong escape in a string".to_owned()),
            },
            c => text.push(c),
        }
    }
    Err("a string that does not end".to_owned())
}

impl Line {
    /// An error at this line.
    pub(super) fn error<T>(&self, what: impl std::fmt::Display) -> Result<T, String> {
        Err(format!("line {}: {what}", self.number))
    }

    fn expected<T>(&self, what: &str) -> Result<T, String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => self.error(format_args!("expected {what}, found {word}")),
            Some(Token::Number(n)) => self.error(format_args!("expected {what}, found {n}")),
            Some(Token::Text(text)) => self.error(format_args!("expected {what}, found {text:?}")),
            Some(Token::Punct(p)) => self.error(format_args!("expected {what}, found `{p}`")),
            None => self.error(format_args!("expected {what}, found the end of the line")),
        }
    }

    /// The next token, not taken.
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// Takes a punctuation mark if it is next.
    pub(super) fn eat(&mut self, punct: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Punct(next)) if *next == punct);
        self.at += usize::from(found);
        found
    }

    /// Takes a word if it is next.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.at += usize::from(found);
        found
    }

    /// Takes a punctuation mark.
    pub(super) fn punct(&mut self, punct: &str) -> Result<(), String> {
        if self.eat(punct) { Ok(()) } else { self.expected(&format!("`{punct}`")) }
    }

    /// Takes this very word.
    pub(super) fn keyword(&mut self, word: &str) -> Result<(), String> {
        if self.eat_word(word) { Ok(()) } else { self.expected(&format!("`{word}`")) }
    }

    /// Takes any word.
    pub(super) fn word(&mut self, what: &str) -> Result<String, String> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => self.expected(what),
        }
    }

    /// Takes a name: a word or a string.
    pub(super) fn name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Text(_)) => self.text("a name"),
            _ => self.word("a name"),
        }
    }

    /// Takes a string.
    pub(super) fn text(&mut self, what: &str) -> Result<String, String> {
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            _ => self.expected(what),
        }
    }

    /// Takes a number.
    pub(super) fn number(&mut self) -> Result<u64, String> {
        match self.peek() {
            Some(&Token::Number(number)) => {
                self.at += 1;
                Ok(number)
            }
            _ => self.expected("a number"),
        }
    }

    /// Takes a number that fits 32 bits.
    pub(super) fn number_u32(&mut self) -> Result<u32, String> {
        let number = self.number()?;
        match u32::try_from(number) {
            Ok(number) => Ok(number),
            Err(_) => self.error(format_args!("{number} does not fit 32 bits")),
        }
    }

    /// Whether the next word is an id of this kind: `v` and digits.
    pub(super) fn is_id(&self, prefix: char) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if id_number(word, prefix).is_some())
    }

    /// Takes an id: `v3` for prefix `v`.
    pub(super) fn id(&mut self, prefix: char) -> Result<u32, String> {
        match self.peek() {
            Some(Token::Word(word)) if id_number(word, prefix).is_some() => {
                let number = id_number(word, prefix);
                self.at += 1;
                number.map_or_else(|| self.expected("an id"), Ok)
            }
            _ => self.expected(&format!("an id like {prefix}0")),
        }
    }

    /// Takes a span if one is next; the empty span otherwise.
    pub(super) fn span(&mut self) -> Result<Span, String> {
        if !self.eat("@") {
            return Ok(Span::default());
        }
        let file = self.number_u32()?;
        self.punct(":")?;
        let start = self.number_u32()?;
        self.punct("..")?;
        let end = self.number_u32()?;
        if end < start {
            return self.error("a span that ends before it starts");
        }
        Ok(Span::new(FileId(file), start, end))
    }

    /// Makes sure that nothing is left.
    pub(super) fn end(&self) -> Result<(), String> {
        if self.at == self.tokens.len() { Ok(()) } else { self.expected("the end of the line") }
    }
}

fn id_number(word: &str, prefix: char) -> Option<u32> {
    let digits = word.strip_prefix(prefix)?;
    let plain = digits == "0" || digits.starts_with(|c: char| ('1'..='9').contains(&c));
    if plain { digits.parse().ok() } else { None }
}
