//! A plan as commands of `ethtool`: ntuple rules and RSS contexts.
//!
//! In: a plan and the name of a device. Out: commands in order, or the first rule that ntuple rules
//! cannot say. See `ethtool(8)`, "rx flow classification" and `context`; a mask there has the bits
//! that do *not* count. Lower locations are asked first.

use crate::cube::{Cube, Field, Masked};
use crate::{Action, Plan, Rule};
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The commands.
///
/// # Errors
/// A sentence that names the rule that ntuple rules cannot say.
pub fn ethtool(plan: &Plan, device: &str) -> Result<Vec<String>, String> {
    let mut contexts = Contexts { device, plan, spreads: Vec::new(), commands: Vec::new() };
    match plan.rest {
        Action::Default => {}
        Action::Spread { start, count } => {
            contexts.commands.push(format!("ethtool -X {device} start {start} equal {count}"));
        }
        Action::Drop | Action::Queue(_) => {
            return Err("ntuple rules cannot say what happens to every other frame: \
                        end the policy with `pass` or a spread over queues, or use `--with tc`"
                .to_owned());
        }
    }
    let mut rules = Vec::new();
    for rule in &plan.rules {
        let (flow, loc) = (flow(&rule.when)?, rules.len());
        let action = contexts.action(rule);
        rules.push(format!("ethtool -N {device} {flow} {action} loc {loc}"));
    }
    let mut commands = contexts.commands;
    if !rules.is_empty() {
        commands.insert(0, format!("ethtool -K {device} ntuple on"));
    }
    commands.extend(rules);
    Ok(commands)
}

/// RSS contexts, one for each spread.
struct Contexts<'a> {
    device: &'a str,
    plan: &'a Plan,
    spreads: Vec<(u32, u32)>,
    commands: Vec<String>,
}

impl Contexts<'_> {
    fn action(&mut self, rule: &Rule) -> String {
        let spread = match rule.action {
            Action::Drop => return "action -1".to_owned(),
            Action::Queue(queue) => return format!("action {queue}"),
            Action::Spread { start, count } => (start, count),
            // Context 0 is the card's own table, which is all queues unless the plan changes it.
            Action::Default if self.plan.rest == Action::Default => return "context 0".to_owned(),
            Action::Default => (0, self.plan.n_queues),
        };
        let known = self.spreads.iter().position(|other| *other == spread);
        let at = known.unwrap_or_else(|| {
            let (device, (start, count)) = (self.device, spread);
            self.commands
                .push(format!("ethtool -X {device} context new start {start} equal {count}"));
            self.spreads.push(spread);
            self.spreads.len() - 1
        });
        format!("context {}", at + 1)
    }
}

/// The flow specification of a rule.
fn flow(when: &Cube) -> Result<String, String> {
    match when.value(Field::Ethertype) {
        Some(0x0800) => flow_of_ip(when, 4),
        Some(0x86dd) => flow_of_ip(when, 6),
        Some(kind) if when.fields().count() == 1 => {
            Ok(format!("flow-type ether proto {kind:#06x} m 0x0"))
        }
        _ => Err(unsaid("a range of EtherTypes")),
    }
}

fn unsaid(what: &str) -> String {
    format!("ntuple rules cannot match {what}: use `--with tc`")
}

fn flow_of_ip(when: &Cube, version: u8) -> Result<String, String> {
    let kind = match (when.get(Field::Protocol), when.value(Field::Protocol)) {
        (None, _) if when.get(Field::Whole).is_some() => {
            return Err(unsaid("whole datagrams of IPv4 alone, nor fragments"));
        }
        (None, _) => "ip",
        (_, Some(6)) => "tcp",
        (_, Some(17)) => "udp",
        (_, Some(132)) => "sctp",
        // A card says of other protocols what it says of their fragments.
        _ => return Err(unsaid("only whole datagrams of a protocol besides TCP, UDP and SCTP")),
    };
    let mut text = format!("flow-type {kind}{version}");
    for (field, wants) in when.fields() {
        let name = match (field, version) {
            (Field::Ethertype | Field::Protocol | Field::Whole, _) => continue,
            (Field::TrafficClass, 4) => "tos",
            (Field::TrafficClass, _) => "tclass",
            (Field::SrcV4 | Field::SrcV6, _) => "src-ip",
            (Field::DstV4 | Field::DstV6, _) => "dst-ip",
            (Field::SrcPort, _) => "src-port",
            (Field::DstPort, _) => "dst-port",
        };
        let _ = write!(text, " {name} {}", number(field, wants.value));
        if wants.mask != field.all() {
            let ignored = Masked { value: !wants.mask & field.all(), ..wants };
            let mask = match field {
                Field::SrcV4 | Field::DstV4 | Field::SrcV6 | Field::DstV6 => {
                    number(field, ignored.value)
                }
                _ => format!("{:#x}", ignored.value),
            };
            let _ = write!(text, " m {mask}");
        }
    }
    Ok(text)
}

/// A field's number as commands write it.
pub(crate) fn number(field: Field, value: u128) -> String {
    match field {
        Field::SrcV4 | Field::DstV4 => Ipv4Addr::from(value as u32).to_string(),
        Field::SrcV6 | Field::DstV6 => Ipv6Addr::from(value).to_string(),
        Field::TrafficClass => format!("{value:#x}"),
        Field::Ethertype | Field::Protocol | Field::Whole => value.to_string(),
        Field::SrcPort | Field::DstPort => value.to_string(),
    }
}
