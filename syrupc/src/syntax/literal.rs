//! The values of literals.
//!
//! In: the text of one literal token. Out: its value, and what is wrong with the text where
//! something is. The lexer reports, the parser takes the value; both come from here.

use super::ast::LitKind;
use super::token::TokenKind;
use syrup_diag::Code;

/// A literal read.
pub(super) struct Literal {
    /// The kind of token it is.
    pub token: TokenKind,
    /// Its value; where the text is wrong, the value of the good part.
    pub value: LitKind,
    /// What is wrong: a range of bytes in the text, a code and a message.
    pub fault: Option<Fault>,
}

/// What is wrong with a literal.
pub(super) struct Fault {
    /// The bytes of the literal that are wrong.
    pub range: std::ops::Range<usize>,
    /// The code.
    pub code: Code,
    /// What to say.
    pub message: String,
    /// What stands under the place.
    pub label: String,
}

/// Nanoseconds per unit, by suffix.
const UNITS: [(&str, u64); 4] = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];

/// Reads a number or duration: any run of digits, letters and underscores that starts with a
/// digit.
pub(super) fn number(text: &str) -> Literal {
    if let Some(digits) = text.strip_prefix("0x") {
        return prefixed(text, digits, 16, "hexadecimal");
    }
    if let Some(digits) = text.strip_prefix("0b") {
        return prefixed(text, digits, 2, "binary");
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let (value, mut fault) = digits_value(text, digits, 0, 10);
    if suffix.is_empty() {
        return Literal { token: TokenKind::Int, value: LitKind::Int(value), fault };
    }
    let Some(&(_, unit)) = UNITS.iter().find(|(name, _)| *name == suffix) else {
        let fault = Fault {
            range: end..text.len(),
            code: Code::E0001,
            message: format!("`{suffix}` is no unit of time and no part of a number"),
            label: "a number ends with its digits, or with `ns`, `us`, `ms` or `s`".to_owned(),
        };
        return Literal { token: TokenKind::Int, value: LitKind::Int(value), fault: Some(fault) };
    };
    let ns = value.checked_mul(unit).unwrap_or_else(|| {
        fault.get_or_insert_with(|| too_large(text, "u64 nanoseconds"));
        u64::MAX
    });
    Literal { token: TokenKind::Duration, value: LitKind::Duration(ns), fault }
}

/// Reads the digits after `0x` or `0b`.
fn prefixed(text: &str, digits: &str, radix: u32, name: &str) -> Literal {
    let offset = text.len() - digits.len();
    let bad = digits.find(|c: char| !c.is_digit(radix) && c != '_');
    let fault = if let Some(at) = bad {
        Some(Fault {
            range: offset + at..text.len(),
            code: Code::E0001,
            message: format!("`{}` is no {name} digit", &digits[at..=at]),
            label: format!("in a {name} number"),
        })
    } else if !digits.contains(|c: char| c.is_digit(radix)) {
        Some(Fault {
            range: 0..text.len(),
            code: Code::E0001,
            message: format!("a {name} number without digits"),
            label: format!("expected {name} digits after `{}`", &text[..offset]),
        })
    } else {
        None
    };
    let (value, large) = digits_value(text, &digits[..bad.unwrap_or(digits.len())], 0, radix);
    Literal { token: TokenKind::Int, value: LitKind::Int(value), fault: fault.or(large) }
}

/// The value of digits with underscores; `u64::MAX` where they do not fit.
fn digits_value(text: &str, digits: &str, start: u64, radix: u32) -> (u64, Option<Fault>) {
    let mut value = start;
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        let next = value.checked_mul(u64::from(radix)).and_then(|v| v.checked_add(digit.into()));
        match next {
            Some(next) => value = next,
            None => return (u64::MAX, Some(too_large(text, "u64"))),
        }
    }
    (value, None)
}

fn too_large(text: &str, what: &str) -> Fault {
    Fault {
        range: 0..text.len(),
        code: Code::E0005,
        message: format!("this number is too large for {what}"),
        label: format!("the largest is {}", u64::MAX),
    }
}

