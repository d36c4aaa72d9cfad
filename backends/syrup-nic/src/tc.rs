//! A plan as commands of `tc`: flower filters.
//!
//! In: a plan and the name of a device. Out: commands in order, or the first rule that flower
//! cannot say. See `tc-flower(8)` and net/sched/cls_flower.c. Filters of a lower preference are
//! asked first; one preference has one protocol and one mask, so each filter gets its own. Flower
//! looks for a network header behind tags only where it is told how many, so a rule becomes one
//! filter for each number of tags that a policy looks behind.

use crate::cube::{Cube, Field, Masked};
use crate::ethtool::number;
use crate::{Action, Plan};
use std::fmt::Write;
use syrup_diag::limits::VLAN_TAGS_MAX;

/// The commands.
///
/// # Errors
/// A sentence that names the rule that flower cannot say.
pub fn tc(plan: &Plan, device: &str) -> Result<Vec<String>, String> {
    let mut commands = vec![format!("tc qdisc add dev {device} clsact")];
    let mut add = |protocol: &str, keys: &str, action: &str| {
        let pref = commands.len();
        let place = format!("dev {device} ingress pref {pref} protocol {protocol}");
        commands.push(format!("tc filter add {place} flower{keys} {action}"));
    };
    for rule in &plan.rules {
        let action = action(rule.action)?;
        for (protocol, keys) in filters(&rule.when)? {
            add(&protocol, &keys, &action);
        }
    }
    if plan.rest != Action::Default {
        add("all", "", &action(plan.rest)?);
    }
    if commands.len() == 1 {
        commands.clear();
    }
    Ok(commands)
}

fn action(action: Action) -> Result<String, String> {
    match action {
        Action::Default => Ok("action pass".to_owned()),
        Action::Drop => Ok("action drop".to_owned()),
        Action::Queue(queue) => Ok(format!("skip_sw action skbedit queue_mapping {queue}")),
        Action::Spread { .. } => {
            Err("tc filters cannot spread flows over queues: use `--with ethtool`".to_owned())
        }
    }
}

/// What the kernel calls each kind of tag, from the outside.
const TAGS: [&str; 2] = ["802.1Q", "802.1ad"];

/// The filters of a rule, each with the protocol of its frames and its keys.
fn filters(when: &Cube) -> Result<Vec<(String, String)>, String> {
    let Some(kind) = when.value(Field::Ethertype) else {
        return Err("tc filters cannot match a range of EtherTypes".to_owned());
    };
    let (keys, kind) = (keys(when)?, format!("{kind:#06x}"));
    let mut found = vec![(kind.clone(), keys.clone())];
    for n_tags in 1..=VLAN_TAGS_MAX {
        for outer in TAGS {
            match n_tags {
                1 => found.push((outer.to_owned(), format!(" vlan_ethtype {kind}{keys}"))),
                _ => found.extend(TAGS.map(|inner| {
                    let tags = format!(" vlan_ethtype {inner} cvlan_ethtype {kind}");
                    (outer.to_owned(), format!("{tags}{keys}"))
                })),
            }
        }
    }
    Ok(found)
}

fn keys(when: &Cube) -> Result<String, String> {
    let mut text = String::new();
    if when.get(Field::Protocol).is_some() {
        let protocol = when.value(Field::Protocol);
        let protocol = protocol.ok_or("tc filters cannot match a range of protocols")?;
        // A number is read as a hexadecimal one, and ports want the name.
        let _ = match protocol {
            6 => write!(text, " ip_proto tcp"),
            17 => write!(text, " ip_proto udp"),
            132 => write!(text, " ip_proto sctp"),
            other => write!(text, " ip_proto {other:x}"),
        };
    }
    match when.value(Field::Whole) {
        Some(0) => text.push_str(" ip_flags frag"),
        Some(_) => text.push_str(" ip_flags nofrag"),
        None => {}
    }
    for (field, wants) in when.fields() {
        let name = match field {
            Field::Ethertype | Field::Protocol | Field::Whole => continue,
            Field::TrafficClass => "ip_tos",
            Field::SrcV4 | Field::SrcV6 => "src_ip",
            Field::DstV4 | Field::DstV6 => "dst_ip",
            Field::SrcPort => "src_port",
            Field::DstPort => "dst_port",
        };
        let _ = write!(text, " {name} {}{}", value(field, wants), mask(field, wants));
    }
    Ok(text)
}

fn value(field: Field, wants: Masked) -> String {
    match field {
        Field::TrafficClass => format!("{:x}", wants.value),
        _ => number(field, wants.value),
    }
}

fn mask(field: Field, wants: Masked) -> String {
    if wants.mask == field.all() {
        return String::new();
    }
    match field {
        Field::SrcPort | Field::DstPort => format!("/{:#x}", wants.mask),
        Field::TrafficClass => format!("/{:x}", wants.mask),
        Field::SrcV4 | Field::DstV4 | Field::SrcV6 | Field::DstV6 => {
            // A mask of leading bits, as a number of bits; any other as an address.
            let leading = (wants.mask << (128 - field.bits())).leading_ones();
            match wants.mask.count_ones() == leading {
                true => format!("/{leading}"),
                false => format!("/{}", number(field, wants.mask)),
            }
        }
        Field::Ethertype | Field::Protocol | Field::Whole => String::new(),
    }
}
