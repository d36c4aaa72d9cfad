//! Files that use each other in every way.

use crate::change::{below, pick};
use crate::{rounds, survives};
use syrup_tests::memory::Memory;
use syrupc::testing::Rng;

/// Declarations that the files are made of; `{}` is another file.
const ITEMS: [&str; 14] = [
    "use {};",
    "use {};",
    "use {}.Op;",
    "use {}.Request;",
    "use {}.K;",
    "use std.udp;",
    "use std.nothing;",
    "pub const K: u32 = {}.K;",
    "pub const K: u32 = 3;",
    "pub enum Op: u64 { GET = 1, SCAN = 2 }",
    "enum Op: u8 { A = 1 }",
    "pub header Request after udp { op: le<Op> }",
    "pub header Request { op: le<{}.Op> }",
    "policy p(pkt: Packet) -> verdict { \
         match pkt { udp / {}.Request(op: SCAN) => drop, _ => pass } }",
];

#[test]
fn files_in_circles() {
    for seed in 0..500 * rounds() {
        let mut rng = Rng::new(seed);
        let names = ["fuzz", "a", "b", "sub/a", "udp"];
        let mut files = Memory::default();
        for name in names {
            let mut text = "edition 2026;\n".to_owned();
            for _ in 0..below(&mut rng, 5) {
                let other = pick(&mut rng, &["fuzz", "a", "b", "sub.a", "a.a", "udp", "lost"]);
                text.push_str(&pick(&mut rng, &ITEMS).replace("{}", other));
                text.push('\n');
            }
            files.0.insert(format!("{name}.syr"), text);
        }
        let main = files.0["fuzz.syr"].clone();
        survives(&main, &files);
    }
}

/// Each file uses the next: the chain is longer than any limit.
#[test]
fn a_long_chain() {
    let text = |n: u32| format!("edition 2026;\nuse f{}.K;\npub const K: u32 = K;\n", n + 1);
    let files = (0..2_000).map(|n| (format!("f{n}.syr"), text(n))).collect();
    survives("edition 2026;\nuse f0.K;\n", &Memory(files));
}

/// Each file uses the next two by two paths: following every path would never end.
#[test]
fn a_dense_net() {
    let uses = |n: u32| (1..=4).map(move |step| format!("use f{};\n", n + step));
    let text = |n: u32| format!("edition 2026;\n{}", uses(n).collect::<String>());
    let files = (0..200).map(|n| (format!("f{n}.syr"), text(n))).collect();
    survives("edition 2026;\nuse f0;\n", &Memory(files));
}
