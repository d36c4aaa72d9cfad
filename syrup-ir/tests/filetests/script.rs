//! Runs a module as its directives say, in their order.
//!
//! `set: s0 1 0 2` gives a set slots with these generations; `param: p0 3`; `map: m0 KEY VALUE`
//! writes an entry, both in hex, `-` for no key; `time: 5`, `cpu: 1`, `draws: 3 4` script the
//! outside; `packet: net 14 transport 34 eth 2048 ip 17 hash 7 queue 1 interface 2` sets what the
//! hook knows. `eval: HEX` evaluates with that frame and gives a line; at the end every entry and
//! record of every map gives one.
//!
//! `event: tick task 7 weight 200 ran 5 cores 0,2 core 1 stopped 9` evaluates the handler of an
//! event: the thread's id, weight, nanoseconds and allowed slots, the slot of the core, and the
//! nanoseconds that `stop` tells; what is left out is 0, or as usual. Queues give a line each,
//! with the key and id of every thread, and sets one with the slots that are busy.

use std::sync::Arc;
use syrup_ir::Checked;
use syrup_ir::Event;
use syrup_ir::interp::{Happening, Outcome, Packet, SetState, State, Task, World};

struct Script {
    time_ns: u64,
    cpu: u32,
    draws: std::collections::VecDeque<u32>,
    /// What was wrong with a draw: an engine may be in the middle of what cannot unwind.
    problem: Option<&'static str>,
}

impl World for Script {
    fn now(&mut self) -> u64 {
        self.time_ns
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        let Some(draw) = self.draws.pop_front() else {
            self.problem = Some("the script has no draw left");
            return 0;
        };
        if below.is_some_and(|below| draw >= below) {
            self.problem = Some("a draw is too large");
            return 0;
        }
        draw
    }

    fn cpu(&mut self) -> u32 {
        self.cpu
    }
}

/// What evaluates: the interpreter, or an engine that is compared with it.
pub trait Evaluator {
    /// Shows a packet to the first function.
    fn packet(
        &mut self,
        policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &mut dyn World,
    ) -> Outcome;

    /// Shows an event to its handler, if there is one.
    fn event(
        &mut self,
        policy: &Checked,
        state: &mut State,
        happening: &Happening,
        world: &mut dyn World,
    ) -> Option<Outcome>;
}

/// The lines of a run.
pub fn run(
    policy: &Checked,
    directives: &[(&str, &str)],
    evaluator: &mut dyn Evaluator,
) -> Result<String, String> {
    let mut state = State::new(policy.module());
    let mut packet = Packet::default();
    let mut world = Script { time_ns: 0, cpu: 0, draws: [].into(), problem: None };
    let mut lines = Vec::new();
    for (name, value) in directives {
        let words: Vec<&str> = value.split_whitespace().collect();
        match *name {
            "test" | "target" => {}
            "set" => {
                let at: usize = id(words.first(), 's')?;
                let generations = words[1..].iter().map(|word| number(word));
                state.sets[at] = SetState { generations: generations.collect::<Result<_, _>>()? };
            }
            "param" => state.params[id::<usize>(words.first(), 'p')?] = number(words[1])?,
            "map" => {
                let map = &mut state.maps[id::<usize>(words.first(), 'm')?];
                if !map.set(&hex(words[1])?, world.cpu, &hex(words[2])?) {
                    return Err(format!("{value} cannot be set"));
                }
            }
            "time" => world.time_ns = number(value)?,
            "cpu" => world.cpu = number(value)?,
            "draws" => {
                world.draws = words.iter().map(|word| number(word)).collect::<Result<_, _>>()?;
            }
            "packet" => known(&mut packet, &words)?,
            "eval" => {
                packet.frame = hex(value)?;
                let outcome = evaluator.packet(policy, &mut state, &packet, &mut world);
                lines.push(format!(
                    "{:?}, {:?}, {} steps",
                    outcome.decision, outcome.cause, outcome.steps
                ));
            }
            "event" => {
                let happening = happening(&words)?;
                let outcome = evaluator.event(policy, &mut state, &happening, &mut world);
                lines.push(match outcome {
                    Some(outcome) => format!(
                        "{:?}, {:?}, {} steps",
                        outcome.decision, outcome.cause, outcome.steps
                    ),
                    None => "no handler".to_owned(),
                });
            }
            other => return Err(format!("no directive is called {other}")),
        }
    }
    if let Some(problem) = world.problem {
        return Err(problem.to_owned());
    }
    for (at, map) in state.maps.iter().enumerate() {
        for (cpu, key, value) in map.entries() {
            lines.push(format!("m{at} cpu {cpu} [{}] = {}", digits(key), digits(value)));
        }
        for record in map.records() {
            lines.push(format!("m{at} record {}", digits(record)));
        }
    }
    lines.extend(threads(&state));
    Ok(lines.join("\n"))
}

/// The threads that wait, and the cores that do not.
fn threads(state: &State) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, queue) in state.threads.queues.iter().enumerate() {
        let waiting = queue.waiting().map(|(key, task)| format!(" {}@{key}", task.id));
        lines.push(format!("q{at}:{}", waiting.collect::<String>()));
    }
    for (at, busy) in state.threads.busy.iter().enumerate().filter(|(_, busy)| !busy.is_empty()) {
        lines.push(format!("s{at} busy {busy:?}"));
    }
    lines
}

fn happening(words: &[&str]) -> Result<Happening, String> {
    let name = words.first().copied().unwrap_or_default();
    let event = Event::by_name(name).ok_or_else(|| format!("no event is called {name}"))?;
    let mut happening = Happening { event, task: Task::new(0), core: 0, ran_ns: 0 };
    for pair in words[1..].chunks(2) {
        let [name, value] = pair else { return Err("a name without a value".to_owned()) };
        match *name {
            "task" => happening.task.id = number(value)?,
            "weight" => happening.task.weight = number(value)?,
            "ran" => happening.task.ran_ns = number(value)?,
            "cores" => {
                let slots = value.split(',').map(number).collect::<Result<_, _>>()?;
                happening.task.cores = Some(Arc::new(slots));
            }
            "core" => happening.core = number(value)?,
            "stopped" => happening.ran_ns = number(value)?,
            other => return Err(format!("an event has no {other}")),
        }
    }
    Ok(happening)
}

fn known(packet: &mut Packet, words: &[&str]) -> Result<(), String> {
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err("a name without a value".to_owned()) };
        match *name {
            "net" => packet.net = number(value)?,
            "transport" => packet.transport = number(value)?,
            "eth" => packet.eth_protocol = number(value)?,
            "ip" => packet.ip_protocol = number(value)?,
            "hash" => packet.flow_hash = number(value)?,
            "queue" => packet.rx_queue = number(value)?,
            "interface" => packet.interface = number(value)?,
            other => return Err(format!("a packet has no {other}")),
        }
    }
    Ok(())
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word} is no number that fits"))
}

fn id<T: std::str::FromStr>(word: Option<&&str>, prefix: char) -> Result<T, String> {
    let word = word.ok_or("an id is missing")?;
    number(word.strip_prefix(prefix).ok_or_else(|| format!("{word} is no id"))?)
}

fn hex(word: &str) -> Result<Vec<u8>, String> {
    let digits: Vec<char> = word.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16))
        .collect::<Result<_, _>>()
        .map_err(|_| format!("{word} are no hex bytes"))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
