//! `syrupc demo`: a server under load, with the kernel's default and with a policy of `examples/`.

mod kernel;
mod process;

use crate::args::{Demo, Format};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use std::path::Path;
use std::process::ExitCode;
use syrup_demo::{Executor, LoadgenCommand, Options, SCENARIOS, Scenario, Steering};
use syrupc::Analysis;
use syrupc::hir::PolicyId;

/// The hidden argument that makes this program the load generator.
const LOADGEN: &str = "demo-load-generator";

/// Every `.syr` file of `examples/`, as `folder/name.syr`.
const POLICIES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// Runs as the load generator when this process was started as one.
pub fn loadgen() -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    (args.next()? == LOADGEN).then(syrup_demo::loadgen_main)
}

/// Reads the files of an example for its `use`.
struct Embedded;

impl syrupc::Files for Embedded {
    fn read(&self, path: &str) -> Result<String, String> {
        let path = path.strip_prefix("examples/").unwrap_or(path);
        let found = POLICIES.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "there is no such file".to_owned())
    }
}

/// Compiles the example, measures, and shows what was measured.
pub fn run(cmd: &Demo, format: Format) -> Result<Exit, Failure> {
    let Some(scenario) = Scenario::find(&cmd.policy) else {
        let known: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        let message = format!("there is no demo `{}`; there are: {}", cmd.policy, known.join(", "));
        return Err(Failure::usage(message));
    };
    let mut analysis = analyze(scenario)?;
    let policy = pipeline::choose_policy(&analysis, None)?;
    let hook = pipeline::choose_hook(&mut analysis, policy, Some(syrupc::DEFAULT_HOOK), format)?;
    let options = options(cmd, format)?;
    let refused = if cmd.no_kernel {
        Some("as asked for by --no-kernel".to_owned())
    } else {
        let ready = syrup_load::probe().and_then(|found| found.require_load());
        ready.err().map(|error| error.to_string())
    };
    let report = match &refused {
        None => {
            let target = pipeline::choose_target("host")?;
            let options_emit = syrup_backend::EmitOptions::default();
            let compiled =
                pipeline::compile(&analysis, policy, &hook, &target, options_emit, format)?;
            let mut steering = kernel::Steer::new(compiled.artifact, scenario.needs);
            syrup_demo::run(scenario, Steering::Kernel(&mut steering), &options)
        }
        Some(why) => {
            eprintln!("the policy runs on the interpreter inside the server: {why}");
            let ready = super::test::build_all(&mut analysis, Some(&hook.name), format)?;
            let Some(ready) = ready.into_values().next() else {
                return Err(Failure::usage("the example has no policy"));
            };
            let mut steering = process::Steer::new(ready.policy, scenario.needs);
            syrup_demo::run(scenario, Steering::Process(&mut steering), &options)
        }
    };
    let report = report.map_err(|error| Failure::usage(error.to_string()))?;
    match format {
        Format::Human => {
            print_policy(&analysis, policy);
            print!("{}", report.to_text());
        }
        Format::Json => println!("{}", output::json(&report.to_json())),
    }
    if let Some(path) = &cmd.svg {
        report.write_svg(path).map_err(|error| Failure::usage(error.to_string()))?;
        eprintln!("wrote {}", path.display());
    }
    Ok(Exit::Done)
}

/// The example's policy, analysed; its text is part of this program.
fn analyze(scenario: &Scenario) -> Result<Analysis, Failure> {
    let name = format!("examples/{}/policy.syr", scenario.name);
    let text = syrupc::Files::read(&Embedded, &name)
        .map_err(|why| Failure::usage(format!("cannot read {name}: {why}")))?;
    let analysis = syrupc::analyze(&name, &text, &Embedded);
    if analysis.diags.has_errors() {
        return Err(pipeline::refuse(
            analysis.diags.clone().into_sorted(),
            &analysis,
            Format::Human,
        ));
    }
    Ok(analysis)
}

fn options(cmd: &Demo, format: Format) -> Result<Options, Failure> {
    if let Some(folder) = cmd.svg.as_deref().and_then(Path::parent)
        && !folder.as_os_str().is_empty()
        && !folder.is_dir()
    {
        let message = format!("there is no directory {} for the drawing", folder.display());
        return Err(Failure::usage(message));
    }
    let command = LoadgenCommand::this_program([LOADGEN])
        .map_err(|error| Failure::usage(error.to_string()))?;
    let defaults = Options::new(command);
    let options = Options {
        seconds: cmd.seconds,
        n_seeds: cmd.seeds,
        first_seed: cmd.seed,
        scale: cmd.scale,
        executor: if cmd.spin { Executor::Spin } else { Executor::Emulated },
        progress: format == Format::Human,
        ..defaults
    };
    options.check().map_err(|error| Failure::usage(error.to_string()))?;
    Ok(options)
}

/// Shows the policy that was measured.
fn print_policy(analysis: &Analysis, policy: PolicyId) {
    let decl = &analysis.program.policies[policy.idx()];
    println!("{}\n", analysis.sources.slice(decl.whole));
}
