//! Checked IR to the rules that an ordinary network card matches packets with.
//!
//! In: a checked module of the hook `nic_rules` and the number of receive queues. Out: a [`Plan`],
//! a list of rules of which the first that matches decides, or the diagnostics that name what a
//! card's rules cannot do. [`ethtool`] and [`tc`] print a plan as commands.
//!
//! A rule matches EtherType, transport protocol, addresses, traffic class and ports, each with a
//! mask. The plan is exact for every well-formed frame: one whose headers are all there and whose
//! lengths are right. A frame that is not is matched by no rule. A rule that names a transport
//! protocol speaks of whole datagrams: a fragment has no ports, and no part of one is told from
//! the others.

mod cube;
mod ethtool;
mod explore;
mod simplify;
mod symbol;
mod tc;

pub use cube::{Cube, Field, Masked};
pub use ethtool::ethtool;
pub use tc::tc;

use syrup_diag::Diagnostic;
use syrup_ir::Checked;

/// What a card is to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plan {
    /// The policy's name.
    pub policy: String,
    /// The card's receive queues.
    pub n_queues: u32,
    /// The rules in order: the first that matches decides.
    pub rules: Vec<Rule>,
    /// What happens to a frame that no rule matches.
    pub rest: Action,
}

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The frames it is about.
    pub when: Cube,
    /// What happens to them.
    pub action: Action,
}

/// What happens to a frame.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// The card does what it does without a policy: it spreads flows over all queues.
    Default,
    /// It is dropped.
    Drop,
    /// It goes to this queue.
    Queue(u32),
    /// The card spreads flows over these queues by its own hash.
    Spread {
        /// The first queue.
        start: u32,
        /// How many.
        count: u32,
    },
}

/// The rules for a policy.
///
/// # Errors
/// What a card's rules cannot do, in the policy's own terms; and more rules than cards hold.
pub fn plan(policy: &Checked, n_queues: u32) -> Result<Plan, Vec<Diagnostic>> {
    let module = policy.module();
    let mut rules = explore::rules(module, n_queues).map_err(|refused| vec![*refused])?;
    let rest = simplify::simplify(&mut rules);
    Ok(Plan { policy: module.name.to_string(), n_queues, rules, rest })
}

impl Plan {
    /// What happens to a frame that has these fields: the model of a card.
    pub fn decide(&self, frame: &Cube) -> Action {
        let hit = self.rules.iter().find(|rule| rule.when.covers(frame));
        hit.map_or(self.rest, |rule| rule.action)
    }
}
