//! The filetests of the IR that run: the same lines from native code, steps included.

use crate::common::{instance, options, profile};
use crate::script::{self, Evaluator};
use std::fs;
use std::path::Path;
use syrup_ir::Checked;
use syrup_ir::check::check;
use syrup_ir::interp::{Happening, Outcome, Packet, State, World};
use syrup_ir::text::parse;
use syrup_native::{Instance, Options};

/// An instance that follows the script's state.
struct Native {
    instance: Instance,
    /// The state as it left it: nobody else changed it if it still is the same.
    left: Option<State>,
}

impl Native {
    fn take(&mut self, state: &State) {
        if self.left.as_ref() != Some(state) {
            self.instance.load(state);
        }
    }

    fn give(&mut self, state: &mut State) {
        self.instance.save(state);
        self.left = Some(state.clone());
    }
}

impl Evaluator for Native {
    fn packet(
        &mut self,
        _policy: &Checked,
        state: &mut State,
        packet: &Packet,
        world: &mut dyn World,
    ) -> Outcome {
        self.take(state);
        let outcome = self.instance.run(packet, world);
        self.give(state);
        outcome
    }

    fn event(
        &mut self,
        _policy: &Checked,
        state: &mut State,
        happening: &Happening,
        world: &mut dyn World,
    ) -> Option<Outcome> {
        self.take(state);
        let outcome = self.instance.run_event(happening, world);
        self.give(state);
        outcome
    }
}

/// Every file that runs: its name, what it does, what comes of it.
pub fn scripts() -> Vec<(String, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/ir");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("tests/ir exists") {
        let path = entry.expect("tests/ir can be read").path();
        let text = fs::read_to_string(&path).expect("the file can be read");
        if text.starts_with("//@ test: run\n") {
            let (input, expected) = text.split_once("//@ expect\n").expect("an expectation");
            found.push((path.display().to_string(), input.to_owned(), expected.to_owned()));
        }
    }
    found.sort();
    found
}

/// What a script gives where that is not what it expects.
pub fn difference(input: &str, expected: &str, options: Options) -> Option<String> {
    let directives: Vec<(&str, &str)> = input
        .lines()
        .filter_map(|line| line.strip_prefix("//@ "))
        .map(|line| line.split_once(':').unwrap_or((line, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
        .collect();
    let module = parse(input).expect("the module parses");
    let policy = check(module, &profile()).expect("the module is fine");
    let mut native = Native { instance: instance(&policy, options), left: None };
    let lines = match script::run(&policy, &directives, &mut native) {
        Ok(lines) => lines,
        Err(problem) => return Some(problem),
    };
    let found: String =
        lines.lines().map(|line| format!("//= {line}").trim_end().to_owned() + "\n").collect();
    (found != expected).then(|| format!("expected\n{expected}found\n{found}"))
}

#[test]
fn every_file_that_runs_gives_what_it_expects() {
    let scripts = scripts();
    for (name, input, expected) in &scripts {
        let difference = difference(input, expected, options());
        assert!(difference.is_none(), "{name}: {}", difference.unwrap_or_default());
    }
    assert!(scripts.len() >= 15, "only {} files run", scripts.len());
}
