//! Hostile input: nothing panics, nothing overflows the stack, every tree holds its promises.
//!
//! In: input from a generator with fixed seeds, so every run is the same. These tests run on
//! threads with 2 MiB of stack, the default of Rust, unoptimized: the worst case.

use crate::tree::{check_tree, corpus};
use syrup_diag::{Diagnostics, RenderOptions, Sources, limits, render_all};
use syrupc::syntax;

/// A generator of numbers: xorshift64* (Vigna 2016, "An experimental exploration of Marsaglia's
/// xorshift generators, scrambled").
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }
}

/// Parses a text and checks what holds of every text.
fn check(text: &str) {
    let mut sources = Sources::new();
    let id = sources.add("fuzz.syr", text);
    let mut diags = Diagnostics::new();
    let file = syntax::parse(id, text, &mut diags);
    let checked = check_tree(&file, text);
    assert!(
        checked.n_errors == 0 || diags.has_errors(),
        "an error node without a report: {text:?}"
    );
    assert!(diags.len() <= limits::DIAGNOSTICS_MAX);
    for diagnostic in diags.iter() {
        let labels = diagnostic.secondary.iter().map(|label| label.span);
        let edits = diagnostic.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        for span in labels.chain(edits).chain([diagnostic.primary.span]) {
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{span:?} in {diagnostic:?}");
        }
    }
    if text.len() < 4096 {
        render_all(diags.iter(), &sources, RenderOptions::default());
    }
}

#[test]
fn random_characters() {
    let mut rng = Rng(1);
    for _ in 0..400 {
        let length = rng.below(300);
        let bytes: Vec<u8> = (0..length).map(|_| rng.next() as u8).collect();
        check(&String::from_utf8_lossy(&bytes));
        let ascii: String = bytes.iter().map(|byte| char::from(byte & 0x7f)).collect();
        check(&ascii);
    }
}

/// Every kind of token, the common ones more than once.
const SOUP: [&str; 116] = [
    "edition 2026;",
    "use",
    "pub",
    "const",
    "param",
    "enum",
    "header",
    "struct",
    "map",
    "state",
    "executors",
    "queue",
    "fn",
    "policy",
    "on",
    "test",
    "given",
    "expect",
    "forall",
    "let",
    "var",
    "return",
    "if",
    "else",
    "match",
    "for",
    "in",
    "update",
    "as",
    "pick",
    "from",
    "where",
    "least",
    "most",
    "after",
    "true",
    "false",
    "_",
    "->",
    "=>",
    "..=",
    "..",
    ".",
    ",",
    ";",
    ":",
    "@",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "==",
    "!=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "||",
    "&&",
    "|",
    "^",
    "&",
    "<<",
    ">>",
    "+",
    "-",
    "+%",
    "-%",
    "+|",
    "-|",
    "*",
    "/",
    "%",
    "*%",
    "!",
    "~",
    "x",
    "y",
    "workers",
    "u32",
    "12",
    "5us",
    "\"s\"",
    "b\"s\"",
    "hex\"00\"",
    "\"",
    "$",
    "é",
    "\0",
    "/*",
    "// c\n",
    "/// d\n",
    "'a'",
    "\n",
    "\n",
    "x",
    "{",
    "}",
    "(",
    ")",
    ";",
    ",",
    "let x = ",
    "match x {",
    "policy p(",
    "x.y",
    "=> ",
    "if x {",
    "1",
    "fn f(",
    "} else {",
    "struct S {",
];

#[test]
fn token_soup() {
    let mut rng = Rng(2);
    for round in 0..1500 {
        let length = rng.below(60);
        let mut text = String::new();
        if round % 2 == 0 {
            text.push_str("edition 2026;\nfn f(x: u32) -> u32 {\n");
        }
        for _ in 0..length {
            text.push_str(rng.pick(&SOUP));
            text.push_str(rng.pick(&["", " ", " ", " ", "\n"]));
        }
        check(&text);
    }
}

