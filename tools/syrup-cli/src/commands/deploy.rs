//! `syrupc deploy`: a policy to the sockets of a running program or to a device, without a daemon.

use super::remote;
use crate::args::{Deploy, Format, Mode};
use crate::commands::nic_rules;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use crate::shape;
use std::hash::{DefaultHasher, Hash, Hasher};
use syrup_backend::EmitOptions;
use syrup_diag::{Code, Diagnostic};
use syrup_load::{
    At, DeployRequest, Deployment, DeviceAt, DeviceRequest, LayoutConflict, LoadError, Place,
    XdpMode,
};
use syrup_wire::artifact::{Artifact, MapRole, MapSpec, ParamSpec};
use syrup_wire::record::ExecutorRecord;
use syrupc::Analysis;

/// Compiles, loads, fills the executor slots and attaches.
pub fn run(cmd: &Deploy, format: Format) -> Result<Exit, Failure> {
    if let Some(device) = cmd.at.strip_prefix("nic_rules:") {
        return nic_rules::run(cmd, device, format);
    }
    let place: Place = cmd.at.parse()?;
    let mut analysis = pipeline::analyze(&cmd.file, format)?;
    let policy = pipeline::choose_policy(&analysis, cmd.policy.as_deref())?;
    let hook = pipeline::choose_hook(&mut analysis, policy, Some(place.hook()), format)?;
    let target = pipeline::choose_target(&cmd.target)?;
    let options = EmitOptions { counters: !cmd.no_counters, twin: false };
    let compiled = pipeline::compile(&analysis, policy, &hook, &target, options, format)?;
    let params = params(&compiled.artifact, &cmd.set, &analysis, format)?;
    if let (Place::Group(_), Some(client)) = (&place, cmd.pins.daemon()) {
        return remote::deploy(&client, cmd, &compiled.artifact, &params, format);
    }
    if cmd.check || cmd.dry_run {
        let message = "`--check` asks the daemon, which deploys at socket_select, and none runs";
        return Err(Failure::usage(message));
    }
    let source_hash = source_hash(&analysis.sources);
    let deployed = match place {
        Place::Group(at) => in_group(cmd, at, &compiled.artifact, params, source_hash),
        Place::Device(at) => at_device(cmd, at, &compiled.artifact, params, source_hash),
    };
    let (deployment, how) =
        deployed.map_err(|error| refused(error, &compiled.artifact, &analysis, format))?;
    report(&deployment, &compiled.artifact, how, format);
    Ok(Exit::Done)
}

/// Says what was deployed, and `how`.
pub(super) fn report(deployment: &Deployment, artifact: &Artifact, how: &str, format: Format) {
    match format {
        Format::Json => println!("{}", output::json(&deployment.record)),
        Format::Human => show(deployment, artifact, how),
    }
}

fn in_group(
    cmd: &Deploy,
    at: At,
    artifact: &Artifact,
    params: Vec<u64>,
    source_hash: u64,
) -> Result<(Deployment, &'static str), LoadError> {
    let request = DeployRequest {
        at,
        pid: cmd.pid,
        params,
        replace: cmd.replace,
        pin_root: cmd.pins.pin_root.clone(),
        source_hash,
    };
    Ok((syrup_load::deploy(artifact, &request)?, ""))
}

/// Says with it where in the receive path the policy runs.
fn at_device(
    cmd: &Deploy,
    at: DeviceAt,
    artifact: &Artifact,
    params: Vec<u64>,
    source_hash: u64,
) -> Result<(Deployment, &'static str), LoadError> {
    let request = DeviceRequest {
        at,
        mode: match cmd.mode {
            Mode::Any => XdpMode::Any,
            Mode::Native => XdpMode::Native,
            Mode::Generic => XdpMode::Generic,
        },
        pid: cmd.pid,
        cores: cmd.cores.clone(),
        params,
        replace: cmd.replace,
        pin_root: cmd.pins.pin_root.clone(),
        source_hash,
    };
    let done = syrup_load::deploy_at_device(artifact, &request)?;
    let how = if done.native { ", in the driver" } else { ", in generic mode, which is slower" };
    Ok((done.deployment, how))
}

fn show(deployment: &Deployment, artifact: &Artifact, how: &str) {
    let place = if deployment.replaced { " in place of what was there" } else { "" };
    let (policy, at, id) = (&artifact.policy, &deployment.record.at, &deployment.id);
    let slots = || deployment.record.executors.iter().flatten().enumerate().filter_map(executor);
    let kind = artifact.sets.first().map_or("socket", |set| set.kind.as_str());
    let kind = if deployment.record.at.starts_with("cpu_redirect") { "core" } else { kind };
    let count = slots().count();
    let s = if count == 1 { "" } else { "s" };
    println!("deployed {policy} at {at}{place}{how}: {count} {kind}{s} ({id})");
    let word = if artifact.sets.is_empty() { "socket" } else { "slot" };
    for (slot, text) in slots() {
        println!("  {word} {slot}: {text}");
    }
    for map in artifact.maps.iter().filter(|map| is_of_the_policy(&map.role)) {
        if deployment.kept_maps.contains(&map.name) {
            println!("  {}: kept with its contents", describe(map));
        }
    }
}

