//! Round trips of the text form, and the messages of `parse`.

use super::{PrintOptions, parse, print};

const EVERYTHING: &str = r#"module "a name with \"quotes\""
hook socket_select window transport caps store, atomic_add
licence "Dual MIT/GPL"
set s0 workers: socket[64] else pass @0:1..9
set s1 cores: core[8] else drop
map m0 tokens: hash[100] key u32 value atomic u64 user write pin "a/b"
map m1 turn: state[1] key u32 value u32/8 in 1..=9 initial "0102030405060708"
map m2 s: array[4] key u32 value struct S[24, 8] { a + 0: u8, b + 8: bytes[11] } user add
map m3 ring: maglev(s0)[7] key u32 value exec s0 u32 user read
map m4 e: lru_hash[9] key enum Op { GET = 1, "a b" = 2 } u64 value bool u1
map m5 t: per_task[9] key task u64 value time u64
param p0 choices: u32 = 2 in 1..=8 @3:4..5

func packet @0:0..90 {
b0:
    v0: u32 = len s0 @0:5..6
    v1: u32 = const 3
    v2: u1 = lt v0, v1
    br v2, b1, b2(v0) @0:7..8
b1:
    return drop empty s0
b2(v3: u32 @0:1..2):
    view transport + 8 + v3 len 16, b3 else b1
b3(v4: view):
    v5: u64 = load v4 + 8 be
    v6: u32 = convert v5
    lookup m0 [v6], b4(v4) else b1
b4(v7: cell m0, v8: view):
    v9: u64 = atomic_add v7 + 0, v5
    atomic_max v7 + 0, v9
    v10: u1 = insert m0 [v6] = [v9]
    remove m0 [v6]
    v11: u32 = random
    v12: u32 = random v11
    jump b5(v1)
b5(v13: u32):
    loop v12 max 4, b6 else b7
b6:
    next b5
b7:
    v14: exec s0 = executor s0, v13
    return steer v14 no_slot s0
}
"#;

#[test]
fn print_gives_back_what_parse_read() {
    let module = parse(EVERYTHING).expect("the text is correct");
    let printed = print(&module, PrintOptions { spans: true });
    assert_eq!(printed, EVERYTHING);
    assert_eq!(parse(&printed), Ok(module));
}

#[test]
fn without_spans_only_the_spans_are_lost() {
    let module = parse(EVERYTHING).expect("the text is correct");
    let bare = print(&module, PrintOptions::default());
    assert!(!bare.contains('@'));
    let again = parse(&bare).expect("it printed this itself");
    assert_eq!(print(&again, PrintOptions { spans: true }), bare);
}

#[test]
fn errors_say_the_line() {
    let head = "module m\nhook h window net\nlicence \"x\"\n";
    let cases = [
        ("module m\nhook h windows net", "line 2: expected `window`, found windows"),
        ("module m", "the text ends before its `hook` line"),
        ("module 3", "line 1: expected a name, found 3"),
        ("module m §", "line 1: `§` means nothing here"),
    ];
    for (text, message) in cases {
        assert_eq!(parse(text), Err(message.to_owned()), "{text}");
    }
    let cases = [
        ("func f {\nb1:\nreturn pass\n}", "line 5: b1 is out of order, expected b0"),
        ("func f {\nb0:\nreturn maybe\n}", "line 6: no verdict is called maybe"),
        ("func f {\nb0:\nreturn pass 3\n}", "line 6: expected the end of the line, found 3"),
        ("func f {\nb0:\nv1: u8 = cpu\nreturn pass\n}", "line 4: v0 is never defined, but v1 is"),
        ("func f {\nb0:\nv0: u8 = frob v1\n}", "line 6: no operation is called frob"),
        ("func f {\nb0:\nv0: u8 = cpu", "line 5: b0 has no terminator"),
        ("func f {", "line 4: function f has no closing brace"),
        ("map m1 x: hash[1] key u8 value u8", "line 4: m1 is out of order, expected m0"),
        ("map m0 x: hash[4294967296] key u8 value u8", "line 4: 4294967296 does not fit 32 bits"),
        ("param p0 x: u8 = 1 in 0..=1 @1:3..2", "line 4: a span that ends before it starts"),
        ("set s0 x: socket[99999999999999999999]", "line 4: 99999999999999999999 is too large"),
    ];
    for (text, message) in cases {
        assert_eq!(parse(&format!("{head}{text}")), Err(message.to_owned()), "{text}");
    }
}
