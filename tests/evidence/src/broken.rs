//! Policies that are wrong by one edit, and policies of the repository with words exchanged.
//!
//! In: texts, a seed. Out: whether the compiler says so within the file, and never crashes. What it
//! still takes after an exchange is run like any policy.

use syrupc::testing::Rng;

/// Makes a generated policy wrong by one edit; the name of the edit and the text. Nothing where the
/// text has no place for the edit that was drawn.
pub fn break_once(source: &str, seed: u64) -> Option<(&'static str, String)> {
    let mut rng = Rng::new(seed);
    match rng.next_u64() % 5 {
        0 => Some(("an unknown name", rename_use(source, &mut rng)?)),
        1 => Some(("a match without `_`", uncover(source)?)),
        2 => Some(("a condition for a number", condition_for_number(source, &mut rng)?)),
        3 => Some(("a bracket that is missing", drop_bracket(source, &mut rng)?)),
        _ => Some(("a name declared twice", declare_twice(source)?)),
    }
}

/// Places where a text stands.
fn places(source: &str, what: &str) -> Vec<usize> {
    source.match_indices(what).map(|(at, _)| at).collect()
}

fn one_of(rng: &mut Rng, places: &[usize]) -> Option<usize> {
    let n = places.len().max(1) as u64;
    places.get((rng.next_u64() % n) as usize).copied()
}

/// The first header that a pattern names becomes one that nobody declared.
fn rename_use(source: &str, rng: &mut Rng) -> Option<String> {
    let body = source.find("policy p")?;
    let found = [" udp", " tcp", "\nudp", "\ntcp"].map(|name| places(&source[body..], name));
    let at = body + one_of(rng, &found.concat())? + 1;
    Some(format!("{}unknown_{}", &source[..at], &source[at..]))
}

/// The last arm of the outermost match goes.
fn uncover(source: &str) -> Option<String> {
    let start = source.find("match pkt {\n")?;
    let last = source.rfind("\n_ => ")?;
    // Only a match that this arm ends: nothing but its own closing brackets follows.
    let rest = &source[last + 1..];
    let end = rest.find(",\n}\n}")?;
    let is_last = rest[end..].trim_end() == ",\n}\n}" && !rest[..end].contains('\n');
    (is_last && start < last).then(|| format!("{}{}", &source[..last + 1], &rest[end + 2..]))
}

/// An operand becomes `true`.
fn condition_for_number(source: &str, rng: &mut Rng) -> Option<String> {
    let found = [" +% ", " -% ", " *% ", " +| ", " -| "].map(|sign| places(source, sign));
    let at = one_of(rng, &found.concat())? + 4;
    let end = at + source[at..].find([')', ' ', ',', ';', '\n'])?;
    let operand = &source[at..end];
    let is_plain = operand.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_plain.then(|| format!("{}true{}", &source[..at], &source[end..]))
}

fn drop_bracket(source: &str, rng: &mut Rng) -> Option<String> {
    let found = ["(", ")", "{", "}"].map(|bracket| places(source, bracket));
    let at = one_of(rng, &found.concat())?;
    Some(format!("{}{}", &source[..at], &source[at + 1..]))
}

fn declare_twice(source: &str) -> Option<String> {
    let line = source.lines().find(|line| line.starts_with("executors "))?;
    Some(format!("{source}{line}\n"))
}

/// Signs that may stand for each other.
const SIGNS: [&str; 18] = [
    "+", "-", "*", "/", "%", "+%", "-%", "*%", "+|", "-|", "<", "<=", ">", ">=", "==", "!=", "<<",
    ">>",
];

/// Exchanges a few numbers, signs or names for others of the same text.
pub fn exchange(source: &str, seed: u64) -> String {
    let mut rng = Rng::new(seed);
    let mut words = crate::minimise::words(source);
    for _ in 0..=rng.next_u64() % 3 {
        let at = (rng.next_u64() % words.len().max(1) as u64) as usize;
        let Some(word) = words.get(at).cloned() else { continue };
        let is_number = word.chars().all(|c| c.is_ascii_digit());
        let by = match (is_number, SIGNS.contains(&word.as_str())) {
            (true, _) => [0, 1, 2, 7, 64, 255, 65_535, u64::from(u32::MAX)]
                [(rng.next_u64() % 8) as usize]
                .to_string(),
            (_, true) => SIGNS[(rng.next_u64() % SIGNS.len() as u64) as usize].to_owned(),
            _ => {
                let names = |other: &&String| {
                    other.chars().all(|c| c.is_alphanumeric() || c == '_') == is_name(&word)
                };
                let others: Vec<&String> = words.iter().filter(names).collect();
                let n = others.len().max(1) as u64;
                others.get((rng.next_u64() % n) as usize).map_or(word, |other| (*other).clone())
            }
        };
        words[at] = by;
    }
    crate::minimise::joined(&words)
}

fn is_name(word: &str) -> bool {
    word.chars().all(|c| c.is_alphanumeric() || c == '_')
}
