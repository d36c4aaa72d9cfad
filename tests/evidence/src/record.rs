//! A disagreement as a policy file with a test: what stays in `tests/run` when it is fixed.
//!
//! In: a disagreement. Out: the smallest text that shows it, with the packet that does as an
//! in-file test where one packet is enough.

use crate::accept;
use crate::differ::{self, Engines, Finding};
use crate::engines;
use crate::generate::Over;
use crate::inputs::{self, Filling, Input};
use syrup_ir::interp::{Decision, State};
use syrup_ir::opt::Passes;
use syrup_ir::{Checked, max_of};

/// The smallest text of a disagreement, with a test where one packet shows it.
pub fn recorded(finding: &Finding, command: &str) -> String {
    let small = differ::small(finding);
    let test = if differ::over(&small) == Over::Packets { test(finding, &small) } else { None };
    format!("// Found by: {command}\n{}\n{}", small.trim(), test.unwrap_or_default())
}

/// A test with the first packet that engines disagree on when it comes alone and the maps are
/// empty.
fn test(finding: &Finding, source: &str) -> Option<String> {
    let engines = Engines::of_this_machine();
    let mut analysis = accept::analyzed(source).ok()?;
    let hook = "socket_select";
    let plain = accept::built(&mut analysis, hook, &engines.target, Passes::NONE).ok()?;
    let all = accept::built(&mut analysis, hook, &engines.target, Passes::ALL).ok()?;
    let state = inputs::state(&plain, Filling::Empty, finding.seed);
    let inputs = inputs::for_policy(&analysis.program, &plain, finding.seed, finding.n_inputs);
    let input = inputs.into_iter().find(|input| differs(&engines, &plain, &all, &state, input))?;
    let reference = engines::reference(&plain, &state, std::slice::from_ref(&input)).ok()?;
    let set = analysis.program.sets.first().map(|set| set.name.to_string());
    let verdict = match (reference.answers.first()?.decision, set) {
        (Decision::Pass, _) => "pass".to_owned(),
        (Decision::Drop, _) => "drop".to_owned(),
        (Decision::Slot(_, slot), Some(set)) => format!("{set}[{slot}]"),
        (_, _) => return None,
    };
    let packet = &input.packet;
    let network = match packet.eth_protocol {
        0x86dd => format!("ipv6(next: {})", packet.ip_protocol),
        _ => format!("ipv4(protocol: {})", packet.ip_protocol),
    };
    let bytes = packet.frame.get(packet.transport as usize..)?;
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let draws: Vec<String> = reference.draws.first()?.iter().map(u32::to_string).collect();
    let draws = match draws.is_empty() {
        true => String::new(),
        false => format!("    given random: [{}];\n", draws.join(", ")),
    };
    Some(format!(
        "test \"what a generator found\" {{\n    given now: {}ns;\n{draws}    expect p({network} / \
         hex\"{}\") == {verdict};\n}}\n",
        input.world.now & max_of(63),
        bytes.join(" ")
    ))
}

/// Whether engines differ on one input.
fn differs(
    engines: &Engines,
    plain: &Checked,
    all: &Checked,
    state: &State,
    input: &Input,
) -> bool {
    let inputs = std::slice::from_ref(input);
    let Ok(reference) = engines::reference(plain, state, inputs) else { return true };
    let kernel = engines.kernel.as_ref();
    engines::on_interpreter(all, state, inputs, &reference).is_err()
        || engines::on_native(all, state, inputs, &reference).is_err()
        || kernel.is_some_and(|kernel| {
            engines::on_kernel(kernel, all, state, inputs, &reference).is_err()
        })
}
