//! A server: requests of several classes arrive at random times, threads serve them.
//!
//! The load is open: requests do not wait for each other to be sent. Latency is from arrival to
//! the end of service. A thread reads a request, says what it is if the policy has a map for it,
//! serves it, and says that it no longer does.

use super::{After, Workload};
use crate::machine::Machine;
use std::any::Any;
use std::collections::VecDeque;
use syrup_agent::CpuSet;

/// A class of requests.
#[derive(Clone, PartialEq, Debug)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Its share of all requests.
    pub share: f64,
    /// Nanoseconds of service.
    pub service_ns: u64,
}

/// Which thread gets a request: by its class and its number in the order of arrival.
pub type Choose = Box<dyn FnMut(usize, u64) -> Option<u32>>;

/// How requests come to threads.
pub enum Steering {
    /// One queue; whichever thread is free takes the next one.
    Shared,
    /// A queue for each thread, chosen at arrival; nothing chooses the next thread in turn.
    Each(Choose),
}

/// What a server is like.
pub struct ServerSpec {
    /// Requests a second.
    pub rate: f64,
    /// Its classes.
    pub classes: Vec<Class>,
    /// Its threads.
    pub n_threads: u32,
    /// Requests until it ends.
    pub n_requests: u64,
    /// Requests at the beginning that are not measured.
    pub n_warm: u64,
    /// The map in which a thread says what it serves: the class, from 1, or 0 for nothing.
    pub mark: Option<u32>,
    /// How requests come to threads.
    pub steering: Steering,
}

/// Nanoseconds to read a request.
const READ_NS: u64 = 300;

/// Latencies of one class, in nanoseconds, sorted.
#[derive(Clone, Debug, Default)]
pub struct ClassLatencies(Vec<u64>);

impl ClassLatencies {
    /// The latency below which so many of a thousand requests stayed.
    pub fn per_mille(&self, share: u64) -> u64 {
        let n = self.0.len() as u64;
        let at = (n * share).div_ceil(1000).saturating_sub(1);
        self.0.get(at as usize).copied().unwrap_or(0)
    }

    /// How many requests there were.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[derive(Clone, Copy)]
struct Request {
    number: u64,
    class: usize,
    at_ns: u64,
}

#[derive(Clone, Copy)]
enum Doing {
    Nothing,
    Reading(Request),
    Serving(Request),
}

struct Thread {
    doing: Doing,
    queue: VecDeque<Request>,
}

/// The workload.
pub struct Server {
    spec: ServerSpec,
    threads: Vec<Thread>,
    shared: VecDeque<Request>,
    idle: Vec<usize>,
    n_sent: u64,
    n_served: u64,
    latencies: Vec<Vec<u64>>,
}

impl Server {
    /// Of a kind.
    pub fn new(spec: ServerSpec) -> Server {
        let latencies = vec![Vec::new(); spec.classes.len()];
        let (threads, shared, idle) = (Vec::new(), VecDeque::new(), Vec::new());
        Server { spec, threads, shared, idle, n_sent: 0, n_served: 0, latencies }
    }

    /// Latencies of each class.
    pub fn latencies(&self) -> Vec<ClassLatencies> {
        let sorted = self.latencies.iter().map(|latencies| {
            let mut latencies = latencies.clone();
            latencies.sort_unstable();
            ClassLatencies(latencies)
        });
        sorted.collect()
    }

    /// Requests that were served to the end.
    pub fn n_served(&self) -> u64 {
        self.n_served
    }

    fn arrive(&mut self, machine: &mut Machine) {
        let mut draw = machine.rng().share();
        let class = self.spec.classes.iter().position(|class| {
            draw -= class.share;
            draw <= 0.0
        });
        let class = class.unwrap_or(self.spec.classes.len() - 1);
        let request = Request { number: self.n_sent, class, at_ns: machine.time_ns() };
        self.n_sent += 1;
        let n = self.threads.len();
        match &mut self.spec.steering {
            Steering::Shared => {
                self.shared.push_back(request);
                if let Some(thread) = self.idle.pop() {
                    self.begin(machine, thread);
                }
            }
            Steering::Each(choose) => {
                let thread = choose(class, request.number);
                let thread = thread.map_or(request.number as usize, |slot| slot as usize) % n;
                self.threads[thread].queue.push_back(request);
                if matches!(self.threads[thread].doing, Doing::Nothing) {
                    self.begin(machine, thread);
                }
            }
        }
        if self.n_sent < self.spec.n_requests {
            let ns = machine.rng().exponential(1e9 / self.spec.rate);
            machine.call_in(ns as u64, 0);
        }
    }

    fn take(&mut self, thread: usize) -> Option<Request> {
        match self.spec.steering {
            Steering::Shared => self.shared.pop_front(),
            Steering::Each(_) => self.threads[thread].queue.pop_front(),
        }
    }

    /// A thread that slept takes a request.
    fn begin(&mut self, machine: &mut Machine, thread: usize) {
        if let Some(request) = self.take(thread) {
            self.threads[thread].doing = Doing::Reading(request);
            machine.wake_with(thread, READ_NS);
        }
    }
}

impl Workload for Server {
    fn start(&mut self, machine: &mut Machine) {
        let cpus = CpuSet::first(machine.agents().len() as u32);
        for thread in 0..self.spec.n_threads {
            machine.spawn(1000 + thread, cpus);
            self.threads.push(Thread { doing: Doing::Nothing, queue: VecDeque::new() });
        }
        self.idle = (0..self.threads.len()).rev().collect();
        machine.call_in(200_000, 0);
    }

    fn done(&mut self, machine: &mut Machine, task: usize) -> After {
        match self.threads[task].doing {
            Doing::Reading(request) => {
                if let Some(map) = self.spec.mark {
                    machine.hint_of(map, task, request.class as u64 + 1);
                }
                self.threads[task].doing = Doing::Serving(request);
                return After::Work { ns: self.spec.classes[request.class].service_ns };
            }
            Doing::Serving(request) => {
                self.n_served += 1;
                // What comes next is not known yet.
                if let Some(map) = self.spec.mark {
                    machine.hint_of(map, task, 0);
                }
                if request.number >= self.spec.n_warm {
                    let latency_ns = machine.time_ns() - request.at_ns;
                    self.latencies[request.class].push(latency_ns);
                }
            }
            Doing::Nothing => {}
        }
        match self.take(task) {
            Some(request) => {
                self.threads[task].doing = Doing::Reading(request);
                After::Work { ns: READ_NS }
            }
            None => {
                self.threads[task].doing = Doing::Nothing;
                self.idle.push(task);
                After::Sleep { wake_in_ns: None }
            }
        }
    }

    fn call(&mut self, machine: &mut Machine, _: u64) {
        self.arrive(machine);
    }

    fn is_over(&self, _: &Machine) -> bool {
        self.n_sent >= self.spec.n_requests
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
