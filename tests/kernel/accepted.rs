//! The running kernel accepts what the compiler makes, when it is loaded with CAP_BPF and
//! CAP_NET_ADMIN only, and its verifier's work stays below the bound that the compiler gave.
//!
//! The loader gives all other capabilities away before it loads. It passes no flags, so
//! `BPF_F_TEST_RND_HI32` and `BPF_F_TEST_STATE_FREQ` are not tried here.

use syrup_backend::{Backend, EmitOptions};
use syrup_load::testing::in_namespace;
use syrup_load::{LoadError, LoadOptions};
use syrup_tests::emit::{TARGETS, artifact, examples, policies, target};
use syrup_wire::artifact::ProgramRole;

#[test]
fn every_example_is_accepted_for_every_target() {
    in_namespace(|| {
        let roles = [ProgramRole::Policy, ProgramRole::Twin];
        let load = LoadOptions { roles: &roles, log: true, ..LoadOptions::default() };
        let (examples, mut n_loaded) = (examples(), 0);
        for target in TARGETS.map(target) {
            for name in &examples {
                let path = syrup_tests::root().join("examples").join(name).join("policy.syr");
                for counters in [false, true] {
                    let made = artifact(&path, &target, EmitOptions { counters, twin: true });
                    let loaded = match syrup_load::load(&made, &load) {
                        Ok(loaded) => loaded,
                        // The target is newer than this machine.
                        Err(LoadError::OldKernel { .. }) => continue,
                        Err(error) => panic!("{name} for {}: {error}", target.name),
                    };
                    let program = loaded.program(ProgramRole::Policy).unwrap();
                    let verified = u64::from(program.info().unwrap().verified_insns);
                    let bound = made.verifier_insns;
                    assert!(verified > 0 && verified <= bound, "{name}: {verified} of {bound}");
                    let log = program.log.as_deref().unwrap_or_default();
                    assert!(log.contains(&format!("processed {verified} insns")), "{log}");
                    n_loaded += 1;
                }
            }
        }
        // The oldest target and this machine's are for every kernel that tests run on.
        assert!(n_loaded >= 2 * 2 * examples.len(), "only {n_loaded} were loaded");
    });
}

#[test]
fn the_bound_holds_for_every_policy_of_the_repository() {
    in_namespace(|| {
        let load = LoadOptions::default();
        let mut n_loaded = 0;
        for target in ["kernel-6.1", "host"].map(target) {
            for (name, policy, sources) in policies(&target) {
                let options = EmitOptions { counters: true, twin: false };
                let made = syrup_ebpf::Ebpf.emit(&policy, &target, options, &sources);
                // What the backend refuses, it refuses with a diagnostic.
                let Ok(made) = made else { continue };
                let loaded = syrup_load::load(&made, &load);
                let loaded = loaded.unwrap_or_else(|error| panic!("{name}: {error}"));
                let program = loaded.program(ProgramRole::Policy).unwrap();
                let verified = u64::from(program.info().unwrap().verified_insns);
                let bound = made.verifier_insns;
                assert!(verified > 0 && verified <= bound, "{name}: {verified} of {bound}");
                n_loaded += 1;
            }
        }
        assert!(n_loaded >= 20, "only {n_loaded} were loaded");
    });
}
