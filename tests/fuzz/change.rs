//! Changes to policies: of characters, which mostly break the syntax, and of whole words, which
//! mostly do not.
//!
//! In: texts and a generator. Out: texts.

use syrupc::testing::Rng;

/// A number below `end`, or 0.
pub(crate) fn below(rng: &mut Rng, end: usize) -> usize {
    (rng.next_u64() % end.max(1) as u64) as usize
}

/// One of a list.
pub(crate) fn pick<'a, T: ?Sized>(rng: &mut Rng, list: &[&'a T]) -> &'a T {
    list[below(rng, list.len())]
}

/// A text cut into words, numbers, blanks and signs.
pub(crate) fn pieces(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut last = None;
    for c in text.chars() {
        let class = match c {
            c if c.is_alphanumeric() || c == '_' => Some(0),
            c if c.is_whitespace() => Some(1),
            '=' | '<' | '>' | '.' | '&' | '|' | '+' | '-' | '*' | '%' => Some(2),
            _ => None,
        };
        match found.last_mut() {
            Some(piece) if class.is_some() && class == last => piece.push(c),
            _ => found.push(c.to_string()),
        }
        last = class;
    }
    found
}

/// What a piece may be exchanged for without breaking the syntax at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Number,
    Word,
    Operator,
    Other,
}

const OPERATORS: [&str; 17] =
    ["+", "-", "*", "/", "%", "+%", "-%", "*%", "+|", "-|", "<", "<=", ">", ">=", "==", "!=", "<<"];

fn class(piece: &str) -> Class {
    match piece.chars().next() {
        Some(c) if c.is_ascii_digit() => Class::Number,
        Some(c) if c.is_alphabetic() => Class::Word,
        _ if OPERATORS.contains(&piece) => Class::Operator,
        _ => Class::Other,
    }
}

/// Numbers at the ends of types and limits.
const NUMBERS: [&str; 22] = [
    "0",
    "1",
    "2",
    "3",
    "7",
    "8",
    "31",
    "32",
    "63",
    "64",
    "65",
    "255",
    "256",
    "65_535",
    "65_536",
    "4_294_967_295",
    "4_294_967_296",
    "18_446_744_073_709_551_615",
    "16_777_217",
    "1ms",
    "5s",
    "0xffff",
];

/// Words of the language, wherever they belong.
const WORDS: [&str; 53] = [
    "u1",
    "u8",
    "u16",
    "u32",
    "u64",
    "bool",
    "time",
    "duration",
    "bytes",
    "verdict",
    "Packet",
    "Array",
    "Hash",
    "Atomic",
    "pass",
    "drop",
    "true",
    "false",
    "none",
    "some",
    "Taken",
    "Empty",
    "Missing",
    "now",
    "random",
    "min",
    "max",
    "low32",
    "high32",
    "mul_sat",
    "load",
    "add",
    "sub",
    "fetch_add",
    "exchange",
    "raise_to",
    "take",
    "hash",
    "wrap",
    "sample",
    "len",
    "index",
    "udp",
    "tcp",
    "ipv4",
    "ipv6",
    "eth",
    "flow_hash",
    "socket",
    "workers",
    "pkt",
    "w",
    "_",
];

/// Exchanges a few pieces for others of their class; the syntax mostly stays right.
pub(crate) fn exchange(text: &str, rng: &mut Rng) -> String {
    let mut list = pieces(text);
    for _ in 0..=below(rng, 3) {
        let at = below(rng, list.len());
        let Some(near) = (at..list.len()).find(|&at| class(&list[at]) != Class::Other) else {
            continue;
        };
        let wanted = class(&list[near]);
        let other = below(rng, list.len());
        let found = (other..list.len()).chain(0..other).find(|&at| class(&list[at]) == wanted);
        list[near] = match (wanted, below(rng, 3)) {
            (Class::Number, 0) => pick(rng, &NUMBERS).to_owned(),
            (Class::Word, 0) => pick(rng, &WORDS).to_owned(),
            (Class::Operator, 0) => pick(rng, &OPERATORS).to_owned(),
            _ => found.map_or_else(String::new, |at| list[at].clone()),
        };
    }
    list.concat()
}

/// Pieces of the language and what is none.
const SOUP: [&str; 60] = [
    "use ",
    "pub ",
    "let ",
    "var ",
    "return ",
    "if ",
    "else ",
    "match ",
    "pick w from ",
    "where ",
    "least ",
    "true",
    "_",
    "=>",
    "..=",
    "..",
    ".",
    ",",
    ";",
    ":",
    "@",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "==",
    "<",
    "=",
    "||",
    "&&",
    "|",
    "&",
    "+",
    "-",
    "+%",
    "-|",
    "*",
    "/",
    "%",
    "!",
    "~",
    "12",
    "5us",
    "\"s\"",
    "hex\"00\"",
    "\"",
    "$",
    "é",
    "\0",
    "/*",
    "// c\n",
    "\u{202e}",
    "\r",
    "18446744073709551616",
    "for i in 0..9 { } ",
    "update m[0] as b { } ",
    "given now: 1s; ",
];

/// The boundary of a character near a random place.
fn place(rng: &mut Rng, text: &str) -> usize {
    let mut at = below(rng, text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Cuts, doubles and inserts text anywhere, or takes some from another text.
pub(crate) fn damage(text: &str, other: &str, rng: &mut Rng) -> String {
    let mut text = text.to_owned();
    for _ in 0..=below(rng, 3) {
        let (a, b) = (place(rng, &text), place(rng, &text));
        let (a, b) = (a.min(b), a.max(b));
        let near = (a..=b.min(a + 40)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(a);
        match below(rng, 6) {
            0 => text.truncate(b),
            1 => text.replace_range(a..near, ""),
            2 => {
                let piece = text[a..near].to_owned();
                text.insert_str(b, &piece);
            }
            3 => text.insert_str(a, pick(rng, &SOUP)),
            4 => text.replace_range(a..near, pick(rng, &SOUP)),
            _ => {
                let from = place(rng, other);
                let to = (from..=(from + 80).min(other.len())).rev();
                let to = to.into_iter().find(|&at| other.is_char_boundary(at)).unwrap_or(from);
                text.insert_str(a, &other[from..to]);
            }
        }
    }
    text
}

/// Random pieces in a row.
pub(crate) fn soup(rng: &mut Rng, n_pieces: usize) -> String {
    let piece = |rng: &mut Rng| match below(rng, 3) {
        0 => pick(rng, &WORDS),
        1 => pick(rng, &NUMBERS),
        _ => pick(rng, &SOUP),
    };
    (0..n_pieces).map(|_| piece(rng).to_owned() + pick(rng, &["", " ", " ", "\n"])).collect()
}
