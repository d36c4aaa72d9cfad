//! Random modules: the text form is inverse, facts hold, and passes keep the meaning.

#[path = "random_modules/control.rs"]
mod control;
#[path = "random_modules/expression.rs"]
mod expression;
#[path = "random_modules/generate.rs"]
mod generate;
#[path = "random_modules/mutate.rs"]
mod mutate;
#[path = "random_modules/rng.rs"]
mod rng;
#[path = "random_modules/threads.rs"]
mod threads;
#[path = "random_modules/walk.rs"]
mod walk;

use rng::Rng;
use std::collections::BTreeSet;
use syrup_ir::check::{check, verify};
use syrup_ir::interp::{
    Outcome, Packet, SetState, State, World, run, run_checking_facts, run_event,
    run_event_checking_facts,
};
use syrup_ir::opt::{Passes, optimize, straighten, unroll};
use syrup_ir::text::{PrintOptions, parse, print};
use syrup_ir::{Caps, Checked, Module, Profile, Term, Ty};

/// Modules of one run of the tests; more with `SYRUP_RANDOM_MODULES`.
fn n_modules() -> u64 {
    let wanted = std::env::var("SYRUP_RANDOM_MODULES").ok().and_then(|n| n.parse().ok());
    wanted.unwrap_or(80)
}

/// Packets that each module is shown, one after the other on one state.
const PACKETS: u64 = 6;

fn profile() -> Profile {
    Profile {
        name: "test".into(),
        caps: Caps::ALL,
        isa: 3,
        may_goto: true,
        verifier_insns_max: 1_000_000,
    }
}

/// The module checked, unless its loops are too many for the budget.
fn checked(module: Module) -> Option<Checked> {
    assert_eq!(verify(&module), [], "{}", text(&module));
    check(module, &profile()).ok()
}

fn text(module: &Module) -> String {
    print(module, PrintOptions { spans: true })
}

/// Scripted answers: the same seed gives the same ones.
struct Script(Rng);

impl World for Script {
    fn now(&mut self) -> u64 {
        1_000_000
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        match below {
            Some(n) => self.0.below(n.into()) as u32,
            None => self.0.number(32) as u32,
        }
    }

    fn cpu(&mut self) -> u32 {
        1
    }
}

fn state(module: &Module, rng: &mut Rng) -> State {
    let mut state = State::new(module);
    for (set, declared) in state.sets.iter_mut().zip(&module.sets) {
        let n = rng.below(u64::from(declared.capacity.min(4)) + 1);
        *set = SetState { generations: (0..n).map(|_| rng.below(3) as u32).collect() };
    }
    for (param, value) in module.params.iter().zip(&mut state.params) {
        let (lo, hi) = param.range;
        *value = rng.pick(&[lo, hi, *value]);
    }
    state
}

fn packet(rng: &mut Rng) -> Packet {
    let len = rng.below(48) as usize;
    Packet {
        frame: (0..len).map(|_| rng.number(8) as u8).collect(),
        net: 14,
        transport: 20,
        eth_protocol: 0x0800,
        ip_protocol: 17,
        flow_hash: rng.number(32) as u32,
        rx_queue: rng.below(4) as u32,
        interface: 2,
    }
}

/// Shows a module a packet, or the event its function handles.
fn evaluate(
    policy: &Checked,
    state: &mut State,
    rng: &mut Rng,
    world: &mut Script,
    is_checking_facts: bool,
) -> Outcome {
    if let Some(event) = policy.module().funcs[0].event() {
        let happening = threads::happening(event, rng);
        let run = if is_checking_facts { run_event_checking_facts } else { run_event };
        return run(policy, state, &happening, world).expect("the event has a handler");
    }
    let packet = packet(rng);
    let run = if is_checking_facts { run_checking_facts } else { run };
    run(policy, state, &packet, world)
}

/// What a module does with a row of packets: outcomes without steps, and the state it leaves.
fn behaviour(policy: &Checked, seed: u64) -> (Vec<Outcome>, State) {
    let mut rng = Rng::new(seed);
    let mut state = state(policy.module(), &mut rng);
    let mut outcomes = Vec::new();
    for _ in 0..PACKETS {
        let mut world = Script(Rng::new(seed + 1));
        let outcome = evaluate(policy, &mut state, &mut rng, &mut world, true);
        outcomes.push(Outcome { steps: 0, ..outcome });
    }
    (outcomes, state)
}

#[test]
fn the_generator_makes_everything() {
    let mut seen = BTreeSet::new();
    for seed in 0..n_modules() {
        for func in generate::module(seed).funcs {
            for block in &func.blocks {
                seen.extend(block.insts.iter().map(|inst| inst.op.info().name));
                let kinds = block.params.iter().skip(1).map(|&param| func.ty(param));
                seen.extend(kinds.map(|ty| match ty {
                    Ty::Int(_) | Ty::Exec(_) => "passed number",
                    Ty::Task => "passed thread",
                    Ty::View => "passed view",
                    Ty::Cell(_) => "passed cell",
                }));
                if let Term::Return { verdict, .. } = block.term {
                    seen.insert(threads::name_of(verdict));
                }
                seen.insert(match block.term {
                    Term::Jump(_) => "jump",
                    Term::Branch { .. } => "br",
                    Term::View { at: None, .. } => "view",
                    Term::View { at: Some(_), .. } => "view at",
                    Term::Lookup { .. } => "lookup",
                    Term::Loop { .. } => "loop",
                    Term::Next { .. } => "next",
                    Term::Pop { .. } => "pop",
                    Term::Return { .. } => "return",
                });
            }
        }
    }
    let wanted = "const param add sub mul div rem and or xor shl shr add_sat sub_sat mul_sat \
        min max eq ne lt le select convert byteswap reduce load meta now random cpu len executor \
        slot state read write atomic_add atomic_sub atomic_exchange atomic_max insert remove \
        task allowed is_idle claim queue_len \
        pass drop steer enqueue preempt keep idle jump br view lookup loop next pop return";
    let phrases = ["view at", "passed number", "passed view", "passed cell"];
    let missing: Vec<&str> =
        wanted.split_whitespace().chain(phrases).filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "never made: {missing:?}");
}

