//! What needs no kernel: `check`, `compile` at every stage, `test`, `eval`, `explain`, usage.

use crate::command::{Folder, command, ended, example, json, root, syrupc};

const EXAMPLES: [&str; 6] = ["hash", "round_robin", "scan_avoid", "sita", "token", "jsq"];

#[test]
fn examples_have_nothing_wrong_with_them() {
    let files: Vec<String> = EXAMPLES.into_iter().map(example).collect();
    let mut args = vec!["check"];
    args.extend(files.iter().map(String::as_str));
    assert_eq!(syrupc(&args).ok(), "ok\n");
    for target in ["kernel-6.1", "kernel-6.12", "kernel-6.18", "host"] {
        assert_eq!(syrupc(&[&args[..], &["--target", target]].concat()).ok(), "ok\n");
    }
    let (code, value) = json(&args);
    assert_eq!((code, value), (0, serde_json::json!({"format": 1, "diagnostics": []})));
}

#[test]
fn every_stage_is_printed_the_same_each_time() {
    let policy = example("sita");
    for (stage, part) in [
        ("tokens", "executors"),
        ("ast", "sita"),
        ("hir", "sita"),
        ("ir", "module"),
        ("opt", "module"),
        ("asm", "examples/sita/policy.syr:11"),
        ("carray", "0x"),
        ("artifact", "\"policy\":\"sita\""),
    ] {
        let args = ["compile", &policy, "--emit", stage];
        let text = syrupc(&args).ok();
        assert!(text.contains(part), "{stage}: {text}");
        assert_eq!(syrupc(&args).ok(), text, "{stage}");
        if stage != "artifact" {
            let (code, value) = json(&args);
            assert_eq!((code, value["format"].as_u64()), (0, Some(1)));
            assert_eq!((&value["emit"], &value["text"]), (&stage.into(), &text.into()));
        }
    }
    for (stage, start) in [("obj", b"\x7fELF".to_vec()), ("btf", 0xeb9fu16.to_ne_bytes().to_vec())]
    {
        let output = command(&["compile", &policy, "--emit", stage, "-o", "-"]).output().unwrap();
        assert!(output.status.success() && output.stdout.starts_with(&start), "{output:?}");
        let text = syrupc(&["--format", "json", "compile", &policy, "--emit", stage, "-o", "-"]);
        assert!(text.out.contains("this is binary"), "{text:?}");
    }
}

#[test]
fn a_policy_is_held_to_its_budget() {
    let folder = Folder::new("budget");
    let policy = folder.path("policy.syr");
    let check = |budget: u32| {
        let text = std::fs::read_to_string(root().join(example("sita"))).unwrap();
        // At one hook: elsewhere the same policy takes another number of instructions.
        let text = text.replace("@hooks(socket_select, cpu_redirect)", "@hooks(socket_select)");
        let budget = format!("@budget(insns: {budget})\npolicy ");
        std::fs::write(&policy, text.replace("policy ", &budget)).unwrap();
        syrupc(&["check", &policy])
    };
    let refused = check(1);
    assert_eq!(refused.code, 1, "{refused:?}");
    let said = refused.err.split(" takes ").nth(1).and_then(|rest| rest.split(' ').next());
    let insns: u32 = said.and_then(|number| number.parse().ok()).expect("it says how many");
    assert!(refused.err.contains("error[E0601]: `sita` takes"), "{refused:?}");
    assert_eq!(check(insns).ok(), "ok\n");
    assert_eq!(check(insns - 1).code, 1);
    let listing = syrupc(&["compile", &policy, "--emit", "carray"]);
    assert_eq!(listing.code, 1, "nothing is written for what is over its budget: {listing:?}");
}

