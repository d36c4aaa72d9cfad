//! The options of a command line.
//!
//! In: words. Out: numbers.

/// Numbers by name: `--programs 100 --seed 7`.
pub fn numbers<const N: usize>(
    words: &[&str],
    known: [(&str, u64); N],
) -> Result<[u64; N], Vec<String>> {
    let mut values = known.map(|(_, default)| default);
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(vec![crate::USAGE.to_owned()]) };
        let at = known.iter().position(|(known, _)| name.strip_prefix("--") == Some(known));
        let at = at.ok_or_else(|| vec![format!("there is no {name}"), crate::USAGE.to_owned()])?;
        values[at] = value.parse().map_err(|_| vec![format!("{name} {value}: no number")])?;
    }
    Ok(values)
}
