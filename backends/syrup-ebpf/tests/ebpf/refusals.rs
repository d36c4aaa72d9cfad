//! What the backend cannot do is a diagnostic in the policy's terms, never a panic.

use crate::common;
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{Code, Sources};
use syrup_ir::{MapKind, Module, Profile};

fn refused(module: Module, target: &Profile) -> Vec<(Code, String)> {
    let checked = syrup_ir::check::check(module, &common::profile());
    let policy = checked.unwrap_or_else(|errors| panic!("the check refused: {errors:?}"));
    let options = EmitOptions { counters: true, twin: true };
    match syrup_ebpf::Ebpf.emit(&policy, target, options, &Sources::new()) {
        Ok(_) => vec![],
        Err(errors) => errors.into_iter().map(|error| (error.code, error.message)).collect(),
    }
}

fn policy(name: &str) -> Module {
    let all = common::policies();
    let found = all.into_iter().find(|(other, _)| other == name);
    found.unwrap_or_else(|| panic!("there is no policy {name}")).1
}

#[test]
fn an_unknown_hook() {
    let mut module = policy("hash");
    module.hook.name = "nic_queue".into();
    let errors = refused(module, &common::profile());
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].0, Code::E0111);
    assert!(errors[0].1.contains("nic_queue"), "{errors:?}");
}

#[test]
fn a_policy_over_threads() {
    let text = r#"module m
hook socket_select window transport caps all
licence "x"
set s0 cores: core[4] else pass
queue q0 runq: fifo[8]

func runnable {
b0(v0: task):
    return enqueue q0
}
func available {
b0(v0: exec s0):
    pop q0, v0 else b1
b1:
    return idle
}
"#;
    let mut module = syrup_ir::text::parse(text).expect("the policy is well-formed");
    for hook in ["socket_select", "thread"] {
        module.hook.name = hook.into();
        let errors = refused(module.clone(), &common::profile());
        assert_eq!(errors.first().map(|error| error.0), Some(Code::E0111), "{errors:?}");
    }
}

#[test]
fn a_kind_of_map_that_is_not_built() {
    let mut module = policy("hash");
    let mut map = policy("scan_avoid").maps.remove(0);
    map.kind = MapKind::PerTask;
    module.maps.push(map);
    let errors = refused(module, &common::profile());
    assert_eq!(errors.first().map(|error| error.0), Some(Code::E0111), "{errors:?}");
}

#[test]
fn an_atomic_that_the_target_lacks() {
    let old = Profile { isa: 2, ..common::profile() };
    let errors = refused(policy("round_robin"), &old);
    assert_eq!(errors.first().map(|error| error.0), Some(Code::E0413), "{errors:?}");
    assert_eq!(refused(policy("hash"), &old), []);
}

#[test]
fn a_policy_above_the_verifier_budget() {
    let small = Profile { verifier_insns_max: 100, ..common::profile() };
    let errors = refused(policy("scan_avoid"), &small);
    assert_eq!(errors.first().map(|error| error.0), Some(Code::E0601), "{errors:?}");
    assert_eq!(refused(policy("hash"), &small), []);
}

#[test]
fn a_fact_that_the_hook_does_not_know() {
    let text = r#"module m
hook socket_select window transport caps store
licence "x"
set s0 workers: socket[4] else pass

func packet {
b0:
    v0: u32 = meta rx_queue
    v1: exec s0 = executor s0, v0
    return steer v1
}
"#;
    let module = syrup_ir::text::parse(text).expect("the policy is well-formed");
    let errors = refused(module, &common::profile());
    assert_eq!(errors.first().map(|error| error.0), Some(Code::E0412), "{errors:?}");
}
