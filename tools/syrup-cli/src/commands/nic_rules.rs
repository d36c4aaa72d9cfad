//! `syrupc deploy --at nic_rules:DEVICE --dry-run`: a policy as the rules of a network card.
//!
//! In: a policy and a device, or a number of queues. Out: commands that make the card decide as the
//! policy does. Nothing is changed: a card's rules have no owner, so a person runs the commands.

use crate::args::{Deploy, Format, RuleTool};
use crate::exit::{Exit, Failure};
use crate::{output, pipeline, shape};
use serde_json::json;
use std::path::Path;
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, Profile};
use syrup_nic::{Action, Plan};

/// The hook whose policies become rules.
const HOOK: &str = "nic_rules";

/// Prints the plan.
pub fn run(cmd: &Deploy, device: &str, format: Format) -> Result<Exit, Failure> {
    if !cmd.dry_run {
        let message = "syrupc does not change a card's rules itself: \
                       add `--dry-run`, and run the commands it prints";
        return Err(Failure::usage(message));
    }
    let n_queues = match cmd.queues {
        Some(0) => return Err(Failure::usage("`--queues` is at least 1")),
        Some(n_queues) => n_queues,
        None => queues_of(device)?,
    };
    let mut analysis = pipeline::analyze(&cmd.file, format)?;
    let policy = pipeline::choose_policy(&analysis, cmd.policy.as_deref())?;
    let hook = pipeline::choose_hook(&mut analysis, policy, Some(HOOK), format)?;
    let target = pipeline::choose_target(syrupc::DEFAULT_TARGET)?;
    // Rules compare numbers as they stand on the wire.
    let passes = Passes::ALL.without(Passes::BYTE_ORDER);
    let planned = syrupc::build(&analysis.program, policy, &hook, &target, passes)
        .map_err(|list| pipeline::refuse(list, &analysis, format))
        .and_then(|checked| with_params(checked, &cmd.set, &target))
        .and_then(|checked| {
            syrup_nic::plan(&checked, n_queues)
                .map_err(|list| pipeline::refuse(list, &analysis, format))
        });
    let plan = planned?;
    let commands = match cmd.with {
        RuleTool::Ethtool => syrup_nic::ethtool(&plan, device),
        RuleTool::Tc => syrup_nic::tc(&plan, device),
    }
    .map_err(|why| Failure::usage(format!("`{}` on {device}: {why}", plan.policy)))?;
    match format {
        Format::Json => println!("{}", output::json(&as_json(&plan, device, &commands))),
        Format::Human => show(&plan, device, &commands),
    }
    Ok(Exit::Done)
}

/// Gives parameters their values.
fn with_params(checked: Checked, set: &[String], target: &Profile) -> Result<Checked, Failure> {
    let mut module = checked.into_module();
    for text in set {
        let given = text.split_once('=').and_then(|(name, value)| {
            let param = module.params.iter().position(|param| *param.name == *name)?;
            Some((param, shape::plain(value)?))
        });
        let Some((at, value)) = given else {
            let known: Vec<_> = module.params.iter().map(|param| &*param.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let message =
                format!("`--set {text}`: write PARAM=NUMBER; the parameters are: {known}");
            return Err(Failure::usage(message));
        };
        let param = &mut module.params[at];
        let (lo, hi) = param.range;
        if !(lo..=hi).contains(&value) {
            let message = format!("`{}` is {lo} to {hi}, not {value}", param.name);
            return Err(Failure::usage(message));
        }
        param.default = value;
    }
    syrup_ir::check::check(module, target)
        .map_err(|list| Failure { exit: Exit::Bug, message: format!("{list:?}") })
}

/// How many receive queues a device has: sysfs, Documentation/ABI/testing/sysfs-class-net-queues.
fn queues_of(device: &str) -> Result<u32, Failure> {
    let is_name = !device.is_empty() && !device.contains('/') && device != "..";
    let folder = Path::new("/sys/class/net").join(device).join("queues");
    let entries = std::fs::read_dir(&folder).ok().filter(|_| is_name).ok_or_else(|| {
        let message = format!(
            "there is no network device `{device}`: `ip link` lists them, \
             and `--queues N` plans for one elsewhere"
        );
        Failure::usage(message)
    })?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Ok(names.filter(|name| name.starts_with("rx-")).count() as u32)
}

fn show(plan: &Plan, device: &str, commands: &[String]) {
    let (policy, n_rules, n_queues) = (&plan.policy, plan.rules.len(), plan.n_queues);
    println!("# {policy} on {device}: {n_rules} rules, {n_queues} queues");
    println!("# what no rule matches: {}", describe(plan.rest));
    if commands.is_empty() {
        println!("# the card decides so without any rule");
    }
    for command in commands {
        println!("{command}");
    }
}

fn describe(action: Action) -> String {
    match action {
        Action::Default => "the card's own choice".to_owned(),
        Action::Drop => "dropped".to_owned(),
        Action::Queue(queue) => format!("queue {queue}"),
        Action::Spread { start, count } => {
            format!("spread over queues {start} to {}", start + count - 1)
        }
    }
}

fn as_json(plan: &Plan, device: &str, commands: &[String]) -> serde_json::Value {
    json!({
        "format": syrup_wire::limits::FORMAT,
        "policy": plan.policy,
        "device": device,
        "queues": plan.n_queues,
        "rules": plan.rules.len(),
        "rest": describe(plan.rest),
        "commands": commands,
    })
}
