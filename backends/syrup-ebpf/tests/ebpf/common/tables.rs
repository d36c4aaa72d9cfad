//! The maps, sets and operations that made-up policies use.
//!
//! In: nothing. Out: data.

use syrup_diag::{FileId, Span};
use syrup_ir::{Access, Else, ExecutorKind, Layout, Map, MapKind, Scalar, ScalarKind, Set};

const SPAN: Span = Span::new(FileId(0), 0, 0);

/// An executor set.
pub fn set(name: &str, capacity: u32, or_else: Else) -> Set {
    Set { name: name.into(), kind: ExecutorKind::Socket, capacity, or_else, span: SPAN }
}

fn atomic(bits: u8) -> Layout {
    Layout::Scalar(Scalar { kind: ScalarKind::Atomic, ..Scalar::int(bits) })
}

/// The maps `m0..` of every made-up policy.
pub fn maps() -> Vec<Map> {
    let map = |name: &str, kind, key, value, entries| Map {
        name: name.into(),
        kind,
        key,
        value,
        entries,
        initial: vec![],
        pin: None,
        user: Access::None,
        span: SPAN,
    };
    let pair = |a, b| Layout::of_struct("Pair".into(), vec![("a".into(), a), ("b".into(), b)]);
    let key = pair(Layout::int(16), Layout::int(64));
    let mut start = map("start", MapKind::State, Layout::int(32), Layout::int(64), 1);
    start.initial = vec![7, 0, 0, 0, 1, 0, 0, 0];
    vec![
        map("small", MapKind::State, Layout::int(32), Layout::int(13), 1),
        map("wide", MapKind::State, Layout::int(32), atomic(64), 1),
        map("count", MapKind::State, Layout::int(32), atomic(32), 1),
        start,
        map("table", MapKind::Array, Layout::int(32), pair(atomic(32), atomic(64)), 8),
        map("seen", MapKind::Hash, key, pair(Layout::int(32), Layout::int(7)), 64),
    ]
}

/// A scalar in each map's value: bits, byte offset, whether atomics may change it.
pub const CELLS: [&[(u8, u32, bool)]; 6] = [
    &[(13, 0, false)],
    &[(64, 0, true)],
    &[(32, 0, true)],
    &[(64, 0, false), (32, 4, false), (16, 2, false), (8, 1, false)],
    &[(32, 0, true), (64, 8, true), (8, 3, false)],
    &[(32, 0, false), (7, 4, false)],
];
