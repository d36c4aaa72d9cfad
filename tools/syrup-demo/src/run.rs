//! The course of a demo: for each seed the kernel's default, then the policy.
//!
//! In: a scenario, a steering, options. Out: a report of what was measured.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    awake::Awake,
    error::Error,
    latency::Latencies,
    loadgen::{Outcome, Plan, PlanClass},
    options::Options,
    process::LoadgenProcess,
    report::{ClassMeasured, Machine, Measured, Place, Report, RunPair},
    scenario::{N_WORKERS, Scenario},
    server::{Counts, Job, Server, Sockets},
    steering::{Attached, Feedback, Started, Steering},
    sys,
};

/// Flows of the load generator, as in the Syrup paper's evaluation.
const N_FLOWS: u32 = 50;

/// Measures a scenario with the kernel's default and with the policy.
///
/// Nothing stays behind: sockets, threads, guards and the child process end with this function,
/// whatever it returns.
pub fn run(
    scenario: &Scenario,
    mut steering: Steering<'_>,
    options: &Options,
) -> Result<Report, Error> {
    options.check()?;
    rehearse(&mut steering)?;
    let awake = Awake::start();
    let bar = progress_bar(options);
    let mut demo = Demo { scenario, options, bar, port: None };
    let mut runs = Vec::new();
    for seed in (0..u64::from(options.n_seeds)).map(|i| options.first_seed.wrapping_add(i)) {
        let default = demo.measure(seed, None)?;
        let syrup = demo.measure(seed, Some(&mut steering))?;
        runs.push(RunPair { seed, default, syrup });
    }
    demo.bar.finish_and_clear();
    let place = match steering {
        Steering::Kernel(_) => Place::Kernel,
        Steering::Process(_) => Place::Process,
    };
    let machine = Machine { n_processors: sys::processors().len(), kept_awake: awake.is_on() };
    Ok(Report::new(scenario, options, place, machine, runs))
}

/// Lets a policy that cannot attach say so before anybody has waited.
fn rehearse(steering: &mut Steering<'_>) -> Result<(), Error> {
    match steering {
        Steering::Kernel(kernel) => {
            let sockets = Sockets::per_worker(None)?;
            let Attached { guard, feedback: _ } =
                kernel.attach(&sockets.fds()).map_err(Error::Steering)?;
            drop(guard);
        }
        Steering::Process(process) => {
            process.start(N_WORKERS).map_err(Error::Steering)?;
        }
    }
    Ok(())
}

/// What all runs of a demo share.
struct Demo<'a> {
    scenario: &'a Scenario,
    options: &'a Options,
    bar: ProgressBar,
    /// The server's port in the first run: later runs take the same, so that the kernel's hash
    /// puts each flow where it was.
    port: Option<u16>,
}

impl Demo<'_> {
    /// One run: bind, steer, load, count.
    fn measure(
        &mut self,
        seed: u64,
        steering: Option<&mut Steering<'_>>,
    ) -> Result<Measured, Error> {
        let who = if steering.is_some() { self.scenario.name } else { "kernel's default" };
        self.bar.set_message(format!("{who}, seed {seed}"));
        let sockets = match &steering {
            None | Some(Steering::Kernel(_)) => Sockets::per_worker(self.port)?,
            Some(Steering::Process(_)) => Sockets::single(self.port)?,
        };
        self.port = Some(sockets.port);
        let (guard, policy, feedback) = match steering {
            None => (None, None, None),
            Some(Steering::Kernel(kernel)) => {
                let attached = kernel.attach(&sockets.fds()).map_err(Error::Steering)?;
                (Some(attached.guard), None, Some(attached.feedback))
            }
            Some(Steering::Process(process)) => {
                let Started { policy, feedback } =
                    process.start(N_WORKERS).map_err(Error::Steering)?;
                (None, Some(policy), Some(feedback))
            }
        };
        let job = self.job(feedback);
        let server = Server::start(&sockets, &job, policy)?;
        let outcome = self.generate(seed, sockets.port, &server)?;
        let counts = server.stop(&sockets)?;
        drop(guard);
        Ok(combine(self.scenario, &outcome, &counts))
    }

    fn job(&self, feedback: Option<Arc<dyn Feedback>>) -> Job {
        Job {
            load: self.scenario.load(self.options.scale),
            executor: self.options.executor,
            feedback,
            budgets: self.scenario.budgets,
        }
    }

    /// Runs the load generator's process and moves the progress bar meanwhile.
    fn generate(&self, seed: u64, port: u16, server: &Server) -> Result<Outcome, Error> {
        let plan = plan(self.scenario, self.options, seed, port);
        let process = LoadgenProcess::start(&self.options.loadgen, &plan)?;
        let (start_ns, start_position) = (sys::now_ns(), self.bar.position());
        let duration_ms = plan.duration_ns / 1_000_000;
        let outcome = process.wait(|| {
            let elapsed_ms = (sys::now_ns() - start_ns) / 1_000_000;
            self.bar.set_position(start_position + elapsed_ms.min(duration_ms));
            server.failure().map_or(Ok(()), |failure| Err(Error::Steering(failure)))
        })?;
        self.bar.set_position(start_position + duration_ms);
        Ok(outcome)
    }
}

fn plan(scenario: &Scenario, options: &Options, seed: u64, port: u16) -> Plan {
    let classes = scenario.classes.iter();
    Plan {
        port,
        seed,
        n_flows: N_FLOWS,
        duration_ns: (options.seconds * 1e9) as u64,
        load: scenario.load(options.scale),
        classes: classes.map(|c| PlanClass { op: c.op, user: c.user, share: c.share }).collect(),
        parent: std::process::id(),
    }
}

/// Joins what the two processes counted.
fn combine(scenario: &Scenario, outcome: &Outcome, counts: &Counts) -> Measured {
    let classes = scenario.classes.iter().zip(&outcome.classes);
    Measured {
        classes: classes
            .map(|(&class, outcome)| ClassMeasured {
                class,
                n_sent: outcome.n_sent,
                latencies: Latencies::from_pairs(&outcome.latencies),
            })
            .collect(),
        workers: counts.workers.clone(),
        queue_drops: counts.queue_drops,
        unserved: counts.unserved,
        n_replies_lost: outcome.n_replies_lost,
        lateness: Latencies::from_pairs(&outcome.lateness),
        realtime: outcome.realtime,
    }
}

/// A bar over the time of all runs; indicatif draws it only if standard error is a terminal.
fn progress_bar(options: &Options) -> ProgressBar {
    if !options.progress {
        return ProgressBar::hidden();
    }
    let total_ms = options.seconds * 1e3 * 2.0 * f64::from(options.n_seeds);
    let bar = ProgressBar::new(total_ms as u64);
    match ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}") {
        Ok(style) => bar.with_style(style),
        // The bar's plain look serves as well.
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests;
