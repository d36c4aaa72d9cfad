//! Makes a text smaller as long as something stays true of it.
//!
//! In: a text, a test. Out: a smaller text for which the test holds. Works on words and balanced
//! brackets, from large pieces to small ones: deletes them, replaces groups by what is in them, and
//! numbers by smaller ones. Texts that no longer compile are told apart by the test.

/// Attempts after which the text is small enough.
const ATTEMPTS_MAX: usize = 6000;

/// A text that shrinks.
struct Shrinking<'t> {
    words: Vec<String>,
    holds: &'t mut dyn FnMut(&str) -> bool,
    n_attempts: usize,
}

/// Gives the smallest text that was found.
pub fn minimise(text: &str, holds: &mut dyn FnMut(&str) -> bool) -> String {
    let mut shrinking = Shrinking { words: words(text), holds, n_attempts: 0 };
    loop {
        let before = shrinking.words.clone();
        shrinking.delete_pieces();
        shrinking.open_groups();
        shrinking.shrink_numbers();
        if shrinking.words == before || shrinking.n_attempts >= ATTEMPTS_MAX {
            return joined(&shrinking.words);
        }
    }
}

/// Words, numbers, strings, signs and ends of lines.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            ' ' => 1,
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c if c.is_alphanumeric() || c == '_' => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
                end.unwrap_or(rest.len())
            }
            c if "=<>.&|+-*%".contains(c) => {
                let end = rest.find(|c: char| !"=<>.&|+-*%".contains(c));
                end.unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        if first != ' ' {
            found.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
    found
}

/// The text again; a blank between words where it is needed or pleasant.
pub(crate) fn joined(words: &[String]) -> String {
    let mut text = String::new();
    let tight = |before: &str, word: &str| {
        matches!(word, "," | ";" | ")" | "]" | ":" | "\n")
            || word.starts_with('.')
            || matches!(before, "(" | "[" | "\n" | "!" | "~" | "@")
            || before.ends_with('.')
            || word == "["
            || (matches!(before, "b" | "hex") && word.starts_with('"'))
            || (word == "(" && before.chars().all(|c| c.is_alphanumeric() || c == '_'))
    };
    for (at, word) in words.iter().enumerate() {
        if at > 0 && !tight(&words[at - 1], word) {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

impl Shrinking<'_> {
    /// Takes a change where the test still holds.
    fn try_words(&mut self, words: Vec<String>) -> bool {
        if self.n_attempts >= ATTEMPTS_MAX || words == self.words {
            return false;
        }
        self.n_attempts += 1;
        let holds = (self.holds)(&joined(&words));
        if holds {
            self.words = words;
        }
        holds
    }

    /// Deletes balanced pieces, large ones first.
    fn delete_pieces(&mut self) {
        let mut length = self.words.len() / 2;
        while length > 0 {
            let mut at = 0;
            while at + length <= self.words.len() {
                let piece = &self.words[at..at + length];
                let is_worth = length > 1 || piece[0] != "\n";
                if is_worth && is_balanced(piece) {
                    let mut words = self.words.clone();
                    words.drain(at..at + length);
                    if self.try_words(words) {
                        continue;
                    }
                }
                at += (length / 4).max(1);
            }
            length = length * 3 / 4;
        }
    }

    /// Replaces groups by what is in them, by parts of it, or by a short value.
    fn open_groups(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            if let Some(end) = closing(&self.words, at) {
                let inner = self.words[at + 1..end].to_vec();
                let one = |word: &str| vec![word.to_owned()];
                let halves = operands(&inner);
                let simple = [one("0"), one("1"), one("true"), one("pass"), inner];
                for by in halves.into_iter().chain(simple) {
                    let mut words = self.words.clone();
                    if by.len() >= end + 1 - at {
                        continue;
                    }
                    words.splice(at..=end, by);
                    if self.try_words(words) {
                        break;
                    }
                }
            }
            at += 1;
        }
    }

    fn shrink_numbers(&mut self) {
        for at in 0..self.words.len() {
            let Ok(number) = self.words[at].parse::<u64>() else { continue };
            for smaller in [0, 1, number / 2, number.saturating_sub(1)] {
                if smaller < number && self.words.get(at - at.min(1)).is_none_or(|w| w != "edition")
                {
                    let mut words = self.words.clone();
                    words[at] = smaller.to_string();
                    if self.try_words(words) {
                        break;
                    }
                }
            }
        }
    }
}

/// Whether each bracket in a piece has its partner there.
fn is_balanced(piece: &[String]) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for word in piece {
        match word.as_str() {
            "(" | "[" | "{" => open.push(word),
            ")" if open.pop() != Some("(") => return false,
            "]" if open.pop() != Some("[") => return false,
            "}" if open.pop() != Some("{") => return false,
            _ => {}
        }
    }
    open.is_empty()
}

/// The partner of a bracket.
fn closing(words: &[String], at: usize) -> Option<usize> {
    if !matches!(words[at].as_str(), "(" | "[" | "{") {
        return None;
    }
    let mut depth = 0;
    for (end, word) in words.iter().enumerate().skip(at) {
        match word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(end);
        }
    }
    None
}

/// The parts of a group between signs and commas that stand directly in it.
fn operands(inner: &[String]) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0;
    for word in inner {
        match word.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        let is_sign = word.chars().all(|c| "=<>&|+-*%,/^".contains(c));
        if depth == 0 && is_sign {
            parts.push(Vec::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(word.clone());
        }
    }
    parts.retain(|part| !part.is_empty());
    if parts.len() > 1 { parts } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::{joined, minimise, words};

    #[test]
    fn words_make_the_text_again() {
        let text = "policy p(pkt: Packet) -> a {\nlet x = b\"a b\"[1..2];\n}";
        assert_eq!(words(&joined(&words(text))), words(text));
    }

    #[test]
    fn what_does_not_matter_goes() {
        let text = "a {\nlet x = (1 + f(700, (2 * 9)));\nlet y = 3;\n}\nb { }\n";
        let small = minimise(text, &mut |text| {
            let is_whole = text.matches('(').count() == text.matches(')').count();
            is_whole && text.contains("f(")
        });
        assert_eq!(small.trim(), "f()");
    }
}
