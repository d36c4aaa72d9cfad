//! SPDX licence expressions: does a list of licences satisfy one?
//!
//! In: text such as `(MIT OR Apache-2.0) AND Unicode-3.0`; the slash that crates.io accepted once
//! means OR. Out: whether some choice of licences, all of them on the list, satisfies it.
//! Grammar: SPDX specification 2.3, annex D; AND binds tighter than OR.

/// Whether the allowed licences satisfy the expression.
///
/// # Errors
/// The text is not an expression; says where.
pub fn permits(text: &str, allowed: &[&str]) -> Result<bool, String> {
    let spaced = text.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut rest = Tokens { words: spaced.split_whitespace().collect(), at: 0 };
    let result = any(&mut rest, allowed)?;
    match rest.next() {
        None => Ok(result),
        Some(word) => Err(format!("`{word}` is not expected")),
    }
}

/// The words of an expression and how far it is read.
struct Tokens<'a> {
    words: Vec<&'a str>,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// Takes the next word.
    fn next(&mut self) -> Option<&'a str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    /// Takes the next word if it is this one.
    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }
}

/// One or more terms with OR between them.
fn any(rest: &mut Tokens<'_>, allowed: &[&str]) -> Result<bool, String> {
    let mut result = all(rest, allowed)?;
    while rest.eat("OR") {
        result |= all(rest, allowed)?;
    }
    Ok(result)
}

/// One or more factors with AND between them.
fn all(rest: &mut Tokens<'_>, allowed: &[&str]) -> Result<bool, String> {
    let mut result = one(rest, allowed)?;
    while rest.eat("AND") {
        result &= one(rest, allowed)?;
    }
    Ok(result)
}

/// A licence, with its exception, or an expression in parentheses.
fn one(rest: &mut Tokens<'_>, allowed: &[&str]) -> Result<bool, String> {
    if rest.eat("(") {
        let result = any(rest, allowed)?;
        return if rest.eat(")") { Ok(result) } else { Err("a `)` is missing".to_owned()) };
    }
    match rest.next() {
        None => Err("a licence is missing at the end".to_owned()),
        Some(word @ ("AND" | "OR" | "WITH" | ")")) => Err(format!("`{word}` is not expected")),
        Some(licence) if rest.eat("WITH") => {
            let exception = rest.next().ok_or("an exception is missing at the end")?;
            Ok(allowed.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        Some(licence) => Ok(allowed.contains(&licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::permits;

    /// What a list with MIT, Zlib and `Apache-2.0 WITH LLVM-exception` says.
    fn check(text: &str, expect: Result<bool, &str>) {
        let allowed = ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"];
        assert_eq!(permits(text, &allowed), expect.map_err(str::to_owned), "{text}");
    }

    #[test]
    fn choices_and_conjunctions() {
        check("MIT", Ok(true));
        check("GPL-2.0-only", Ok(false));
        check("GPL-2.0-only OR MIT", Ok(true));
        check("MIT AND GPL-2.0-only", Ok(false));
        check("MIT AND Zlib", Ok(true));
        check("GPL-2.0-only/MIT", Ok(true));
        check("GPL-2.0-only / LGPL-3.0-only", Ok(false));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        check("MIT OR Zlib AND GPL-2.0-only", Ok(true));
        check("(MIT OR Zlib) AND GPL-2.0-only", Ok(false));
    }

    #[test]
    fn an_exception_belongs_to_its_licence() {
        check("Apache-2.0 WITH LLVM-exception", Ok(true));
        check("Apache-2.0", Ok(false));
        check("MIT WITH LLVM-exception", Ok(false));
    }

    #[test]
    fn broken_text() {
        check("", Err("a licence is missing at the end"));
        check("(MIT", Err("a `)` is missing"));
        check("MIT Zlib", Err("`Zlib` is not expected"));
        check("OR MIT", Err("`OR` is not expected"));
        check("MIT WITH", Err("an exception is missing at the end"));
    }
}
