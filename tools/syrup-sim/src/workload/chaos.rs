//! Everything at once: tasks that come, sleep, yield, exit and change their CPUs, and CPUs that
//! are taken away, in times as short as the agent's own.

use super::{After, Workload};
use crate::machine::{Life, Machine};
use std::any::Any;
use syrup_agent::CpuSet;
use syrup_agent::abi::tid_of;

/// How wild it is.
#[derive(Clone, Debug)]
pub struct ChaosSpec {
    /// Tasks at first.
    pub n_tasks: u32,
    /// Nothing new begins after this time.
    pub until_ns: u64,
    /// The maps that the application marks threads in.
    pub maps: Vec<u32>,
    /// Values that it marks them with: 1 up to this.
    pub values: u64,
}

/// The workload.
#[derive(Clone, Debug)]
pub struct Chaos {
    spec: ChaosSpec,
    next_tid: u32,
}

/// Tasks there ever are at most.
const TASKS_MAX: usize = 96;

impl Chaos {
    /// Of a kind.
    pub fn new(spec: ChaosSpec) -> Chaos {
        Chaos { spec, next_tid: 100 }
    }

    fn spawn(&mut self, machine: &mut Machine) -> usize {
        // A thread id may be given again once its thread is gone.
        let dead = (0..machine.n_tasks()).rfind(|at| {
            let tid = tid_of(machine.task(*at).gtid);
            let others = (0..machine.n_tasks()).map(|at| machine.task(at));
            others.filter(|task| tid_of(task.gtid) == tid).all(|task| task.life == Life::Dead)
        });
        let tid = match dead.filter(|_| machine.rng().once_in(2)) {
            Some(at) => tid_of(machine.task(at).gtid),
            None => {
                self.next_tid += 1;
                self.next_tid
            }
        };
        let cpus = some_cpus(machine);
        let task = machine.spawn(tid, cpus);
        let ns = work_ns(machine);
        if !machine.rng().once_in(5) {
            machine.wake_with(task, ns);
        }
        task
    }

    fn mark(&self, machine: &mut Machine, task: usize) {
        let n_maps = self.spec.maps.len() as u64;
        if n_maps != 0 {
            let map = self.spec.maps[machine.rng().below(n_maps) as usize];
            let value = 1 + machine.rng().below(self.spec.values);
            machine.hint_of(map, task, value);
        }
    }

    fn disturb(&mut self, machine: &mut Machine) {
        let n_tasks = machine.n_tasks() as u64;
        let task = machine.rng().below(n_tasks) as usize;
        match machine.rng().below(16) {
            0 | 1 => {
                let cpus = some_cpus(machine);
                machine.set_cpus(task, cpus);
            }
            2 => {
                let nice = machine.rng().below(40) as i32 - 20;
                machine.set_nice(task, nice);
            }
            3 => machine.depart(task),
            4..=6 => {
                let n_cpus = machine.agents().len() as u64;
                let cpu = machine.rng().below(n_cpus) as u32;
                let longest = if machine.rng().once_in(12) { 900_000 } else { 60_000 };
                let ns = machine.rng().within(500, longest);
                machine.take_cpu(cpu, ns);
            }
            7 if machine.n_tasks() < TASKS_MAX => {
                self.spawn(machine);
            }
            8 | 9 => self.mark(machine, task),
            10 | 11 => (0..machine.n_tasks()).for_each(|at| machine.come_back(at)),
            _ => {
                let ns = work_ns(machine);
                machine.wake_with(task, ns);
            }
        }
    }
}

fn work_ns(machine: &mut Machine) -> u64 {
    let longest = [300, 3_000, 30_000, 90_000][machine.rng().below(4) as usize];
    machine.rng().within(50, longest)
}

/// All CPUs, or some.
fn some_cpus(machine: &mut Machine) -> CpuSet {
    let n = machine.agents().len() as u32;
    let mut cpus = CpuSet::first(n);
    if machine.rng().once_in(3) {
        cpus = (0..n).filter(|_| machine.rng().once_in(2)).collect();
        cpus.insert(machine.rng().below(n.into()) as u32);
    }
    cpus
}

impl Workload for Chaos {
    fn start(&mut self, machine: &mut Machine) {
        for _ in 0..self.spec.n_tasks {
            self.spawn(machine);
        }
        machine.call_in(1_000, 0);
    }

    fn done(&mut self, machine: &mut Machine, task: usize) -> After {
        if self.is_over(machine) {
            return if machine.rng().once_in(4) {
                After::Exit
            } else {
                After::Sleep { wake_in_ns: None }
            };
        }
        let ns = work_ns(machine);
        match machine.rng().below(16) {
            0 if machine.n_tasks() < TASKS_MAX => {
                self.spawn(machine);
                After::Exit
            }
            1 | 2 => After::Yield { work_ns: ns },
            3 | 4 => {
                self.mark(machine, task);
                After::Work { ns }
            }
            _ => {
                machine.set_work(task, ns);
                let longest = [200, 2_000, 50_000][machine.rng().below(3) as usize];
                After::Sleep { wake_in_ns: Some(machine.rng().within(20, longest)) }
            }
        }
    }

    fn call(&mut self, machine: &mut Machine, _: u64) {
        if !self.is_over(machine) {
            self.disturb(machine);
            let ns = machine.rng().within(100, 8_000);
            machine.call_in(ns, 0);
        }
    }

    fn is_over(&self, machine: &Machine) -> bool {
        machine.time_ns() > self.spec.until_ns
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