/// Reads `"..."`, `b"..."` or `hex"..."`, with or without the closing quote.
pub(super) fn quoted(token: TokenKind, text: &str) -> Literal {
    let open = text.find('"').map_or(text.len(), |at| at + 1);
    let closed = text.len() > open && text.ends_with('"');
    let content = &text[open..text.len() - usize::from(closed)];
    let mut fault = (!closed).then(|| Fault {
        range: 0..text.len(),
        code: Code::E0003,
        message: "this string does not end on its line".to_owned(),
        label: "no closing `\"`".to_owned(),
    });
    let value = match token {
        TokenKind::Hex => {
            let (bytes, bad) = hex_bytes(content, open);
            fault = fault.or(bad);
            LitKind::Hex(bytes)
        }
        TokenKind::Bytes => LitKind::Bytes(content.as_bytes().to_vec()),
        _ => LitKind::Str(content.to_owned()),
    };
    Literal { token, value, fault }
}

/// The bytes between the quotes of `hex"..."`, which start at `open` in the literal.
fn hex_bytes(content: &str, open: usize) -> (Vec<u8>, Option<Fault>) {
    let mut bytes = Vec::with_capacity(content.len() / 2);
    let mut high = None;
    for (at, c) in content.char_indices() {
        let Some(digit) = c.to_digit(16) else {
            if c == ' ' {
                continue;
            }
            let fault = Fault {
                range: open + at..open + at + c.len_utf8(),
                code: Code::E0001,
                message: format!("`{}` is no hexadecimal digit", c.escape_debug()),
                label: "hex bytes are digits and spaces".to_owned(),
            };
            return (bytes, Some(fault));
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push((high << 4 | digit) as u8),
        }
    }
    let fault = high.map(|_| Fault {
        range: open..open + content.len(),
        code: Code::E0001,
        message: "an odd number of hexadecimal digits".to_owned(),
        label: "each byte needs two".to_owned(),
    });
    (bytes, fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |text: &str, value: LitKind, code: Option<Code>| {
            let literal = number(text);
            assert_eq!(literal.value, value, "{text}");
            assert_eq!(literal.fault.map(|f| f.code), code, "{text}");
        };
        check("0", LitKind::Int(0), None);
        check("65_537", LitKind::Int(65_537), None);
        check("0xffff_ffff_ffff_ffff", LitKind::Int(u64::MAX), None);
        check("0x1_0000_0000_0000_0000", LitKind::Int(u64::MAX), Some(Code::E0005));
        check("18446744073709551615", LitKind::Int(u64::MAX), None);
        check("18446744073709551616", LitKind::Int(u64::MAX), Some(Code::E0005));
        check("0b101", LitKind::Int(5), None);
        check("30us", LitKind::Duration(30_000), None);
        check("2s", LitKind::Duration(2_000_000_000), None);
        check("18446744073s", LitKind::Duration(18_446_744_073_000_000_000), None);
        check("18446744074s", LitKind::Duration(u64::MAX), Some(Code::E0005));
        check("12abc", LitKind::Int(12), Some(Code::E0001));
        check("5m", LitKind::Int(5), Some(Code::E0001));
        check("0x", LitKind::Int(0), Some(Code::E0001));
        check("0x_", LitKind::Int(0), Some(Code::E0001));
        check("0b2", LitKind::Int(0), Some(Code::E0001));
        check("0xfg", LitKind::Int(15), Some(Code::E0001));
    }

    #[test]
    fn quotes() {
        let check = |token, text: &str, value: LitKind, code: Option<Code>| {
            let literal = quoted(token, text);
            assert_eq!(literal.value, value, "{text}");
            assert_eq!(literal.fault.map(|f| f.code), code, "{text}");
        };
        check(TokenKind::Str, "\"a\"", LitKind::Str("a".into()), None);
        check(TokenKind::Str, "\"", LitKind::Str(String::new()), Some(Code::E0003));
        check(TokenKind::Str, "\"a", LitKind::Str("a".into()), Some(Code::E0003));
        check(TokenKind::Bytes, "b\"a\"", LitKind::Bytes(b"a".to_vec()), None);
        check(TokenKind::Hex, "hex\"02 ff\"", LitKind::Hex(vec![2, 255]), None);
        check(TokenKind::Hex, "hex\"02 f\"", LitKind::Hex(vec![2]), Some(Code::E0001));
        check(TokenKind::Hex, "hex\"0g\"", LitKind::Hex(vec![]), Some(Code::E0001));
        check(TokenKind::Hex, "hex\"", LitKind::Hex(vec![]), Some(Code::E0003));
    }
}