/// A slot and what is in it; `None` for a slot that holds nothing.
fn executor((slot, executor): (usize, &ExecutorRecord)) -> Option<(usize, String)> {
    let text = match executor {
        ExecutorRecord::Socket { cookie: 0, .. } => return None,
        ExecutorRecord::Socket { pid, fd, .. } => format!("descriptor {fd} of process {pid}"),
        ExecutorRecord::Core { cpu } => format!("core {cpu}"),
        ExecutorRecord::Xsk { pid, fds } => {
            let fds: Vec<String> = fds.iter().map(u32::to_string).collect();
            format!("AF_XDP descriptors {} of process {pid}, by queue", fds.join(", "))
        }
    };
    Some((slot, text))
}

/// Whether a map was declared in the policy.
fn is_of_the_policy(role: &MapRole) -> bool {
    match role {
        MapRole::User { .. } | MapRole::State { .. } | MapRole::Log { .. } => true,
        MapRole::Params
        | MapRole::Executors { .. }
        | MapRole::Ring { .. }
        | MapRole::Generations { .. }
        | MapRole::Cores { .. }
        | MapRole::Sets
        | MapRole::Counters
        | MapRole::Script => false,
    }
}

/// A map in the policy's words.
fn describe(map: &MapSpec) -> String {
    match &map.role {
        MapRole::State { cells } => {
            let names: Vec<_> = cells.iter().map(|cell| cell.name.as_str()).collect();
            format!("state {}", names.join(", "))
        }
        _ => format!("map {}", map.name),
    }
}

/// The values of the parameters, those not given by their defaults.
fn params(
    artifact: &Artifact,
    given: &[String],
    analysis: &Analysis,
    format: Format,
) -> Result<Vec<u64>, Failure> {
    let mut values: Vec<u64> = artifact.params.iter().map(|param| param.default).collect();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Failure::usage(format!("write --set PARAM=VALUE, not `{text}`")));
        };
        let Some(at) = artifact.params.iter().position(|param| param.name == name) else {
            let known: Vec<_> = artifact.params.iter().map(|param| param.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let message = format!("the policy has no parameter `{name}`; it has: {known}");
            return Err(Failure::usage(message));
        };
        let spec = &artifact.params[at];
        let outside = |number: &u64| *number < spec.min || *number > spec.max;
        if let Some(number) = shape::plain(value).filter(outside) {
            return Err(out_of_range(spec, number, analysis, format));
        }
        let bytes = shape::parse(&spec.shape, value)
            .map_err(|why| Failure::usage(format!("parameter `{name}`: {why}")))?;
        let mut whole = [0; 8];
        whole[..bytes.len()].copy_from_slice(&bytes);
        values[at] = u64::from_le_bytes(whole);
        if outside(&values[at]) {
            return Err(out_of_range(spec, values[at], analysis, format));
        }
    }
    Ok(values)
}

/// A value that the declaration of a parameter does not allow.
fn out_of_range(spec: &ParamSpec, number: u64, analysis: &Analysis, format: Format) -> Failure {
    let ParamSpec { name, min, max, .. } = spec;
    let message = format!("`{name}` is {min} to {max}, not {number}");
    let param = analysis.program.params.iter().find(|param| *param.name == **name);
    let Some(param) = param else { return Failure::usage(message) };
    let diagnostic = Diagnostic::error(Code::E0701, param.span, message)
        .label(format!("{min}..={max}"))
        .help(format!("`--set {name}={}`", number.clamp(*min, *max)));
    pipeline::refuse(vec![diagnostic], analysis, format)
}

/// A map that is pinned already, with another layout: both, one above the other.
fn other_layout(conflict: &LayoutConflict, analysis: &Analysis, format: Format) -> Option<Failure> {
    let LayoutConflict { map: pin, wanted, there, advice } = conflict;
    let is_it =
        |map: &&syrupc::hir::Map| map.pin.as_deref() == Some(pin.as_str()) || *map.name == **pin;
    let map = analysis.program.maps.iter().find(is_it)?;
    let message = format!("`{pin}` is already there with another layout");
    let diagnostic = Diagnostic::error(Code::E0704, map.span, message)
        .note(format!("this policy: {wanted}"))
        .note(format!("there:       {there}"))
        .help(advice.as_str());
    Some(pipeline::refuse(vec![diagnostic], analysis, format))
}

/// A kernel that refuses what we accepted: leaves a bundle to attach to a report.
fn refused(error: LoadError, artifact: &Artifact, analysis: &Analysis, format: Format) -> Failure {
    if let LoadError::Layout(conflict) = &error {
        return other_layout(conflict, analysis, format).unwrap_or_else(|| error.into());
    }
    let LoadError::Refused(refusal) = &error else { return error.into() };
    let folder = std::env::temp_dir();
    let bundle: String = match syrup_load::write_bundle(&folder, artifact, refusal) {
        Ok(files) => files.iter().map(|f| format!("\n  attach {}", f.display())).collect(),
        Err(_) => String::new(),
    };
    let Failure { exit, message } = Failure::from(error);
    Failure { exit, message: format!("{message}{bundle}") }
}

/// A fingerprint of every file a policy was made from.
fn source_hash(sources: &syrup_diag::Sources) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (_, source) in sources.iter() {
        source.text().hash(&mut hasher);
    }
    hasher.finish()
}
