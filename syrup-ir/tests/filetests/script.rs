//! Runs a module as its directives say, in their order.
//!
//! `set: s0 1 0 2` gives a set slots with these generations; `param: p0 3`; `map: m0 KEY VALUE`
//! writes an entry, both in hex, `-` for no key; `time: 5`, `cpu: 1`, `draws: 3 4` script the
//! outside; `packet: net 14 transport 34 eth 2048 ip 17 hash 7 queue 1 interface 2` sets what the
//! hook knows. `eval: HEX` evaluates with that frame and gives a line; at the end every entry and
//! record of every map gives one.

use syrup_ir::Checked;
use syrup_ir::interp::{Packet, SetState, State, World, run_checking_facts};

struct Script {
    time_ns: u64,
    cpu: u32,
    draws: std::collections::VecDeque<u32>,
}

impl World for Script {
    fn now(&mut self) -> u64 {
        self.time_ns
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        let draw = self.draws.pop_front().expect("the script has a draw left");
        assert!(below.is_none_or(|below| draw < below), "the draw {draw} is too large");
        draw
    }

    fn cpu(&mut self) -> u32 {
        self.cpu
    }
}

/// The lines of a run.
pub fn run(policy: &Checked, directives: &[(&str, &str)]) -> Result<String, String> {
    let mut state = State::new(policy.module());
    let mut packet = Packet::default();
    let mut world = Script { time_ns: 0, cpu: 0, draws: [].into() };
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
                let outcome = run_checking_facts(policy, &mut state, &packet, &mut world);
                lines.push(format!(
                    "{:?}, {:?}, {} steps",
                    outcome.decision, outcome.cause, outcome.steps
                ));
            }
            other => return Err(format!("no directive is called {other}")),
        }
    }
    for (at, map) in state.maps.iter().enumerate() {
        for (cpu, key, value) in map.entries() {
            lines.push(format!("m{at} cpu {cpu} [{}] = {}", digits(key), digits(value)));
        }
        for record in map.records() {
            lines.push(format!("m{at} record {}", digits(record)));
        }
    }
    Ok(lines.join("\n"))
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
