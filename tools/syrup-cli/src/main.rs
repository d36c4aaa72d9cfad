//! `syrupc`: the command line of Syrup.
//!
//! In: arguments. Out: text or JSON on standard output, messages on standard error, and an exit
//! code: 0 done, 1 the policy has errors or a test fails, 2 wrong usage or input/output, 3 the
//! kernel refused what we accepted, 4 a bug of ours.

mod args;
mod backends;
mod commands;
mod exit;
mod input;
mod output;
mod pipeline;
mod reports;
mod shape;

use args::{Args, Command};
use clap::Parser;
use exit::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    exit::report_panics();
    if let Some(code) = commands::demo::loadgen() {
        return code;
    }
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            let failed = error.use_stderr();
            // A closed pipe is no reason to fail over a help text.
            let _ = error.print();
            return if failed { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let format = match (&args.command, args.format.common()) {
        (Command::Lint(cmd), _) => {
            return match commands::lint::run(cmd, args.format) {
                Ok(exit) => exit.into(),
                Err(failure) => {
                    let how = args.format.common().unwrap_or(args::Format::Human);
                    failure.report(how).into()
                }
            };
        }
        (_, Some(format)) => format,
        (_, None) => {
            let failure = exit::Failure::usage("only `lint` writes this format");
            return failure.report(args::Format::Human).into();
        }
    };
    let result = match args.command {
        Command::Check(cmd) => commands::check::run(&cmd, format),
        Command::Compile(cmd) => commands::compile::run(&cmd, format),
        Command::Test(cmd) => commands::test::run(&cmd, format),
        Command::Sim(cmd) => commands::sim::run(&cmd, format),
        Command::Eval(cmd) => commands::eval::run(&cmd, format),
        Command::Fmt(cmd) => commands::fmt::run(&cmd, format),
        // Dealt with above: it has formats of its own.
        Command::Lint(_) => Ok(Exit::Done),
        Command::Bindgen(cmd) => commands::bindgen::run(&cmd, format),
        Command::Lsp(_) => commands::lsp::run(),
        Command::Explain(cmd) => commands::explain::run(&cmd, format),
        Command::Deploy(cmd) => commands::deploy::run(&cmd, format),
        Command::Status(cmd) => commands::status::run(&cmd, format),
        Command::Undeploy(cmd) => commands::undeploy::run(&cmd, format),
        Command::Rollback(cmd) => commands::rollback::run(&cmd, format),
        Command::Map(cmd) => commands::map::run(&cmd, format),
        Command::Demo(cmd) => commands::demo::run(&cmd, format),
        Command::New(cmd) => commands::new::run(&cmd, format),
        Command::Doc(cmd) => commands::doc::run(&cmd, format),
        Command::Completions(cmd) => commands::completions::run(&cmd),
        Command::Man(cmd) => commands::man::run(&cmd, format),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => failure.report(format).into(),
    }
}
