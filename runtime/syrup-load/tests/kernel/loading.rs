//! Loading: capabilities, parameters, first values, refusals, killed verification.

use crate::artifacts::{self, assert_nothing_left, branching, by_byte, map, refused, twin};
use std::os::fd::AsFd;
use syrup_load::testing::{self, closes_on_exec, error_of, in_namespace};
use syrup_load::{LoadError, LoadOptions, Twin, Update, load, write_bundle};
use syrup_wire::artifact::ProgramRole;
use syrup_wire::script::{Script, TwinVerdict};

#[test]
fn a_policy_loads_and_the_kernel_tells_its_cost() {
    in_namespace(|| {
        let loaded = load(&by_byte(), &LoadOptions::default()).unwrap();
        let program = loaded.program(ProgramRole::Policy).unwrap();
        let info = program.info().unwrap();
        assert!(info.verified_insns > 0, "{info:?}");
        assert_eq!(info.name, format!("{}_p", artifacts::prefix()));
        assert!(closes_on_exec(program).unwrap());
        assert!(loaded.maps.iter().flatten().all(|map| closes_on_exec(map).unwrap()));
        assert_eq!(loaded.params, [1, 0]);
        drop(loaded);
        assert_nothing_left();
    });
}

#[test]
fn programs_are_checked_as_the_kernel_checks_those_without_perfmon() {
    in_namespace(|| {
        // Storing an address into a map is fine for root and refused for the two capabilities:
        // r1 = &sets; *(u64 *)(r1 + 0) = r10.
        let (mut insns, mut relocs) = (Vec::new(), Vec::new());
        artifacts::load_map(&mut insns, &mut relocs, 1, map::SETS, Some(0));
        insns.extend([
            artifacts::insn(0x7b, 1, 10, 0, 0),
            artifacts::insn(0xb7, 0, 0, 0, 1),
            artifacts::insn(0x95, 0, 0, 0, 0),
        ]);
        let leak = artifacts::with_program(artifacts::program(insns, relocs));
        let error = error_of(load(&leak, &LoadOptions::default()));
        assert!(matches!(error, LoadError::Refused(_)), "{error}");
    });
}

#[test]
fn parameters_are_written_frozen_and_checked() {
    in_namespace(|| {
        let artifact = by_byte();
        let options = |params| LoadOptions { params, ..LoadOptions::default() };
        let loaded = load(&artifact, &options(&[0, 3])).unwrap();
        let params = loaded.maps[map::PARAMS as usize].as_ref().unwrap();
        let value = params.lookup(&[0; 4]).unwrap().unwrap();
        assert_eq!(value, [[0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]]);
        let error = params.update(&[0; 4], &[&[0; 16]], Update::Any).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        assert!(loaded.params == [0, 3]);
        let text = error_of(load(&artifact, &options(&[0, 4]))).to_string();
        assert_eq!(text, "parameter `shift` takes 0 to 3 and was given 4");
        let text = error_of(load(&artifact, &options(&[0]))).to_string();
        assert!(text.contains("2 parameters and 1 values"), "{text}");
    });
}

#[test]
fn first_values_are_written() {
    in_namespace(|| {
        let mut artifact = by_byte();
        artifact.maps[map::SETS as usize].initial = vec![7, 0, 0, 0, 9];
        let loaded = load(&artifact, &LoadOptions::default()).unwrap();
        let sets = loaded.maps[map::SETS as usize].as_ref().unwrap();
        let value = sets.lookup(&[0; 4]).unwrap().unwrap().remove(0);
        assert_eq!(value[..6], [7, 0, 0, 0, 9, 0]);
        assert_eq!(value.len(), 20);
    });
}

#[test]
fn a_refusal_names_the_policys_line_and_leaves_nothing() {
    in_namespace(|| {
        let artifact = refused();
        let n_open = n_descriptors();
        let error = error_of(load(&artifact, &LoadOptions::default()));
        assert!(error.is_our_bug());
        let text = error.to_string();
        assert!(text.contains("at demo.syr:4:12, `return a + b;`"), "{text}");
        assert!(text.contains("bug in syrupc"), "{text}");
        let LoadError::Refused(refusal) = error else { panic!("{text}") };
        assert!(refusal.log.contains("R5"), "{}", refusal.log);
        assert!(!text.contains("R5") && !text.contains("r5"), "{text}");
        let directory = std::env::temp_dir().join(format!("syrup-{}", artifacts::prefix()));
        let files = write_bundle(&directory, &artifact, &refusal).unwrap();
        let texts: Vec<String> =
            files.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(texts[0].contains("place: demo.syr:4:12"), "{}", texts[0]);
        assert_eq!(syrup_wire::artifact::Artifact::from_json(&texts[1]).unwrap(), artifact);
        assert_eq!(texts[2], refusal.log);
        assert_eq!(n_descriptors(), n_open);
        assert_nothing_left();
    });
}

#[test]
fn a_verification_that_takes_too_long_is_killed() {
    in_namespace(|| {
        let n_open = n_descriptors();
        let options = LoadOptions { verify_ms: 30, ..LoadOptions::default() };
        let error = error_of(load(&branching(18), &options));
        assert!(matches!(error, LoadError::TooSlow { limit_ms: 30, .. }), "{error}");
        assert_eq!(n_descriptors(), n_open);
        assert_nothing_left();
        // The same shape within the budget is accepted.
        load(&branching(3), &LoadOptions::default()).unwrap();
    });
}

