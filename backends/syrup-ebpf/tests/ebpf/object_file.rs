//! Object files, judged by bpftool and libbpf: they load unchanged and dump with types and lines.

use crate::common;
use std::path::{Path, PathBuf};
use std::process::Command;
use syrup_backend::{Backend, EmitOptions};
use syrup_diag::{Sources, Span};

#[test]
fn bpftool_loads_every_object() {
    syrup_load::testing::in_namespace(|| {
        let options = EmitOptions { counters: true, twin: true };
        for (name, module) in common::policies() {
            let artifact = common::emit(&common::optimized(module), options);
            let file = temporary(&format!("{name}.o"));
            std::fs::write(&file, syrup_ebpf::elf(&artifact)).expect("a file can be written");
            let pin = format!("/sys/fs/bpf/{name}");
            let file = file.to_string_lossy().into_owned();
            bpftool(&["prog", "loadall", &file, &pin]);
            let path = format!("{pin}/{}", artifact.programs[0].name);
            let text = bpftool(&["prog", "dump", "xlated", "pinned", &path]);
            assert!(text.contains("; "), "{name}: no source lines in\n{text}");
        }
    });
}

#[test]
fn lines_name_the_policy() {
    let text = "edition 2026;\npolicy p(pkt: Packet) -> verdict {\n    pass\n}\n";
    let mut sources = Sources::new();
    let file = sources.add("p.syr", text);
    let at = text.find("pass").unwrap_or_default() as u32;
    let (_, mut module) = common::policies().swap_remove(0);
    for func in &mut module.funcs {
        func.values.iter_mut().for_each(|value| value.span = Span::new(file, at, at + 4));
        for block in &mut func.blocks {
            block.span = Span::new(file, at, at + 4);
            block.insts.iter_mut().for_each(|inst| inst.span = block.span);
        }
    }
    let policy = common::optimized(module);
    let options = EmitOptions::default();
    let artifact = syrup_ebpf::Ebpf
        .emit(&policy, &common::profile(), options, &sources)
        .unwrap_or_else(|errors| panic!("{errors:?}"));
    assert_eq!(artifact.programs[0].lines[0].line, 3);
    assert_eq!(artifact.programs[0].lines[0].column, 5);
    let asm = syrup_ebpf::asm(&artifact, &sources);
    assert!(asm.contains("; p.syr:3  pass"), "{asm}");
}

#[test]
fn the_same_policy_gives_the_same_bytes() {
    let options = EmitOptions { counters: true, twin: true };
    for (name, module) in common::policies() {
        let again = common::emit(&common::optimized(module.clone()), options);
        let artifact = common::emit(&common::optimized(module), options);
        assert_eq!(artifact, again, "{name}");
        assert_eq!(syrup_ebpf::elf(&artifact), syrup_ebpf::elf(&again), "{name}");
        assert_eq!(syrup_ebpf::carray(&artifact), syrup_ebpf::carray(&again), "{name}");
    }
}

#[test]
fn a_c_compiler_takes_the_arrays() {
    let Some(compiler) = ["cc", "gcc", "clang"].into_iter().find(|name| works(name)) else {
        println!("skipped: there is no C compiler");
        return;
    };
    let options = EmitOptions { counters: true, twin: true };
    for (name, module) in common::policies() {
        let artifact = common::emit(&common::optimized(module), options);
        let file = temporary(&format!("{name}.c"));
        std::fs::write(&file, syrup_ebpf::carray(&artifact)).expect("a file can be written");
        let run = Command::new(compiler).args(["-fsyntax-only", "-x", "c"]).arg(&file).output();
        let run = run.expect("the compiler runs");
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stderr));
    }
}

fn works(compiler: &str) -> bool {
    Command::new(compiler).arg("--version").output().is_ok_and(|run| run.status.success())
}

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn bpftool(args: &[&str]) -> String {
    let run = Command::new("bpftool").args(args).output().expect("bpftool runs");
    let (text, errors) =
        (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "bpftool {args:?}:\n{text}\n{errors}");
    text.into_owned()
}
