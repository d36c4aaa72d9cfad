//! Rust text without its comments and literals, and the functions in it.
//!
//! In: the text of a Rust file. Out: the same text with every character of a comment or of a
//! string, byte string, raw string or character literal replaced by a space, lines kept; so that
//! a search for a word or a brace finds code only. It knows tokens, no grammar.

/// A function and the lines from `fn` to its closing brace.
#[derive(PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of `fn`, from 1.
    pub line: usize,
    /// How many lines it takes.
    pub n_lines: usize,
}

/// Blanks comments and literals.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = end_of_skipped(&chars, at).unwrap_or(at);
        if end == at {
            code.push(chars[at]);
            at += 1;
            continue;
        }
        let end = end.min(chars.len());
        code.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    code
}

/// The end of the comment or literal that starts here, if one does.
fn end_of_skipped(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => Some(find(chars, at, &['\n'])),
        '/' if next == Some('*') => Some(end_of_block_comment(chars, at)),
        '"' => Some(end_of_quoted(chars, at + 1, '"')),
        'r' if starts_raw_string(chars, at) => Some(end_of_raw_string(chars, at + 1)),
        '\'' if next == Some('\\') => Some(end_of_quoted(chars, at + 1, '\'')),
        // A lifetime has no quote after its first letter.
        '\'' if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

/// The place of a sequence, from a place on, or the end of the text.
fn find(chars: &[char], from: usize, sequence: &[char]) -> usize {
    let rest = &chars[from.min(chars.len())..];
    rest.windows(sequence.len()).position(|w| w == sequence).map_or(chars.len(), |n| from + n)
}

/// The end of a block comment; these nest.
fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start + 2, 1);
    while at < chars.len() && depth > 0 {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (at, depth) = (at + 2, depth + 1),
            ('*', Some('/')) => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

/// The end of a literal with escapes, after its closing quote.
fn end_of_quoted(chars: &[char], start: usize, quote: char) -> usize {
    let mut at = start;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Whether this `r` starts a raw string: `r"`, `r#"`, `br"`, not `r#name` nor `error"`.
fn starts_raw_string(chars: &[char], at: usize) -> bool {
    let word = |at: usize| chars.get(at).is_some_and(|c| is_word(*c));
    let prefixed = at > 0 && matches!(chars[at - 1], 'b' | 'c');
    let start = if prefixed { at - 1 } else { at };
    let alone = start == 0 || !word(start - 1);
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    alone && chars.get(at + 1 + hashes) == Some(&'"')
}

/// The end of a raw string whose hashes start here.
fn end_of_raw_string(chars: &[char], hashes_at: usize) -> usize {
    let hashes = chars[hashes_at..].iter().take_while(|c| **c == '#').count();
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', hashes));
    find(chars, hashes_at + hashes + 1, &close) + close.len()
}

/// Whether a character can stand in a name.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every place of a word, as (line from 1, the rest of the text after it).
pub fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    code.match_indices(word).filter_map(move |(at, _)| {
        let (before, rest) = (&code[..at], &code[at + word.len()..]);
        let alone = !before.ends_with(is_word) && !rest.starts_with(is_word);
        alone.then(|| (1 + before.matches('\n').count(), rest))
    })
}

/// Every function that has a body.
pub fn functions(code: &str) -> Vec<Function> {
    words(code, "fn").filter_map(|(line, rest)| function(line, rest)).collect()
}

/// The function whose `fn` stands before this text. A function type and a declaration have none.
fn function(line: usize, rest: &str) -> Option<Function> {
    let name: String = rest.trim_start().chars().take_while(|c| is_word(*c)).collect();
    if name.is_empty() {
        return None;
    }
    // Braces inside parentheses, as in a default constant argument, are not the body.
    let (mut depth, mut braces, mut n_lines) = (0_u32, 0_u32, 1);
    for c in rest.chars() {
        match c {
            '\n' => n_lines += 1,
            '(' | '[' if braces == 0 => depth += 1,
            ')' | ']' if braces == 0 => depth = depth.saturating_sub(1),
            ';' if braces == 0 && depth == 0 => return None,
            '{' if depth == 0 => braces += 1,
            '}' if depth == 0 => {
                braces = braces.checked_sub(1)?;
                if braces == 0 {
                    return Some(Function { name, line, n_lines });
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Function, code_only, functions, words};

    /// What is left of a text.
    fn check(text: &str, expect: &str) {
        assert_eq!(code_only(text), expect);
    }

    #[test]
    fn comments_are_blanked() {
        check("a // b \" c\nd", "a         \nd");
        check("a /* b /* c */ d */ e", "a                   e");
        check("a / b", "a / b");
    }

    #[test]
    fn literals_are_blanked() {
        check(r#"f("a\"{", 1)"#, r"f(      , 1)");
        check("r\"\\\" {", "     {");
        check("br#\"a\"}\"# {", &format!("b{} {{", " ".repeat(8)));
        check("r#fn + error\"x\"", "r#fn + error   ");
        check("'{' '\\'' '\\u{7f}' &'a str <'b>", &format!("{}&'a str <'b>", " ".repeat(18)));
    }

    #[test]
    fn text_that_ends_early_ends() {
        for text in ["\"a", "/* a", "r#\"a", "'\\", "\"a\\", "'"] {
            assert_eq!(code_only(text).chars().count(), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn whole_words_only() {
        let found: Vec<usize> = words("fn a\nfnord\nmy_fn\n(fn)", "fn").map(|w| w.0).collect();
        assert_eq!(found, [1, 4]);
    }

    #[test]
    fn functions_have_bodies() {
        let text = "\
            fn a() {}\n\
            trait T { fn b(&self); fn c(x: [u8; 3]) -> fn(u8) {\n\
                if x { \"}\" }\n\
            } }\n\
            fn d(\n\
                x: u8,\n\
            ) {\n\
            }\n";
        let function = |name: &str, line, n_lines| Function { name: name.into(), line, n_lines };
        let found = functions(&code_only(text));
        assert_eq!(found, [function("a", 1, 1), function("c", 2, 3), function("d", 5, 4)]);
    }
}
