//! Makes well-formed modules of every operation and terminator, by a random walk.
//!
//! In: a seed. Out: a module whose function is built like lowered source: statements in a row,
//! branches that join, loops with carried values and early exits, verdicts anywhere.

use crate::rng::Rng;
use crate::walk::Walk;
use syrup_diag::Span;
use syrup_ir::{
    Access, Base, Budget, Caps, Else, Event, ExecutorKind, HookInfo, Layout, Map, MapKind, Module,
    Param, Queue, QueueOrder, Set,
};

/// Weights of the kinds of statement: computations, effects, verdicts, branches, views, lookups,
/// loops. Some modules are about one thing.
pub type Mix = [u64; 7];
const MIXES: [Mix; 4] =
    [[8, 3, 1, 2, 2, 1, 2], [3, 0, 0, 1, 6, 0, 0], [6, 2, 1, 3, 0, 1, 5], [8, 1, 0, 4, 0, 0, 0]];

/// A module made from a seed.
pub fn module(seed: u64) -> Module {
    let mut rng = Rng::new(seed);
    let mut module = declarations(&mut rng);
    let mix = MIXES[seed as usize % MIXES.len()];
    // Every third module is about threads: it has the handler of one event.
    let event = (seed % 3 == 2).then(|| rng.pick(Event::ALL));
    if event.is_some() {
        module.sets.iter_mut().for_each(|set| set.or_else = Else::Pass);
    }
    module.funcs = vec![Walk::new(rng, module.maps.clone(), mix, event).func()];
    module
}

/// A span of its own.
pub fn span(at: u32) -> Span {
    Span { start: at, end: at + 1, ..Span::default() }
}

/// Sets, maps of every kind, and two parameters.
pub fn declarations(rng: &mut Rng) -> Module {
    let pair = Layout::of_struct(
        "Pair".into(),
        vec![("a".into(), Layout::int(32)), ("b".into(), Layout::int(64))],
    );
    let map = |name: &str, kind, key, value| Map {
        name: name.into(),
        kind,
        key,
        value,
        entries: 3,
        initial: Vec::new(),
        pin: None,
        user: Access::Read,
        span: Span::default(),
    };
    let u32_key = || Layout::int(32);
    let mut maps = vec![
        map("turn", MapKind::State, u32_key(), pair.clone()),
        map("table", MapKind::Array, u32_key(), pair.clone()),
        map("seen", MapKind::Hash, Layout::int(8), pair.clone()),
        map("recent", MapKind::LruHash, Layout::int(8), pair.clone()),
        map("mine", MapKind::PerCpuState, u32_key(), pair.clone()),
        map("each", MapKind::PerCpuArray, u32_key(), pair.clone()),
        map("tasks", MapKind::PerTask, u32_key(), pair.clone()),
        map("log", MapKind::Log, u32_key(), pair),
    ];
    maps[7].entries = 100;
    maps[0].initial = (0..16).map(|_| rng.number(8) as u8).collect();
    let set = |name: &str, kind, or_else| Set {
        name: name.into(),
        kind,
        capacity: 4,
        or_else,
        span: Span::default(),
    };
    let queue = |name: &str, order, capacity| Queue {
        name: name.into(),
        order,
        capacity,
        span: Span::default(),
    };
    let param = |name: &str, bits, range, default| Param {
        name: name.into(),
        layout: Layout::int(bits),
        range,
        default,
        span: Span::default(),
    };
    Module {
        name: "random".into(),
        hook: HookInfo { name: "test".into(), window: Base::Net, caps: Caps::ALL },
        licence: "Apache-2.0".into(),
        budget: Some(Budget { insns: 4000, span: Span::default() }),
        sets: vec![
            set("workers", ExecutorKind::Socket, Else::Pass),
            set("cores", ExecutorKind::Core, Else::Drop),
        ],
        maps,
        queues: vec![queue("line", QueueOrder::Fifo, 2), queue("fair", QueueOrder::Ordered, 3)],
        params: vec![param("n", 32, (1, 8), 2), param("t", 64, (0, 1 << 40), 7)],
        funcs: Vec::new(),
    }
}
