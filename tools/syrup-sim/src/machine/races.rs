//! The races of the interface, counted.
//!
//! In: what the simulated kernel sees happen. Out: how often each came about, so that a test can
//! ask that its seeds reach them all.

/// How often each race of the interface came about, so that a test can ask that it did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Races {
    /// A task was named that had not quite left its CPU.
    pub target_on_cpu: u64,
    /// A task was named about which there was news.
    pub target_stale: u64,
    /// A task was named that was gone.
    pub target_gone: u64,
    /// The agent wanted to sleep although something had come.
    pub agent_stale: u64,
    /// A CPU was named that something more important had.
    pub cpu_unavailable: u64,
    /// A task lost a CPU that it had been given and not reached.
    pub latched_lost: u64,
    /// A task that had been given a CPU was no longer allowed there.
    pub latched_moved: u64,
    /// A task came back before its old status word was freed.
    pub back_before_free: u64,
    /// The ring's end was filled up.
    pub wrapped: u64,
    /// The agent had to leave its CPU.
    pub boosted: u64,
    /// A thread id was used again.
    pub tid_reused: u64,
    /// A task exited.
    pub exited: u64,
    /// A running task was displaced.
    pub preempted: u64,
}

impl Races {
    /// Each with its name.
    pub fn all(&self) -> [(&'static str, u64); 13] {
        [
            ("still on its CPU", self.target_on_cpu),
            ("news about the task", self.target_stale),
            ("task gone", self.target_gone),
            ("agent stale", self.agent_stale),
            ("CPU taken", self.cpu_unavailable),
            ("latched and lost", self.latched_lost),
            ("latched and not allowed", self.latched_moved),
            ("back before free", self.back_before_free),
            ("ring wrapped", self.wrapped),
            ("agent boosted", self.boosted),
            ("thread id reused", self.tid_reused),
            ("exited", self.exited),
            ("preempted", self.preempted),
        ]
    }

    /// Adds those of another run.
    pub fn add(&mut self, other: &Races) {
        self.target_on_cpu += other.target_on_cpu;
        self.target_stale += other.target_stale;
        self.target_gone += other.target_gone;
        self.agent_stale += other.agent_stale;
        self.cpu_unavailable += other.cpu_unavailable;
        self.latched_lost += other.latched_lost;
        self.latched_moved += other.latched_moved;
        self.back_before_free += other.back_before_free;
        self.wrapped += other.wrapped;
        self.boosted += other.boosted;
        self.tid_reused += other.tid_reused;
        self.exited += other.exited;
        self.preempted += other.preempted;
    }
}

impl std::fmt::Display for Races {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all = self.all().map(|(name, n)| format!("{name} {n}"));
        f.write_str(&all.join(", "))
    }
}