#[test]
fn the_log_of_an_accepted_program_is_there_when_asked_for() {
    in_namespace(|| {
        let options = LoadOptions { log: true, ..LoadOptions::default() };
        let loaded = load(&by_byte(), &options).unwrap();
        let log = loaded.program(ProgramRole::Policy).unwrap().log.clone().unwrap();
        assert!(log.contains("processed "), "{log}");
        let loaded = load(&by_byte(), &LoadOptions::default()).unwrap();
        assert_eq!(loaded.program(ProgramRole::Policy).unwrap().log, None);
    });
}

#[test]
fn a_twin_answers_by_its_script() {
    in_namespace(|| {
        let options = LoadOptions { roles: &[ProgramRole::Twin], ..LoadOptions::default() };
        let loaded = load(&twin(), &options).unwrap();
        assert!(loaded.maps[map::EXECUTORS as usize].is_none(), "only policies have executors");
        let twin = Twin::of(&loaded).unwrap();
        let script = Script { flow_hash: 100, net_offset: 30, ..Script::default() };
        let run = twin.run(&script, &[0x45; 20], &[7, 8]).unwrap();
        assert_eq!((run.verdict, run.n_draws), (TwinVerdict::Slot(107), 1));
        let run = twin.run(&script, &[], &[]).unwrap();
        assert_eq!(run.verdict, TwinVerdict::Drop);
        let error = error_of(twin.run(&script, &[0x45; 40], &[7]));
        assert!(matches!(error, LoadError::Invalid(_)), "{error}");
        let text = error_of(loaded.program(ProgramRole::Policy)).to_string();
        assert!(text.contains("without a program for its hook"), "{text}");
    });
}

#[test]
fn a_policy_at_socket_select_has_no_test_run() {
    in_namespace(|| {
        let loaded = load(&by_byte(), &LoadOptions::default()).unwrap();
        let program = loaded.program(ProgramRole::Policy).unwrap();
        assert!(program.test_run(&[0; 64], None, 1).is_err());
        assert!(program.as_fd().try_clone_to_owned().is_ok());
    });
}

#[test]
fn a_newer_target_than_the_kernel_is_refused() {
    in_namespace(|| {
        let mut artifact = by_byte();
        artifact.target = "kernel-99.0".to_owned();
        let error = error_of(load(&artifact, &LoadOptions::default()));
        assert!(matches!(error, LoadError::OldKernel { wanted: (99, 0), .. }), "{error}");
    });
}

#[test]
fn damaged_artifacts_are_refused_before_anything_is_made() {
    type Damage = fn(&mut syrup_wire::artifact::Artifact);
    let damages: [Damage; 8] = [
        |a| a.format = 2,
        |a| a.programs[0].relocs[0].map = 99,
        |a| a.programs[0].relocs[0].insn = u32::MAX,
        |a| a.programs[0].insns.clear(),
        |a| a.maps[0].name = "../x".to_owned(),
        |a| a.maps[4].name = a.maps[0].name.clone(),
        |a| a.sets[0].capacity = 1000,
        |a| a.maps[4].pin = Some("a/b/c".to_owned()),
    ];
    for (i, damage) in damages.iter().enumerate() {
        let mut artifact = by_byte();
        damage(&mut artifact);
        let error = error_of(load(&artifact, &LoadOptions::default()));
        assert!(matches!(error, LoadError::Invalid(_)), "{i}: {error}");
    }
}

#[test]
fn namespaces_are_private() {
    in_namespace(|| {
        let interfaces = std::fs::read_to_string("/proc/self/net/dev").unwrap();
        assert_eq!(interfaces.lines().count(), 3, "two lines of head and lo: {interfaces}");
        assert!(testing::privileged().is_ok());
        assert!(std::fs::metadata("/sys/fs/bpf").is_ok());
        assert!(!std::path::Path::new(syrup_load::PIN_ROOT).exists());
    });
}

fn n_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn first_values_of_per_cpu_maps_are_those_of_every_cpu() {
    in_namespace(|| {
        let mut artifact = by_byte();
        let counters = &mut artifact.maps[map::COUNTERS as usize];
        counters.entries = 1;
        counters.initial = 5u64.to_le_bytes().to_vec();
        let loaded = load(&artifact, &LoadOptions::default()).unwrap();
        let counters = loaded.maps[map::COUNTERS as usize].as_ref().unwrap();
        let values = counters.lookup(&[0; 4]).unwrap().unwrap();
        assert!(values.iter().all(|value| *value == 5u64.to_le_bytes()), "{values:?}");
    });
}

#[test]
fn type_information_that_the_kernel_refuses_is_our_bug() {
    in_namespace(|| {
        let mut artifact = by_byte();
        // The return type of the function names a type past the end.
        let at = artifact.btf.len() - 40;
        artifact.btf[24..at].fill(0xff);
        let error = error_of(load(&artifact, &LoadOptions::default()));
        let LoadError::Refused(refusal) = error else { panic!("{error}") };
        assert_eq!(refusal.what, "load the policy's type information");
        assert!(!refusal.log.is_empty());
    });
}

#[test]
fn a_killed_child_is_waited_for() {
    in_namespace(|| {
        let options = LoadOptions { verify_ms: 30, ..LoadOptions::default() };
        error_of(load(&branching(18), &options));
        let own = std::process::id().to_string();
        for entry in std::fs::read_dir("/proc").unwrap() {
            let stat = entry.unwrap().path().join("stat");
            let Ok(stat) = std::fs::read_to_string(stat) else { continue };
            // pid (name) state parent ...
            let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1));
            assert_ne!(parent, Some(own.as_str()), "{stat}");
        }
    });
}
