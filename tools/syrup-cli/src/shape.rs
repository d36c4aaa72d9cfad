//! Keys and values as people write them, by the shapes of an artifact.

mod prefix;

use syrup_wire::artifact::{NumberKind, Shape};

/// Writes bytes as a policy would: a case of an enum by name, others as numbers.
pub fn show(shape: &Shape, bytes: &[u8]) -> String {
    match shape {
        Shape::Number { bytes: n, kind, .. } => {
            let number = number(bytes, *n);
            match kind {
                NumberKind::Enum { cases, .. } => cases
                    .iter()
                    .find(|(_, case)| *case == number)
                    .map_or_else(|| number.to_string(), |(name, _)| name.clone()),
                NumberKind::Bool => (number != 0).to_string(),
                NumberKind::Duration => format!("{number}ns"),
                NumberKind::Int | NumberKind::Atomic | NumberKind::Time => number.to_string(),
                NumberKind::Executor { .. } | NumberKind::Task => number.to_string(),
            }
        }
        Shape::Bytes { bytes: n } => {
            let hex: Vec<_> =
                bytes.iter().take(*n as usize).map(|byte| format!("{byte:02x}")).collect();
            format!("hex\"{}\"", hex.join(" "))
        }
        Shape::Prefix { bytes: n } => prefix::show(bytes, *n as usize),
        Shape::Struct { name, fields, .. } => {
            let field = |(name, offset, shape): &(String, u32, Shape)| {
                let rest = bytes.get(*offset as usize..).unwrap_or_default();
                format!("{name}: {}", show(shape, rest))
            };
            let fields: Vec<_> = fields.iter().map(field).collect();
            format!("{name}({})", fields.join(", "))
        }
    }
}

/// Reads a value as a policy would write it.
///
/// # Errors
/// One sentence that says what is expected.
pub fn parse(shape: &Shape, text: &str) -> Result<Vec<u8>, String> {
    let text = text.trim();
    let (bytes, kind, range) = match shape {
        Shape::Number { bytes, kind, range } => (bytes, kind, range),
        Shape::Prefix { bytes } => return prefix::parse(text, *bytes as usize),
        Shape::Bytes { bytes } => return parse_bytes(*bytes, text),
        Shape::Struct { name, bytes, fields } => {
            return parse_struct(name, *bytes, fields, text);
        }
    };
    let number = match kind {
        NumberKind::Enum { name, cases } => match cases.iter().find(|(case, _)| case == text) {
            Some((_, number)) => *number,
            None => plain(text).ok_or_else(|| {
                let known: Vec<_> = cases.iter().map(|(case, _)| case.as_str()).collect();
                format!("`{text}` is no case of {name}; there are: {}", known.join(", "))
            })?,
        },
        NumberKind::Bool if text == "true" => 1,
        NumberKind::Bool if text == "false" => 0,
        NumberKind::Time | NumberKind::Duration => {
            duration(text).ok_or_else(|| format!("`{text}` is no time: write `5ms` or `700ns`"))?
        }
        _ => plain(text).ok_or_else(|| format!("`{text}` is no number"))?,
    };
    if number < range.0 || number > range.1 {
        return Err(format!("{number} is outside {}..={}", range.0, range.1));
    }
    Ok(number.to_le_bytes()[..*bytes as usize].to_vec())
}

/// `Bucket(rate: 1_000, burst: 2)`, or the same without the name; other fields become zero, or
/// the smallest number they may be.
fn parse_struct(
    name: &str,
    n_bytes: u32,
    fields: &[(String, u32, Shape)],
    text: &str,
) -> Result<Vec<u8>, String> {
    let form = || format!("write {name}(field: value, ...)");
    let inner = text.strip_prefix(name).unwrap_or(text).trim();
    let inner = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).ok_or_else(form)?;
    let mut bytes = vec![0; n_bytes as usize];
    let mut put = |offset: u32, value: &[u8]| {
        let start = offset as usize;
        if let Some(place) = bytes.get_mut(start..start + value.len()) {
            place.copy_from_slice(value);
        }
    };
    for (_, offset, shape) in fields {
        if let Shape::Number { bytes, range, .. } = shape {
            put(*offset, &range.0.to_le_bytes()[..*bytes as usize]);
        }
    }
    for part in inner.split(',').filter(|part| !part.trim().is_empty()) {
        let (field, value) = part.split_once(':').ok_or_else(form)?;
        let field = field.trim();
        let Some((_, offset, shape)) = fields.iter().find(|row| row.0 == field) else {
            let known: Vec<_> = fields.iter().map(|row| row.0.as_str()).collect();
            return Err(format!("`{name}` has no `{field}`; it has: {}", known.join(", ")));
        };
        let value = parse(shape, value).map_err(|why| format!("`{field}`: {why}"))?;
        put(*offset, &value);
    }
    Ok(bytes)
}