#[test]
fn native_code_comes_with_its_header() {
    let folder = Folder::new("native");
    let policy = example("round_robin");
    let object = folder.path("rr.o");
    assert_eq!(syrupc(&["compile", &policy, "--target", "native", "-o", &object]).ok(), "");
    assert_eq!(folder.names(), ["rr.h", "rr.o"]);
    let header = std::fs::read_to_string(folder.path("rr.h")).unwrap();
    assert!(header.contains("uint64_t syrup_round_robin_packet(struct syrup_env *env"), "{header}");
    let native = |emit| syrupc(&["compile", &policy, "--target", "native", "--emit", emit]);
    assert_eq!(native("header").ok(), header);
    assert!(native("asm").ok().starts_with("syrup_round_robin_packet:"));
    assert!(native("opt").ok().contains("module"));
    for emit in ["btf", "carray", "artifact"] {
        let run = native(emit);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{emit}: {run:?}");
    }
    let run = syrupc(&["compile", &policy, "--emit", "header"]);
    assert!(run.code == 2 && run.err.contains("--target native"), "{run:?}");
}

#[test]
fn tests_and_packets_run_as_native_code() {
    let text = syrupc(&["test", "--engine", "interp,native", &example("sita")]).ok();
    assert!(text.ends_with("10 passed, 0 failed\n"), "{text}");
    let packet = "udp(dst_port: 9000) / Request(op: SCAN)";
    let eval = |engine| syrupc(&["eval", "--engine", engine, &example("sita"), packet]).ok();
    assert_eq!(eval("native"), eval("interp"));
}

#[test]
fn what_is_written_to_a_file_is_what_is_printed() {
    let folder = Folder::new("written");
    let policy = example("token");
    let object = folder.path("token.o");
    assert_eq!(syrupc(&["compile", &policy, "-o", &object]).ok(), "");
    let printed = command(&["compile", &policy, "-o", "-"]).output().unwrap().stdout;
    assert_eq!(std::fs::read(&object).unwrap(), printed);
    let (code, value) = json(&["compile", &policy, "-o", &object]);
    assert_eq!((code, &value["bytes"]), (0, &printed.len().into()));
    assert_eq!((&value["emit"], &value["output"]), (&"obj".into(), &object.into()));
    // Without a name it is the policy's, in the directory one is in.
    let policy = crate::command::root().join(policy).canonicalize().unwrap();
    let mut command = command(&["compile", policy.to_str().unwrap()]);
    let run = ended(command.current_dir(folder.path("")).output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (0, "wrote token.o\n"));
    assert_eq!(folder.names(), ["token.o"]);
}

#[test]
fn in_file_tests_are_run_and_counted() {
    let text = syrupc(&["test", &example("sita"), &example("jsq")]).ok();
    assert!(text.ends_with("8 passed, 0 failed\n"), "{text}");
    let (code, value) = json(&["test", &example("sita")]);
    assert_eq!((code, &value["passed"], &value["failed"]), (0, &5.into(), &0.into()));
    let tests = value["tests"].as_array().unwrap();
    assert!(tests.len() == 5 && tests.iter().all(|test| test["held"] == true), "{value}");
    let folder = Folder::new("tests");
    let policy = std::fs::read_to_string(crate::command::root().join(example("sita"))).unwrap();
    let wrong = policy.replace("expect sita(tcp()) == pass;", "expect sita(tcp()) == drop;");
    let file = folder.file("wrong.syr", wrong);
    let run = syrupc(&["test", &file]);
    assert!(run.code == 1 && run.out.ends_with("4 passed, 1 failed\n"), "{run:?}");
    assert!(run.out.contains("FAILED") && run.out.contains("wrong.syr:36"), "{run:?}");
    let (code, value) = json(&["test", &file]);
    let failed = value["tests"].as_array().unwrap().iter().find(|test| test["held"] == false);
    assert!(code == 1 && failed.unwrap()["failure"][0]["message"].is_string(), "{value}");
}