#[test]
fn text_is_inverse() {
    for seed in 0..n_modules() {
        let module = generate::module(seed);
        let text = text(&module);
        assert_eq!(parse(&text).as_ref(), Ok(&module), "seed {seed}\n{text}");
    }
}

#[test]
fn facts_hold_and_steps_are_bounded() {
    let mut n_checked = 0;
    for seed in 0..n_modules() {
        if let Some(policy) = checked(generate::module(seed)) {
            behaviour(&policy, seed);
            n_checked += 1;
        }
    }
    assert!(n_checked * 10 >= n_modules() * 8, "only {n_checked} modules were in the budget");
}

#[test]
fn a_run_without_fact_checks_gives_the_same() {
    for seed in 0..n_modules() / 10 {
        let Some(policy) = checked(generate::module(seed)) else { continue };
        let (mut a, mut b) = (State::new(policy.module()), State::new(policy.module()));
        let shown = |state: &mut State, is_checking_facts: bool| {
            let (mut rng, mut world) = (Rng::new(seed), Script(Rng::new(seed)));
            evaluate(&policy, state, &mut rng, &mut world, is_checking_facts)
        };
        let (first, second) = (shown(&mut a, false), shown(&mut b, true));
        assert_eq!((first, a), (second, b), "seed {seed}");
    }
}

#[test]
fn every_pass_keeps_the_meaning() {
    for seed in 0..n_modules() {
        let Some(policy) = checked(generate::module(seed)) else { continue };
        let expected = behaviour(&policy, seed);
        let single = Passes::NAMES.iter().map(|row| row.0);
        let all_but_one = Passes::NAMES.iter().map(|row| Passes::ALL.without(row.0));
        let unrolled = (Passes::NONE, unroll(policy.module().clone(), 4000));
        let straight = (Passes::NONE, straighten(unroll(policy.module().clone(), 4000)));
        let all_but_one = all_but_one.filter(|_| seed % 4 == 0);
        let sets = single.chain(all_but_one).chain([Passes::ALL]);
        let modules = sets.map(|passes| (passes, optimize(policy.clone(), passes)));
        for (passes, module) in modules.chain([unrolled, straight]) {
            let Some(improved) = checked(module) else { continue };
            if behaviour(&improved, seed) != expected {
                let (before, after) = (text(policy.module()), text(improved.module()));
                panic!("seed {seed} {passes:?}\n{before}\n{after}");
            }
        }
    }
}

#[test]
fn algebra_holds_for_every_small_number() {
    let passes = Passes::ALL;
    for seed in 0..n_modules() * 6 {
        let module = expression::module(seed);
        let policy = checked(module).expect("a few blocks are no long path");
        let improved = optimize(policy.clone(), passes);
        let improved = checked(improved).expect("a few blocks are no long path");
        let ranges: Vec<_> = policy.module().params.iter().map(|param| param.range).collect();
        for a in ranges[0].0..=ranges[0].1 {
            for b in ranges[1].0..=ranges[1].1 {
                let run = |policy: &Checked| {
                    let mut state = State::new(policy.module());
                    state.params = vec![a, b];
                    let world = &mut Script(Rng::new(seed));
                    run_checking_facts(policy, &mut state, &Packet::default(), world);
                    state
                };
                if run(&improved) != run(&policy) {
                    let (before, after) = (text(policy.module()), text(improved.module()));
                    panic!("seed {seed} with {a} and {b}\n{before}\n{after}");
                }
            }
        }
    }
}

#[test]
fn what_verify_accepts_runs() {
    let mut n_accepted = 0;
    for seed in 0..n_modules() {
        let mut rng = Rng::new(seed);
        let before = print(&generate::module(seed), PrintOptions::default());
        for _ in 0..10 {
            let changed = mutate::mutate(&before, &mut rng);
            let Ok(module) = parse(&changed) else { continue };
            if !verify(&module).is_empty() {
                continue;
            }
            let Some(policy) = checked(module) else { continue };
            n_accepted += 1;
            let expected = behaviour(&policy, seed);
            let Some(improved) = checked(optimize(policy, Passes::ALL)) else { continue };
            assert!(behaviour(&improved, seed) == expected, "seed {seed}\n{changed}");
        }
    }
    assert!(n_accepted * 2 >= n_modules(), "only {n_accepted} changed modules were well-formed");
}

#[test]
fn optimizing_again_finds_nothing() {
    for seed in 0..n_modules() / 4 {
        let Some(policy) = checked(generate::module(seed)) else { continue };
        let passes = Passes::ALL.without(Passes::UNROLL);
        let Some(once) = checked(optimize(policy, passes)) else { continue };
        let first = text(once.module());
        let twice = text(&optimize(once, passes));
        assert_eq!(first, twice, "seed {seed}");
    }
}
