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
        Shape::Bytes { .. } => {
            let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
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
    if let Shape::Prefix { bytes } = shape {
        return prefix::parse(text, *bytes as usize);
    }
    let Shape::Number { bytes, kind, range } = shape else {
        return Err("only numbers can be written from the command line yet".to_owned());
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
        _ => plain(text).ok_or_else(|| format!("`{text}` is no number"))?,
    };
    if number < range.0 || number > range.1 {
        return Err(format!("{number} is outside {}..={}", range.0, range.1));
    }
    Ok(number.to_le_bytes()[..*bytes as usize].to_vec())
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
    fn a_number_outside_its_range_is_refused() {
        let shape = Shape::Number { bytes: 1, kind: NumberKind::Int, range: (1, 8) };
        assert!(parse(&shape, "9").is_err());
        assert_eq!(parse(&shape, "0x8").unwrap(), [8]);
    }
}