#[test]
fn packets_are_answered() {
    let policy = example("sita");
    let eval = |packet| syrupc(&["eval", &policy, packet]);
    assert_eq!(eval("udp() / Request(op: SCAN)").ok(), "sita: workers[0]\n");
    assert_eq!(eval("udp() / hex\"02 00\"").ok(), "sita: pass\n");
    let text = syrupc(&["eval", &policy, "udp() / Request(op: GET)", "--executors", "1"]).ok();
    assert_eq!(text, "sita: pass\n");
    let (code, value) = json(&["eval", &policy, "udp() / Request(op: SCAN)"]);
    let answers = serde_json::json!([{"policy": "sita", "answer": "workers[0]"}]);
    assert_eq!((code, &value["answers"]), (0, &answers));
    assert!(value["frame"].as_str().unwrap().contains("0200000000000000"), "{value}");
    for (packet, code) in [("udp(", "E0002"), ("", "E0002"), ("udp() / Nothing()", "E0101")] {
        let run = eval(packet);
        assert!(run.code == 1 && run.err.contains("error[E"), "{code} {packet}: {run:?}");
    }
    assert!(eval("3").sentence(2).starts_with("this is no packet"));
}

#[test]
fn every_code_is_explained() {
    let list = syrupc(&["explain"]).ok();
    let (code, value) = json(&["explain"]);
    let codes = value["codes"].as_array().unwrap();
    assert_eq!((code, codes.len()), (0, list.lines().count()));
    for (line, entry) in list.lines().zip(codes) {
        let (code, title) = line.split_once("  ").unwrap();
        assert_eq!((&entry["code"], &entry["title"]), (&code.into(), &title.into()));
        let page = syrupc(&["explain", code]).ok();
        assert!(page.len() > 5 && !title.is_empty(), "{code}: {page}");
        let (exit, value) = json(&["explain", code]);
        assert_eq!((exit, &value["code"], &value["title"]), (0, &code.into(), &title.into()));
        assert_eq!(value["page"].as_str().unwrap().trim_end(), page.trim_end());
    }
    for unknown in ["E9999", "bogus", "\u{1b}[31m"] {
        let text = syrupc(&["explain", unknown]).sentence(2);
        assert!(text.contains("`syrupc explain` lists them") && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_there_is() {
    let policy = example("hash");
    for (args, part) in [
        (vec!["compile", &policy, "--hook", "x"], "there is no hook `x`; there are: "),
        (vec!["compile", &policy, "--target", "x"], "there is no target `x`; there are: "),
        (vec!["compile", &policy, "--policy", "x"], "there is no policy `x`; there are: by_flow"),
        (vec!["check", &policy, "--target", "x"], "there is no target `x`; there are: "),
        (vec!["test", &policy, "--hook", "x"], "there is no hook `x`; there are: "),
        (vec!["demo", "x"], "there is no demo `x`; there are: scan_avoid, hash"),
        (vec!["demo", "--seconds", "-1"], "seconds must be in"),
        (vec!["demo", "--svg", "/no/such/x.svg"], "there is no directory /no/such"),
    ] {
        let text = syrupc(&args).sentence(2);
        assert!(text.contains(part), "{args:?}: {text}");
        let (code, value) = json(&args);
        assert_eq!((code, &value["error"], &value["exit"]), (2, &text.into(), &2.into()));
    }
    for args in [vec![], vec!["check"], vec!["compile", &policy, "--emit", "x"], vec!["fly"]] {
        let run = syrupc(&args);
        assert!(run.code == 2 && run.out.is_empty() && run.err.contains("--help"), "{run:?}");
    }
    for args in [vec!["--version"], vec!["--help"], vec!["deploy", "--help"]] {
        assert!(!syrupc(&args).ok().is_empty());
    }
    // A hook that the policy may have and that is not built is a diagnostic, not wrong usage.
    let run = syrupc(&["compile", &policy, "--hook", "nic_queue", "--emit", "asm"]);
    assert!(run.code == 1 && run.err.contains("E0111"), "{run:?}");
}

#[test]
fn a_table_says_where_a_policy_runs_and_what_stands_in_the_way() {
    let text = syrupc(&["check", "--hook", "all", &example("token")]).ok();
    let row = |hook: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{hook} ")));
        line.unwrap_or_else(|| panic!("{hook}: {text}")).split_whitespace().nth(1)
    };
    assert_eq!(row("xdp"), Some("yes"));
    assert_eq!(row("socket_select"), Some("yes"));
    assert_eq!(row("nic_queue"), Some("no"));
    let why = "nic_queue: examples/token/policy.syr:11: hook nic_queue cannot read a value that is \
               added to atomically";
    assert!(text.contains(why) && text.contains("or add without reading"), "{text}");
    let (code, value) = json(&["check", "--hook", "all", &example("mica")]);
    let rows = value["rows"].as_array().unwrap();
    let answer = |hook: &str, target: &str| {
        let row = rows.iter().find(|row| row["hook"] == hook && row["target"] == target);
        row.map(|row| row["answer"].as_str().unwrap().to_owned())
    };
    assert_eq!(code, 0);
    assert_eq!(answer("cpu_redirect", "kernel-6.1").as_deref(), Some("yes"));
    assert_eq!(answer("thread", "host").as_deref(), Some("no"));
    // A hook that the policy itself names and that cannot run it.
    let folder = Folder::new("table");
    let policy = "edition 2026;\nexecutors q: queue[4] else pass;\n@hooks(nic_queue)\n\
                  policy p(pkt: Packet) -> q { match pkt { udp(dst_port) => q[u32(dst_port) % 3], \
                  _ => pass } }\n";
    let run = syrupc(&["check", "--hook", "all", &folder.file("p.syr", policy)]);
    assert!(run.code == 1 && run.out.contains("hook nic_queue cannot take a remainder"), "{run:?}");
}

#[test]
fn a_hook_that_a_policy_does_not_name_is_told() {
    let folder = Folder::new("hooks");
    let policy = "@hooks(xdp)\npolicy p(pkt: Packet) -> verdict { pass }\n";
    let file = folder.file("p.syr", format!("edition 2026;\n{policy}"));
    let args = ["compile", &file, "--hook", "socket_select", "--emit", "ir"];
    let run = syrupc(&args);
    let part = "warning[E0604]: `p` does not say that it is for hook `socket_select`";
    assert!(run.code == 0 && run.err.contains(part), "{run:?}");
    // One value and nothing else for a program; and silence where the policy names the hook.
    assert_eq!(json(&args).0, 0);
    let policy = "@hooks(xdp, socket_select)\npolicy p(pkt: Packet) -> verdict { pass }\n";
    let file = folder.file("q.syr", format!("edition 2026;\n{policy}"));
    syrupc(&["compile", &file, "--hook", "socket_select", "--emit", "ir"]).ok();
}

#[test]
fn coverage_counts_the_cases_of_every_arm() {
    let file = example("sita");
    let text = syrupc(&["test", "--coverage", &file]).ok();
    assert!(text.contains("sita: 3 of 3 arms"), "{text}");
    let (code, value) = json(&["test", "--coverage", &file]);
    let arms = value["coverage"][0]["arms"].as_array().unwrap();
    assert_eq!((code, arms.len()), (0, 3));
    assert_eq!(arms[0]["text"], "udp / Request(op: SCAN)");
    assert!(arms.iter().all(|arm| arm["cases"].as_u64() > Some(0)), "{arms:?}");
    assert!(json(&["test", &file]).1.get("coverage").is_none());
}

#[test]
fn a_property_that_says_nothing_passes_with_a_warning() {
    let folder = Folder::new("vacuous");
    let text = "edition 2026;\npolicy p(pkt: Packet) -> verdict {\n    \
                match pkt { udp => drop, _ => pass }\n}\n\
                test \"t\" forall n: u16 { expect p(tcp(src_port: n)) != drop; }\n";
    let file = folder.file("p.syr", text);
    let run = syrupc(&["test", &file]);
    assert!(run.code == 0 && run.out.contains("warning[E0803]"), "{run:?}");
    let (code, value) = json(&["test", &file]);
    assert_eq!((code, &value["tests"][0]["warning"][0]["code"]), (0, &"E0803".into()));
}
