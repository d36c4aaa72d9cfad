//! The demo's policy on the interpreter, inside the server: for those who may not load programs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use syrup_demo::{Budget, Decide, Decision, Feedback, Needs, NoFeedback, ProcessSteering, Started};
use syrup_ir::Checked;
use syrup_ir::interp::{self, Packet, SetState, State, World};
use syrupc::testing::{Rings, Rng};

/// EtherType of IPv4 and protocol of UDP, which is all the demo sends.
const IPV4: u16 = 0x0800;
const UDP: u8 = 17;

/// Starts the policy with fresh maps for each run.
pub struct Steer {
    policy: Arc<Checked>,
    needs: Needs,
}

impl Steer {
    /// For a policy and what it needs to be told.
    pub fn new(policy: Checked, needs: Needs) -> Steer {
        Steer { policy: Arc::new(policy), needs }
    }
}

impl ProcessSteering for Steer {
    fn start(&mut self, n_workers: u32) -> Result<Started, String> {
        let module = self.policy.module();
        let mut state = State::new(module);
        state.sets.iter_mut().for_each(|set| *set = SetState::full(n_workers));
        Rings::default().fill(module, &mut state);
        let state = Arc::new(Mutex::new(state));
        let named = |name: &str| {
            let at = module.maps.iter().position(|map| &*map.name == name);
            at.map(|map| Told { state: state.clone(), map, needs: self.needs })
                .ok_or_else(|| format!("there is no map `{name}`"))
        };
        let feedback: Arc<dyn Feedback> = match self.needs {
            Needs::Nothing => Arc::new(NoFeedback),
            Needs::Doing => Arc::new(named("doing")?),
            Needs::Load => Arc::new(named("load")?),
            Needs::Tokens => Arc::new(named("tokens")?),
        };
        let outside = Outside { start: Instant::now(), rng: Rng::new(1) };
        let policy = Box::new(Interpreted { policy: self.policy.clone(), state, outside });
        Ok(Started { policy, feedback })
    }
}

/// The policy and its maps.
struct Interpreted {
    policy: Arc<Checked>,
    state: Arc<Mutex<State>>,
    outside: Outside,
}

impl Decide for Interpreted {
    fn decide(&mut self, datagram: &[u8], flow_hash: u32) -> Result<Decision, String> {
        let packet = Packet {
            frame: datagram.to_vec(),
            eth_protocol: IPV4,
            ip_protocol: UDP,
            flow_hash,
            ..Packet::default()
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = interp::run(&self.policy, &mut state, &packet, &mut self.outside);
        Ok(match outcome.decision {
            interp::Decision::Pass => Decision::Pass,
            interp::Decision::Drop => Decision::Drop,
            interp::Decision::Slot(_, slot) => Decision::Slot(slot),
            other @ (interp::Decision::Enqueued(_)
            | interp::Decision::Preempt(..)
            | interp::Decision::Keep
            | interp::Decision::Idle
            | interp::Decision::Run(_)) => {
                return Err(format!("a packet is answered with {other:?}"));
            }
        })
    }
}

/// Time and draws of a real run.
struct Outside {
    start: Instant,
    rng: Rng,
}

impl World for Outside {
    fn now(&mut self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    fn random(&mut self, below: Option<u32>) -> u32 {
        let draw = self.rng.next_u64() >> 32;
        below.map_or(draw as u32, |below| ((draw * u64::from(below)) >> 32) as u32)
    }

    fn cpu(&mut self) -> u32 {
        0
    }
}

/// Feedback into the interpreter's maps.
struct Told {
    state: Arc<Mutex<State>>,
    map: usize,
    needs: Needs,
}

impl Told {
    fn set(&self, key: u32, value: &[u8]) -> Result<(), String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let written = state.maps[self.map].set(&key.to_le_bytes(), 0, value);
        if written { Ok(()) } else { Err("a map is full".to_owned()) }
    }

    fn lower(&self, slot: u32, count: u32) -> Result<(), String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let map = &mut state.maps[self.map];
        let key = slot.to_le_bytes();
        let old = map.get_number(&key, 0, 0, 4).unwrap_or(0) as u32;
        let new = u64::from(old.wrapping_sub(count));
        let written = map.set_number(&key, 0, 0, 4, new);
        if written { Ok(()) } else { Err(format!("there is no slot {slot}")) }
    }
}

impl Feedback for Told {
    fn begin(&self, slot: u32, op: u64) -> Result<(), String> {
        match self.needs {
            Needs::Doing => self.set(slot, &op.to_le_bytes()),
            Needs::Nothing | Needs::Load | Needs::Tokens => Ok(()),
        }
    }

    fn end(&self, slot: u32, _op: u64) -> Result<(), String> {
        match self.needs {
            Needs::Doing => self.set(slot, &0u64.to_le_bytes()),
            Needs::Load => self.lower(slot, 1),
            Needs::Nothing | Needs::Tokens => Ok(()),
        }
    }

    fn overflow(&self, slot: u32, count: u32) -> Result<(), String> {
        match self.needs {
            Needs::Load => self.lower(slot, count),
            Needs::Nothing | Needs::Doing | Needs::Tokens => Ok(()),
        }
    }

    fn epoch(&self, budgets: &[Budget]) -> Result<(), String> {
        match self.needs {
            Needs::Tokens => {
                budgets.iter().try_for_each(|b| self.set(b.user, &b.tokens.to_le_bytes()))
            }
            Needs::Nothing | Needs::Doing | Needs::Load => Ok(()),
        }
    }
}
