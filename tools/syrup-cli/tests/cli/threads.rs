//! Policies over threads: checked, printed and tested; neither compiled for a kernel nor asked for
//! packets.

use crate::command::{example, json, syrupc};
use syrup_load::testing::in_namespace;

const EXAMPLES: [&str; 3] = ["fifo", "get_first", "vtime"];

#[test]
fn they_are_checked_and_printed() {
    for name in EXAMPLES {
        let policy = example(name);
        assert_eq!(syrupc(&["check", &policy]).ok(), "ok\n");
        assert_eq!(syrupc(&["check", &policy, "--hook", "thread"]).ok(), "ok\n");
        for (stage, part) in
            [("hir", "Runnable"), ("ir", "func runnable"), ("opt", "func runnable")]
        {
            let text = syrupc(&["compile", &policy, "--emit", stage]).ok();
            assert!(text.contains(part), "{name}: {stage}: {text}");
        }
    }
}

#[test]
fn tests_hold_on_the_interpreter_and_as_native_code() {
    for name in EXAMPLES {
        for engine in ["interp", "native"] {
            let (code, value) = json(&["test", &example(name), "--engine", engine]);
            assert_eq!((code, &value["failed"], &value["skipped"]), (0, &0.into(), &0.into()));
            assert!(value["passed"].as_u64() >= Some(3), "{engine}: {value}");
        }
    }
}

#[test]
fn tests_are_skipped_in_the_kernel() {
    in_namespace(|| {
        for name in EXAMPLES {
            let policy = example(name);
            let (code, value) = json(&["test", &policy, "--engine", "ebpf"]);
            assert_eq!((code, &value["passed"], &value["failed"]), (0, &0.into(), &0.into()));
            assert!(value["skipped"].as_u64() >= Some(3), "{value}");
            assert_eq!(value["tests"][0]["held"], false);
            let text = syrupc(&["test", &policy, "--engine", "ebpf"]).ok();
            assert!(
                text.contains("skip   ebpf") && text.contains("interp and native only"),
                "{text}"
            );
        }
    });
}

#[test]
fn what_they_are_not_for_is_said() {
    let policy = example("fifo");
    let run = syrupc(&["compile", &policy, "--emit", "asm"]);
    assert!(run.code != 0 && run.err.contains("E0111"), "{run:?}");
    let run = syrupc(&["compile", &policy, "--emit", "ir", "--hook", "socket_select"]);
    assert!(run.code != 0 && run.err.contains("E0412"), "{run:?}");
    let run = syrupc(&["check", &policy, "--hook", "socket_select"]);
    assert!(run.code != 0 && run.err.contains("E0412"), "{run:?}");
    let run = syrupc(&["compile", &example("sita"), "--emit", "ir", "--hook", "thread"]);
    assert!(run.code != 0 && run.err.contains("E0412"), "{run:?}");
    let run = syrupc(&["eval", &policy, "udp()"]);
    assert!(run.code != 0 && run.err.contains("fifo.runnable"), "{run:?}");
}
