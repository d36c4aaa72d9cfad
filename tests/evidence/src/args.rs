//! The words of the command line: `--name value` pairs.
//!
//! In: words. Out: numbers and texts by name, or one sentence.

use std::collections::BTreeMap;

/// What was given.
pub struct Args(BTreeMap<String, String>);

impl Args {
    /// Reads pairs; `known` are the names that the command has.
    ///
    /// # Errors
    /// One sentence: a name that is not known, or one without a value.
    pub fn read(words: &[String], known: &[&str]) -> Result<Args, String> {
        let mut found = BTreeMap::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").filter(|name| known.contains(name));
            let Some(name) = name else {
                return Err(format!("I do not know `{word}`; known: --{}", known.join(", --")));
            };
            let Some(value) = words.next() else { return Err(format!("`{word}` needs a value")) };
            found.insert(name.to_owned(), value.clone());
        }
        Ok(Args(found))
    }

    /// A number.
    ///
    /// # Errors
    /// One sentence: it is no number.
    pub fn number(&self, name: &str, otherwise: u64) -> Result<u64, String> {
        let Some(text) = self.0.get(name) else { return Ok(otherwise) };
        text.parse().map_err(|_| format!("--{name} takes a number, not `{text}`"))
    }

    /// A text, where it was given.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Args;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn pairs_are_read_and_others_are_named() {
        let args = Args::read(&words("--seed 7"), &["seed", "size"]).ok();
        assert_eq!(args.and_then(|args| args.number("seed", 1).ok()), Some(7));
        let message = Args::read(&words("--sed 7"), &["seed"]).err();
        assert_eq!(message.as_deref(), Some("I do not know `--sed`; known: --seed"));
        let message = Args::read(&words("--seed"), &["seed"]).err();
        assert_eq!(message.as_deref(), Some("`--seed` needs a value"));
    }
}