/// The boundary of a character near a random place.
fn place(rng: &mut Rng, text: &str) -> usize {
    let mut at = rng.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[test]
fn changed_policies() {
    let mut rng = Rng(3);
    let corpus = corpus();
    for _ in 0..900 {
        let mut text = corpus[rng.below(corpus.len())].1.clone();
        for _ in 0..=rng.below(3) {
            let (a, b) = (place(&mut rng, &text), place(&mut rng, &text));
            let (a, b) = (a.min(b), a.max(b));
            let near = (a..=b.min(a + 40)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(a);
            match rng.below(5) {
                0 => text.truncate(b),
                1 => text.replace_range(a..near, ""),
                2 => {
                    let copy = text[a..near].to_owned();
                    text.insert_str(b, &copy);
                }
                3 => text.insert_str(a, rng.pick(&SOUP)),
                _ => text.replace_range(a..near, rng.pick(&SOUP)),
            }
        }
        check(&text);
    }
}

/// Bytes of a repeated text: all that is allowed, or a part of it where the compiler under test
/// is not optimized and the test would take minutes.
const REPEATED_BYTES: usize =
    if cfg!(debug_assertions) { limits::SOURCE_BYTES_MAX / 32 } else { limits::SOURCE_BYTES_MAX };

/// A long text: `open` and `close` around `core` as often as fits.
fn repeated(head: &str, open: &str, core: &str, close: &str, tail: &str) -> String {
    repeated_bytes(REPEATED_BYTES, head, open, core, close, tail)
}

fn repeated_bytes(
    n_bytes: usize,
    head: &str,
    open: &str,
    core: &str,
    close: &str,
    tail: &str,
) -> String {
    let rest = n_bytes - head.len() - core.len() - tail.len();
    let n = rest / (open.len() + close.len());
    [head, &open.repeat(n), core, &close.repeat(n), tail].concat()
}

#[test]
fn deep_expressions() {
    let pairs = [
        ("(", ")"),
        ("[", "]"),
        ("!", ""),
        ("- ", ""),
        ("f(", ")"),
        ("f[", "]"),
        ("a else ", ""),
        ("a + ", ""),
        ("a || ", ""),
        ("a.", ""),
        ("if a { ", "}"),
        ("if a { } else ", ""),
        ("match a { _ => ", "}"),
        ("a else { ", "}"),
        ("pick w from a where ", ""),
        ("update m as b { ", "}"),
    ];
    for (open, close) in pairs {
        for close in [close, ""] {
            let head = "edition 2026;\nfn f() { let x = ";
            check(&repeated(head, open, "a", close, "; }"));
        }
    }
}

#[test]
fn deep_everything_else() {
    let cases = [
        ("map m: ", "A<", "u8", ">", ";"),
        ("map m: ", "a[", "1", "]", ";"),
        ("header h after ", "a(b: ", "_", ")", " { x: u8 }"),
        ("header h after ", "a / ", "b", "", " { x: u8 }"),
        ("header h after ", "a | ", "b", "", " { x: u8 }"),
        ("fn f() { ", "for i in 0..1 { ", "", "}", " }"),
        ("fn f() { ", "{", "", "}", " }"),
        ("", "@a(", "1", ")", " fn f() { }"),
        ("", "@a ", "", "", " fn f() { }"),
        ("", "pub ", "", "", " fn f() { }"),
        ("use ", "a.", "b", "", ";"),
    ];
    for (head, open, core, close, tail) in cases {
        check(&repeated(&format!("edition 2026;\n{head}"), open, core, close, tail));
    }
}

#[test]
fn long_runs() {
    let runs = [
        "a",
        "1",
        "$",
        "$ ",
        "é",
        "\0",
        " ",
        "\n",
        ";",
        "}",
        ")",
        "{",
        "(",
        "[ ",
        "a b ",
        "a;\n",
        "\"",
        "\"\n",
        "//\n",
        "/*",
        "1 ",
        "policy ",
        "policy p ",
        "fn f() { } ",
        "struct S { a: u8; } ",
        "let x = 1; ",
        "a:",
        "}{",
        ")(",
        "edition 2026; ",
        "x < ",
    ];
    for run in runs {
        check(&repeated("", run, "", "", ""));
        check(&repeated("edition 2026;\nfn f() { ", run, "", "", " }\nfn g() { }"));
    }
    check(&repeated("edition 2026;\nconst A: u64 = ", "9", "", "", ";"));
    check(&repeated("edition 2026;\nconst A: u64 = 0x", "f", "", "", ";"));
}

#[test]
fn largest_files() {
    let file = |head: &str, run: &str, tail: &str| {
        let head = format!("edition 2026;\n{head}");
        check(&repeated_bytes(limits::SOURCE_BYTES_MAX, &head, run, "1", "", tail));
    };
    file("const A: u8 = ", "(", ";");
    file("const A: u8 = ", "!", ";");
    file("const A: u8 = ", "a + ", ";");
    file("const A: u8 = ", "if a { } else ", ";");
    file("", "policy p ", "");
    file("", "fn f() { let x = 1; } ", "");
}

#[test]
fn one_byte_too_many() {
    let fits = " ".repeat(limits::SOURCE_BYTES_MAX);
    let report = |text: &str| {
        let mut diags = Diagnostics::new();
        let file = syntax::parse(syrup_diag::FileId(0), text, &mut diags);
        assert!(file.items.is_empty());
        diags.iter().map(|diagnostic| diagnostic.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(report(&fits), ["E0007"]);
    assert_eq!(report(&format!("{fits} ")), ["E0006"]);
}
