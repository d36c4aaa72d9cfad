//! Prefixes of addresses as people write them: `10.0.0.0/8`, `2001:db8::/32`, `0a00/16`.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Writes a prefix whose address has `n_bytes` bytes.
pub(super) fn show(key: &[u8], n_bytes: usize) -> String {
    let n_bits = key.first_chunk().map_or(0, |bits| u32::from_le_bytes(*bits));
    let address = key.get(4..).unwrap_or_default();
    let address = address.get(..n_bytes.min(address.len())).unwrap_or_default();
    let text = if let Ok(four) = <[u8; 4]>::try_from(address) {
        Ipv4Addr::from(four).to_string()
    } else if let Ok(sixteen) = <[u8; 16]>::try_from(address) {
        Ipv6Addr::from(sixteen).to_string()
    } else {
        address.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    format!("{text}/{n_bits}")
}

/// Reads a prefix; without a number of bits all count.
///
/// # Errors
/// One sentence that says what is expected.
pub(super) fn parse(text: &str, n_bytes: usize) -> Result<Vec<u8>, String> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
    let address = address_of(address, n_bytes)?;
    let most = address.len() as u32 * 8;
    let n_bits = match bits.map(str::parse::<u32>) {
        None => most,
        Some(Ok(n_bits)) if n_bits <= most => n_bits,
        Some(_) => return Err(format!("`{text}` needs a number of bits from 0 to {most}")),
    };
    let mut key = n_bits.to_le_bytes().to_vec();
    key.extend(address);
    key.resize(key.len().next_multiple_of(4), 0);
    Ok(key)
}

fn address_of(text: &str, n_bytes: usize) -> Result<Vec<u8>, String> {
    let fails = |example: &str| format!("`{text}` is no address like {example}");
    match n_bytes {
        4 => {
            let address = text.parse::<Ipv4Addr>().map_err(|_| fails("10.0.0.0/8"))?;
            Ok(address.octets().to_vec())
        }
        16 => {
            let address = text.parse::<Ipv6Addr>().map_err(|_| fails("2001:db8::/32"))?;
            Ok(address.octets().to_vec())
        }
        n => {
            let example = format!("{}/8", "0a".repeat(n));
            let is_hex = text.len() == 2 * n && text.bytes().all(|b| b.is_ascii_hexdigit());
            let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).ok();
            let bytes = || (0..n).map(|i| digits(2 * i)).collect::<Option<Vec<u8>>>();
            is_hex.then(bytes).flatten().ok_or_else(|| fails(&example))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_read_as_it_is_shown() {
        for (text, n_bytes) in
            [("10.0.0.0/8", 4), ("0.0.0.0/0", 4), ("2001:db8::/32", 16), ("0a0b/12", 2)]
        {
            assert_eq!(show(&parse(text, n_bytes).unwrap(), n_bytes), text);
        }
        assert_eq!(show(&parse("1.2.3.4", 4).unwrap(), 4), "1.2.3.4/32");
    }

    #[test]
    fn what_is_no_prefix_says_so() {
        for (text, n_bytes) in
            [("10.0.0/8", 4), ("10.0.0.0/33", 4), ("10.0.0.0/x", 4), ("::g/8", 16), ("é", 2)]
        {
            assert!(parse(text, n_bytes).unwrap_err().contains('`'), "{text}");
        }
    }
}
