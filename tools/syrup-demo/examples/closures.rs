//! The demo with policies written as closures: how to use the crate without a compiler.
//!
//! ```text
//! cargo run --release -p syrup-demo --example closures -- sita [SECONDS [SEEDS [FILE.svg]]]
//! ```
//!
//! The closures run in the server's process, as policies do without the privilege to load them.

use std::{
    collections::BTreeMap,
    path::Path,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
};

use syrup_demo::{
    Budget, Decide, Decision, Feedback, LoadgenCommand, N_WORKERS, Options, ProcessSteering, SCAN,
    Scenario, Started, Steering, run,
};

const LOADGEN: &str = "loadgen";

/// Where a request's operation and user are in a datagram, after 8 bytes of UDP header.
const OP: std::ops::Range<usize> = 8..16;
const USER: std::ops::Range<usize> = 16..20;

/// The maps that the policies and the server share.
#[derive(Default)]
struct Maps {
    doing: [AtomicU64; N_WORKERS as usize],
    load: [AtomicI64; N_WORKERS as usize],
    tokens: Mutex<BTreeMap<u32, u64>>,
}

impl Feedback for Maps {
    fn begin(&self, slot: u32, op: u64) -> Result<(), String> {
        self.doing[slot as usize].store(op, Relaxed);
        Ok(())
    }
    fn end(&self, slot: u32, _op: u64) -> Result<(), String> {
        self.doing[slot as usize].store(0, Relaxed);
        self.overflow(slot, 1)
    }
    fn overflow(&self, slot: u32, count: u32) -> Result<(), String> {
        self.load[slot as usize].fetch_sub(i64::from(count), Relaxed);
        Ok(())
    }
    fn epoch(&self, budgets: &[Budget]) -> Result<(), String> {
        let budgets = budgets.iter().map(|budget| (budget.user, budget.tokens));
        *self.tokens.lock().unwrap_or_else(PoisonError::into_inner) = budgets.collect();
        Ok(())
    }
}

impl Maps {
    fn take_token(&self, user: u32) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.get_mut(&user) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            Some(_) | None => false,
        }
    }
}

struct Closures {
    name: &'static str,
}

impl ProcessSteering for Closures {
    fn start(&mut self, n: u32) -> Result<Started, String> {
        let maps = Arc::new(Maps::default());
        let policy = policy(self.name, n, Arc::clone(&maps))?;
        Ok(Started { policy, feedback: maps })
    }
}

fn policy(name: &str, n: u32, maps: Arc<Maps>) -> Result<Box<dyn Decide>, String> {
    let mut random = random();
    Ok(match name {
        "hash" => Box::new(|_: &[u8], _: u32| Ok(Decision::Pass)),
        "round_robin" => {
            let mut turn = 0;
            Box::new(move |_: &[u8], _: u32| {
                turn = (turn + 1) % n;
                Ok(Decision::Slot(turn))
            })
        }
        "scan_avoid" => Box::new(move |_: &[u8], _: u32| {
            let sample = [(); 6].map(|()| random(n));
            let free = sample.into_iter().find(|&w| maps.doing[w as usize].load(Relaxed) != SCAN);
            Ok(Decision::Slot(free.unwrap_or_else(|| random(n))))
        }),
        "sita" => Box::new(move |datagram: &[u8], _: u32| {
            let scan = datagram.get(OP) == Some(SCAN.to_le_bytes().as_slice());
            Ok(Decision::Slot(if scan { 0 } else { 1 + random(n - 1) }))
        }),
        "token" => Box::new(move |datagram: &[u8], _: u32| {
            let user = datagram.get(USER).and_then(|bytes| bytes.try_into().ok());
            let granted = user.is_some_and(|user| maps.take_token(u32::from_le_bytes(user)));
            Ok(if granted { Decision::Pass } else { Decision::Drop })
        }),
        "jsq" => Box::new(move |_: &[u8], _: u32| {
            let load = |w: u32| maps.load[w as usize].load(Relaxed);
            let (a, b) = (random(n), random(n));
            let shorter = if load(b) < load(a) { b } else { a };
            maps.load[shorter as usize].fetch_add(1, Relaxed);
            Ok(Decision::Slot(shorter))
        }),
        _ => return Err(format!("there is no closure named {name}")),
    })
}

/// Numbers below a bound: xorshift64 (Marsaglia, "Xorshift RNGs", 2003).
fn random() -> impl FnMut(u32) -> u32 + Send + 'static {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (((state >> 32) * u64::from(bound)) >> 32) as u32
    }
}

fn demo(args: &[String]) -> Result<(), String> {
    let name = args.first().map_or("scan_avoid", String::as_str);
    let scenario = Scenario::find(name).ok_or(format!("there is no scenario {name}"))?;
    let number = |i: usize, default: f64| match args.get(i) {
        Some(text) => text.parse::<f64>().map_err(|error| format!("{text}: {error}")),
        None => Ok(default),
    };
    let loadgen = LoadgenCommand::this_program([LOADGEN]).map_err(|error| error.to_string())?;
    let defaults = Options::new(loadgen);
    let options =
        Options { seconds: number(1, 10.0)?, n_seeds: number(2, 1.0)? as u32, ..defaults };
    let steering = Steering::Process(&mut Closures { name: scenario.name });
    let report = run(scenario, steering, &options).map_err(|error| error.to_string())?;
    print!("{}", report.to_text());
    match args.get(3) {
        Some(path) => report.write_svg(Path::new(path)).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().map(String::as_str) == Some(LOADGEN) {
        return syrup_demo::loadgen_main();
    }
    match demo(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            eprintln!("error: {what}");
            ExitCode::from(2)
        }
    }
}
