//! `syrupc eval`: what every policy of a file answers to one packet.

use crate::args::{Engine as Which, Eval, Format};
use crate::backends;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::pipeline;
use serde_json::json;
use syrup_engine::{Kernel, Native};
use syrup_ir::interp::{Decision, Packet, SetState, State};
use syrupc::testing::{Engine, Interp, Rings, Rng, Scripted, Value, evaluate, packet};

/// Evaluates the packet and shows each policy's answer.
pub fn run(cmd: &Eval, format: Format) -> Result<Exit, Failure> {
    let mut analysis = pipeline::analyze(&cmd.file, format)?;
    let ready = super::test::build_all(&mut analysis, None, format)?;
    let Some(expr) = syrupc::analyze::packet_expr(&mut analysis, &cmd.packet) else {
        let list = analysis.diags.clone().into_sorted();
        return Err(pipeline::refuse(list, &analysis, format));
    };
    let value = evaluate(&analysis.program, &expr)
        .map_err(|diagnostic| pipeline::refuse(vec![*diagnostic], &analysis, format))?;
    let Value::Packet(layers) = value else {
        return Err(Failure::usage("this is no packet: write 'udp() / hex\"00\"'"));
    };
    let params = std::collections::BTreeMap::new();
    let packet = packet::build(&analysis.program, &layers, &params).map_err(Failure::usage)?;
    let mut rng = Rng::new(1);
    let world = Scripted { now: 0, draws: (0..64).map(|_| rng.next_u64() as u32).collect() };
    let mut interp = Interp;
    let mut native = Native::default();
    let mut kernel;
    let engine: &mut dyn Engine = match cmd.engine {
        Which::Interp => &mut interp,
        Which::Native => &mut native,
        Which::Ebpf => {
            let target = pipeline::choose_target("host")?;
            kernel = Kernel::new(target, analysis.sources.clone(), backends::ALL)?;
            &mut kernel
        }
    };
    let mut rows = Vec::new();
    for (id, ready) in &ready {
        let decl = &analysis.program.policies[id.idx()];
        if decl.is_thread() {
            let (name, event) = (&decl.name, decl.handlers[0].event.name());
            return Err(Failure::usage(format!(
                "`{name}` is asked by events of threads, not by packets; call them in a test: \
                 expect {name}.{event}(...) == ...;"
            )));
        }
        let module = ready.policy.module();
        let mut state = State::new(module);
        for (set, decl) in state.sets.iter_mut().zip(&module.sets) {
            *set = SetState::full(cmd.executors.min(decl.capacity));
        }
        Rings::default().fill(module, &mut state);
        let ran = engine.run(&ready.policy, &mut state, &packet, &world).map_err(Failure::usage)?;
        let answer = match ran.decision {
            Decision::Pass => "pass".to_owned(),
            Decision::Drop => "drop".to_owned(),
            Decision::Slot(set, slot) => format!("{}[{slot}]", module.sets[set.idx()].name),
            other @ (Decision::Enqueued(_)
            | Decision::Preempt(..)
            | Decision::Keep
            | Decision::Idle
            | Decision::Run(_)) => {
                return Err(Failure::usage(format!("a packet is answered with {other:?}")));
            }
        };
        rows.push((module.name.to_string(), answer));
    }
    report(&rows, &packet, format);
    Ok(Exit::Done)
}

fn report(rows: &[(String, String)], packet: &Packet, format: Format) {
    match format {
        Format::Human => {
            for (policy, answer) in rows {
                println!("{policy}: {answer}");
            }
        }
        Format::Json => {
            let hex: String = packet.frame.iter().map(|byte| format!("{byte:02x}")).collect();
            let rows: Vec<_> = rows
                .iter()
                .map(|(policy, answer)| json!({"policy": policy, "answer": answer}))
                .collect();
            let format = syrup_wire::limits::FORMAT;
            let report = json!({"format": format, "frame": hex, "answers": rows});
            println!("{}", output::json(&report));
        }
    }
}
