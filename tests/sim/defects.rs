//! Wrong agents, each of which some seed must give away.

use super::{Subject, example};
use syrup_agent::{Chosen, Defect};

/// Seeds within which a mistake must be noticed.
const SEEDS: u64 = 60;

/// A queue with room for one: others are left to the system.
const SMALL_QUEUE: &str = "edition 2026;
executors cores: core[64] else pass;
queue runq: Fifo<1>;
@hooks(thread)
policy small -> cores {
    on runnable(t) { pick c from cores where c.idle else runq }
    on available(c) { runq.pop() else idle }
}
";

fn is_noticed(subject: &Subject, defect: Defect, rules: &[&str]) {
    let noticed = (0..SEEDS).find_map(|seed| {
        let outcome = subject.chaos(true, seed, Chosen::new(defect));
        outcome.violations.first().map(|violation| violation.oracle)
    });
    let noticed = noticed.unwrap_or_else(|| panic!("{defect:?} goes unnoticed"));
    assert!(rules.contains(&noticed), "{defect:?} was noticed as {noticed}, not as {rules:?}");
}

#[test]
fn a_forgotten_sequence_number() {
    is_noticed(&example("fifo"), Defect::SeqnumForgotten, &["seqnum", "lost", "idle_core"]);
}

#[test]
fn a_stale_transaction_taken_for_done() {
    is_noticed(&example("fifo"), Defect::StaleIsDone, &["lost", "idle_core"]);
}

#[test]
fn a_status_word_that_is_kept() {
    is_noticed(&example("fifo"), Defect::WordKept, &["sw_free", "seqnum"]);
}

#[test]
fn affinity_that_is_ignored() {
    is_noticed(&example("fifo"), Defect::AffinityIgnored, &["affinity", "idle_core"]);
}

#[test]
fn a_preempted_task_that_is_lost() {
    is_noticed(&example("fifo"), Defect::PreemptedIsLost, &["lost", "idle_core"]);
}

#[test]
fn a_taken_cpu_that_counts_as_done() {
    is_noticed(&example("fifo"), Defect::UnavailableIsDone, &["lost", "idle_core"]);
}

#[test]
fn a_task_left_to_the_system_that_is_lost() {
    let small = Subject::of_text(SMALL_QUEUE);
    is_noticed(&small, Defect::LeftIsLost, &["lost", "idle_core"]);
    for seed in 0..SEEDS {
        let right = small.chaos(true, seed, Chosen::default());
        assert!(right.violations.is_empty(), "seed {seed}: {:?}", right.violations);
    }
}

#[test]
fn a_core_that_is_not_offered_again() {
    is_noticed(&example("fifo"), Defect::CoreNotOffered, &["lost", "idle_core"]);
}

#[test]
fn a_filler_taken_for_the_end() {
    is_noticed(&example("fifo"), Defect::FillerIsEnd, &["lost", "idle_core", "sw_free", "fault"]);
}

#[test]
fn an_agent_that_does_not_leave() {
    is_noticed(&example("fifo"), Defect::BoostIgnored, &["boost"]);
}
