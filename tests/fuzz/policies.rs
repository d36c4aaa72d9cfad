//! Policies of the repository, changed; and words in a row.

use crate::change::{below, damage, exchange, soup};
use crate::{rounds, survives};
use std::sync::LazyLock;
use syrup_tests::memory::Memory;
use syrupc::testing::Rng;

/// Texts to start from.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folders = ["examples", "tests/corpus", "tests/ui", "stdlib"];
    let paths = folders.iter().flat_map(|folder| syrup_tests::listing::policies_below(folder));
    paths.map(|path| std::fs::read_to_string(path).expect("the file was listed")).collect()
});

/// Texts that are accepted as they are: changes to these reach the furthest.
static ACCEPTED: LazyLock<Vec<String>> =
    LazyLock::new(|| TEXTS.iter().filter(|text| survives(text, &library())).cloned().collect());

/// What the texts use.
fn library() -> Memory {
    let text = std::fs::read_to_string(syrup_tests::root().join("examples/token/rocksdb.syr"));
    let text = text.expect("the example is there");
    Memory([("rocksdb.syr".to_owned(), text)].into())
}

#[test]
fn exchanged_words() {
    let files = library();
    let mut n_accepted = 0;
    for seed in 0..600 * rounds() {
        let mut rng = Rng::new(seed);
        let text = &ACCEPTED[below(&mut rng, ACCEPTED.len())];
        n_accepted += u64::from(survives(&exchange(text, &mut rng), &files));
    }
    assert!(n_accepted >= 60 * rounds(), "only {n_accepted} texts went the whole way");
}

#[test]
fn damaged_text() {
    let files = library();
    for seed in 0..500 * rounds() {
        let mut rng = Rng::new(seed);
        let (a, b) = (below(&mut rng, TEXTS.len()), below(&mut rng, TEXTS.len()));
        survives(&damage(&TEXTS[a], &TEXTS[b], &mut rng), &files);
    }
}

#[test]
fn every_beginning_of_a_policy() {
    let text = &TEXTS[TEXTS.iter().position(|text| text.contains("policy jsq")).unwrap_or(0)];
    for end in (0..text.len()).step_by(7).filter(|&end| text.is_char_boundary(end)) {
        survives(&text[..end], &library());
    }
}

#[test]
fn words_in_a_row() {
    let head = "edition 2026;\nenum Op: u64 { GET = 1, SCAN = 2 }\n\
                header Request { op: le<Op>, user: le<u32> }\n\
                executors workers: socket[64] else pass;\nparam n: u32 in 1..=8 = 2;\n\
                map load: Array<Atomic<u32>, workers>;\nmap m: Hash<u32, Atomic<u64>, 10>;\n";
    for seed in 0..400 * rounds() {
        let mut rng = Rng::new(seed);
        let n_words = below(&mut rng, 40);
        let words = soup(&mut rng, n_words);
        let text = match seed % 4 {
            0 => words,
            1 => format!("{head}{words}"),
            2 => format!("{head}test \"t\" {{ {words} }}"),
            _ => format!("{head}policy p(pkt: Packet) -> workers {{ {words} }}"),
        };
        survives(&text, &Memory::default());
    }
}

#[test]
fn bytes_that_are_no_text() {
    for seed in 0..200 * rounds() {
        let mut rng = Rng::new(seed);
        let mut bytes = TEXTS[below(&mut rng, TEXTS.len())].clone().into_bytes();
        for _ in 0..=below(&mut rng, 8) {
            let at = below(&mut rng, bytes.len());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = rng.next_u64() as u8;
            }
        }
        survives(&String::from_utf8_lossy(&bytes), &library());
    }
}