/// `hex"00 ff"`, or the digits alone; what is not given is zero.
fn parse_bytes(n_bytes: u32, text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("write up to {n_bytes} bytes as hex\"00 ff\"");
    let inner = text.strip_prefix("hex\"").and_then(|rest| rest.strip_suffix('"'));
    let digits: String = inner.unwrap_or(text).chars().filter(|c| !c.is_whitespace()).collect();
    if !digits.is_ascii() || digits.len() % 2 == 1 || digits.len() > 2 * n_bytes as usize {
        return Err(wrong());
    }
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or(""));
    let bytes: Result<Vec<u8>, _> = pairs.map(|pair| u8::from_str_radix(pair, 16)).collect();
    let mut bytes = bytes.map_err(|_| wrong())?;
    bytes.resize(n_bytes as usize, 0);
    Ok(bytes)
}

/// Nanoseconds: `5ms`, `700ns`, `700`.
fn duration(text: &str) -> Option<u64> {
    let units = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];
    let unit = units.iter().find_map(|(unit, ns)| Some((text.strip_suffix(unit)?, *ns)));
    let (digits, ns) = unit.unwrap_or((text, 1));
    plain(digits)?.checked_mul(ns)
}

/// A number: `5_000`, `0xff`.
pub fn plain(text: &str) -> Option<u64> {
    let text = text.replace('_', "");
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn number(bytes: &[u8], n_bytes: u8) -> u64 {
    bytes.iter().take(n_bytes as usize).rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op() -> Shape {
        let cases = vec![("GET".to_owned(), 1), ("SCAN".to_owned(), 2)];
        let kind = NumberKind::Enum { name: "Op".to_owned(), cases };
        Shape::Number { bytes: 8, kind, range: (0, u64::MAX) }
    }

    #[test]
    fn a_case_is_read_and_shown_by_name() {
        let bytes = parse(&op(), "SCAN").unwrap();
        assert_eq!(bytes, [2, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(show(&op(), &bytes), "SCAN");
        assert_eq!(show(&op(), &7u64.to_le_bytes()), "7");
        assert!(parse(&op(), "PUT").unwrap_err().contains("GET, SCAN"));
    }

    #[test]
    fn a_struct_is_read_as_it_is_shown() {
        let number = |bytes, kind, range| Shape::Number { bytes, kind, range };
        let fields = vec![
            ("rate".to_owned(), 8, number(8, NumberKind::Int, (1, 100))),
            ("at".to_owned(), 16, number(8, NumberKind::Time, (0, u64::MAX))),
            ("name".to_owned(), 24, Shape::Bytes { bytes: 3 }),
        ];
        let shape = Shape::Struct { name: "Bucket".to_owned(), bytes: 32, fields };
        let bytes = parse(&shape, "Bucket(at: 5us, rate: 7, name: hex\"01 02\")").unwrap();
        assert_eq!(show(&shape, &bytes), "Bucket(rate: 7, at: 5000, name: hex\"01 02 00\")");
        assert_eq!(parse(&shape, &show(&shape, &bytes)).unwrap(), bytes);
        assert_eq!(parse(&shape, "()").unwrap()[8], 1, "the smallest rate there is");
        for (text, part) in [
            ("7", "Bucket(field: value"),
            ("(rate: 0)", "outside 1..=100"),
            ("(speed: 1)", "it has: rate, at, name"),
            ("(name: hex\"01020304\")", "up to 3 bytes"),
            ("(at: soon)", "is no time"),
        ] {
            assert!(parse(&shape, text).unwrap_err().contains(part), "{text}");
        }
    }

    #[test]
    fn a_number_outside_its_range_is_refused() {
        let shape = Shape::Number { bytes: 1, kind: NumberKind::Int, range: (1, 8) };
        assert!(parse(&shape, "9").is_err());
        assert_eq!(parse(&shape, "0x8").unwrap(), [8]);
    }
}
