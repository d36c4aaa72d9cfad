//! Maps as user space and policies see them.

use super::MapState;
use crate::{Access, Layout, Map, MapKind};

fn map(kind: MapKind, entries: u32) -> MapState {
    let key = match kind {
        MapKind::Lpm => Layout::of_struct(
            "Prefix".into(),
            vec![("len".into(), Layout::int(32)), ("bits".into(), Layout::Bytes(2))],
        ),
        _ => Layout::int(32),
    };
    MapState::new(&Map {
        name: "m".into(),
        kind,
        key,
        value: Layout::int(64),
        entries,
        initial: Vec::new(),
        pin: None,
        user: Access::Write,
        span: syrup_diag::Span::default(),
    })
}

fn value(number: u64) -> [u8; 8] {
    number.to_le_bytes()
}

#[test]
fn an_array_is_equal_to_one_that_reads_the_same() {
    let (mut a, b) = (map(MapKind::Array, 1 << 24), map(MapKind::Array, 1 << 24));
    let last = (1u32 << 24) - 1;
    assert!(a.set(&last.to_le_bytes(), 0, &value(7)));
    assert_ne!(a, b);
    assert_eq!(a.get_number(&last.to_le_bytes(), 0, 0, 8), Some(7));
    assert!(a.set(&last.to_le_bytes(), 0, &value(0)));
    assert_eq!(a, b);
    assert!(!a.set(&(last + 1).to_le_bytes(), 0, &value(7)));
    assert_eq!(a.get(&(last + 1).to_le_bytes(), 0), None);
    assert!(!a.set(&[0; 4], 0, &[1, 2]), "a value of another size is refused");
}

#[test]
fn a_full_hash_refuses_new_keys_only() {
    let mut hash = map(MapKind::Hash, 2);
    assert!(hash.set(b"aaaa", 0, &value(1)) && hash.set(b"bbbb", 0, &value(2)));
    assert!(!hash.set(b"cccc", 0, &value(3)));
    assert!(hash.set(b"aaaa", 0, &value(4)));
    assert!(hash.remove(b"bbbb") && !hash.remove(b"bbbb"));
    assert!(hash.set(b"cccc", 0, &value(3)));
    let keys: Vec<&[u8]> = hash.entries().map(|(_, key, _)| key).collect();
    assert_eq!(keys, [b"aaaa", b"cccc"]);
}

#[test]
fn numbers_inside_a_value_are_little_endian() {
    let mut state = map(MapKind::State, 1);
    assert!(state.set_number(&[], 0, 2, 2, 0x1_1234));
    assert_eq!(state.get(&[], 0), Some(&[0, 0, 0x34, 0x12, 0, 0, 0, 0][..]));
    assert_eq!(state.get_number(&[], 0, 2, 1), Some(0x34));
    assert_eq!(state.get_number(&[], 0, 6, 4), None);
    assert!(!state.set_number(&[], 0, 6, 4, 1));
}

#[test]
fn prefixes_lose_the_bits_beyond_their_length() {
    let mut lpm = map(MapKind::Lpm, 4);
    let key = |n: u32, bits: [u8; 2]| [&n.to_le_bytes()[..], &bits, &[0; 2]].concat();
    assert!(lpm.set(&key(4, [0xaf, 0xff]), 0, &value(1)));
    assert!(lpm.set(&key(12, [0xab, 0xcd]), 0, &value(2)));
    assert!(lpm.set(&key(4, [0xa0, 0]), 0, &value(3)), "it is the same prefix");
    assert_eq!(lpm.get_number(&key(16, [0xab, 0xc0]), 0, 0, 8), Some(2));
    assert_eq!(lpm.get_number(&key(16, [0xab, 0xb0]), 0, 0, 8), Some(3));
    assert_eq!(lpm.get_number(&key(8, [0xab, 0xc0]), 0, 0, 8), Some(3), "only 8 bits are asked");
    assert_eq!(lpm.get(&key(16, [0xbb, 0]), 0), None);
    assert!(!lpm.set(&key(65, [0, 0]), 0, &value(1)));
}
