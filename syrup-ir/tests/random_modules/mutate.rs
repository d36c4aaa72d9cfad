//! Changes the text of a module at random: most results are malformed, some are other modules.

use crate::rng::Rng;

/// Words that may stand for each other.
const GROUPS: [&[&str]; 12] = [
    &["add", "sub", "mul", "div", "rem", "and", "or", "xor", "shl", "shr", "min", "max"],
    &["eq", "ne", "lt", "le"],
    &["u1", "u8", "u16", "u32", "u64", "view", "u13", "task"],
    &["jump", "next"],
    &["frame", "net", "transport"],
    &["state", "array", "hash", "lru_hash", "per_cpu_state", "per_task", "log", "lpm"],
    &["pass", "drop", "keep", "idle"],
    &["runnable", "available", "start", "stop", "tick", "enable", "hint"],
    &["is_idle", "claim"],
    &["fifo", "ordered"],
    &["read", "slot", "convert", "byteswap", "random"],
    &["atomic_add", "atomic_sub", "atomic_exchange", "atomic_max", "write"],
];

/// The text with one to three words changed.
pub fn mutate(text: &str, rng: &mut Rng) -> String {
    let mut words: Vec<String> = Vec::new();
    for c in text.chars() {
        let joins = |word: &String| {
            let last = word.chars().last();
            last.is_some_and(|last| is_word(last) && is_word(c))
        };
        match words.last_mut().filter(|word| joins(word)) {
            Some(word) => word.push(c),
            None => words.push(c.to_string()),
        }
    }
    for _ in 0..1 + rng.below(3) {
        for _ in 0..50 {
            let at = rng.below(words.len() as u64) as usize;
            if let Some(new) = other(&words[at], rng) {
                words[at] = new;
                break;
            }
        }
    }
    words.concat()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Another word for this one: an id or number near it, or a word of its group.
fn other(word: &str, rng: &mut Rng) -> Option<String> {
    if let Some(group) = GROUPS.iter().find(|group| group.contains(&word)) {
        return Some(rng.pick(group).to_owned());
    }
    let digits = word.trim_start_matches(['v', 'b', 'm', 's', 'p', 'q']);
    let prefix = &word[..word.len() - digits.len()];
    let number: u64 = digits.parse().ok()?;
    let near = match rng.below(4) {
        0 => rng.below(number.max(1)),
        1 => number.saturating_add(1 + rng.below(3)),
        2 => number.saturating_sub(1 + rng.below(3)),
        _ if prefix.is_empty() => rng.number(32),
        _ => rng.below(12),
    };
    Some(format!("{prefix}{near}"))
}
