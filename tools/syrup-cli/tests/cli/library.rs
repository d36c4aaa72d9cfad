//! libsyrup and bindings from C, Rust and Python, beside a policy that is deployed.
//!
//! In: the libraries that cargo built beside this test, and this machine's compilers. Out: what
//! the programs print. A machine without `cc` or `python3` skips with a reason.

use crate::command::{Folder, ended, example, root, syrupc};
use crate::deploying::{AT, assert_nothing_pinned};
use crate::servers::{Server, send};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use syrup_load::testing::{in_namespace, skip};

/// Where cargo put the libraries: beside this program.
pub fn libraries() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// Whether a program is on this machine; says that the test is skipped otherwise.
pub fn is_there(tool: &str, test: &str) -> bool {
    let there = Command::new(tool).arg("--version").output().is_ok();
    if !there {
        skip(test, &format!("there is no {tool}"));
    }
    there
}

/// Writes the bindings of an example into a folder.
fn bindings(folder: &Folder, policy: &str, lang: &str, file: &str) {
    syrupc(&["bindgen", &example(policy), "--lang", lang, "-o", &folder.path(file)]).ok();
}

/// A program that goes on at each line of its input.
pub struct Steps {
    /// The process.
    pub child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Steps {
    /// Starts it.
    pub fn start(command: &mut Command) -> Steps {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = piped.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Steps { child, input, output: BufReader::new(output) }
    }

    /// Its next line.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Lets it go on.
    pub fn go_on(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }
}

/// Compiles the C example against the library.
pub fn compile_c(folder: &Folder, shared: bool) -> String {
    bindings(folder, "scan_avoid", "c", "scan_avoid.h");
    let program = folder.path("worker");
    let library = root().join("runtime/libsyrup");
    let mut cc = Command::new("cc");
    cc.args(["-Wall", "-Wextra", "-Werror", "-std=c11", "-D_GNU_SOURCE", "-I"]);
    cc.arg(library.join("include")).arg("-I").arg(folder.path(""));
    cc.arg(library.join("examples/worker.c")).args(["-o", &program]);
    if shared {
        let rpath = format!("-Wl,-rpath,{}", libraries().display());
        cc.arg("-L").arg(libraries()).args(["-lsyrup", &rpath]);
    } else {
        cc.arg(libraries().join("libsyrup.a"));
        cc.args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]);
    }
    ended(cc.output().unwrap()).ok();
    program
}

#[test]
fn a_c_server_marks_its_workers_and_adds_one() {
    in_namespace(|| {
        if !is_there("cc", "a_c_server_marks_its_workers_and_adds_one") {
            return;
        }
        for shared in [false, true] {
            let folder = Folder::new("c-server");
            let mut server = Steps::start(Command::new(compile_c(&folder, shared)).arg("9000"));
            assert_eq!(server.line(), "bound");
            syrupc(&["deploy", &example("scan_avoid"), "--at", AT]).ok();
            server.go_on();
            assert_eq!(server.line(), "both busy, a third added");
            assert!(syrupc(&["status"]).ok().contains("3 of 3 sockets"));
            server.go_on();
            for _ in 0..8 {
                // Six looks at random workers may all meet a busy one, then any will do; the
                // chance that none of eight datagrams finds the third is (2/3)^56.
                send(b"x");
            }
            let to: Vec<String> = (0..8).map(|_| server.line()).collect();
            assert!(to.iter().filter(|line| *line == "socket 2").count() >= 4, "{to:?}");
            assert_eq!(server.line(), "done");
            assert!(syrupc(&["status"]).ok().contains("2 of 2 sockets"));
            server.go_on();
            assert!(server.child.wait().unwrap().success());
            syrupc(&["undeploy", AT]).ok();
            assert_nothing_pinned();
        }
    });
}

#[test]
fn rust_bindings_read_and_write_by_type() {
    in_namespace(|| {
        let folder = Folder::new("rust-bindings");
        bindings(&folder, "scan_avoid", "rust", "bindings.rs");
        let main = "mod bindings;\nuse bindings::{Doing, Op};\nfn main() {\n    \
                    let doing = Doing::open().unwrap();\n    \
                    doing.set(1, Op::SCAN).unwrap();\n    \
                    assert_eq!(doing.get(1).unwrap(), Some(Op::SCAN));\n    \
                    assert_ne!(doing.get(0).unwrap(), Some(Op::GET));\n    \
                    assert_eq!(doing.get(64).unwrap(), None);\n    \
                    let workers = bindings::workers(\"socket_select:udp:9000\").unwrap();\n    \
                    println!(\"{} workers\", workers.len().unwrap());\n    \
                    println!(\"{}\", bindings::workers(\"nowhere\").unwrap_err());\n}\n";
        let main = folder.file("main.rs", main);
        let program = folder.path("main");
        let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
        let mut compile = Command::new(rustc);
        compile.args(["--edition", "2024", &main, "-o", &program, "-L"]).arg(libraries());
        let library = libraries().join("libsyrup.rlib");
        compile.arg("--extern").arg(format!("syrup={}", library.display()));
        ended(compile.output().unwrap()).ok();
        let _server = Server::start("udp", 3);
        syrupc(&["deploy", &example("scan_avoid"), "--at", AT]).ok();
        let out = ended(Command::new(&program).output().unwrap()).ok();
        assert_eq!(out, "3 workers\nthere is no deployment `nowhere`\n");
        assert_eq!(syrupc(&["map", "get", "rocksdb/doing", "1"]).ok(), "SCAN\n");
        syrupc(&["undeploy", AT]).ok();
    });
}

#[test]
fn python_bindings_read_and_write_by_type() {
    in_namespace(|| {
        if !is_there("python3", "python_bindings_read_and_write_by_type") {
            return;
        }
        let folder = Folder::new("python-bindings");
        bindings(&folder, "scan_avoid", "python", "bindings.py");
        let _server = Server::start("udp", 2);
        let script = "import bindings, syrup\ndoing = bindings.Doing()\n\
                      doing[1] = bindings.Op.SCAN\nprint(doing[1] == bindings.Op.SCAN)\n\
                      try:\n    doing[64]\nexcept KeyError:\n    print('no entry')\n\
                      try:\n    syrup.Map('no/such')\nexcept syrup.Error as error:\n    \
                      print(error.errno)\n";
        let python = || {
            let mut python = Command::new("python3");
            let library = root().join("runtime/libsyrup/python");
            let path = format!("{}:{}", library.display(), folder.path(""));
            python.args(["-B", "-c", script]).env("PYTHONPATH", path);
            python.env("SYRUP_LIBRARY", libraries().join("libsyrup.so"));
            ended(python.output().unwrap())
        };
        assert!(python().err.contains("deploy the policy that declares it first"));
        syrupc(&["deploy", &example("scan_avoid"), "--at", AT]).ok();
        assert_eq!(python().ok(), "True\nno entry\n2\n");
        syrupc(&["undeploy", AT]).ok();
    });
}

#[test]
fn bindings_of_another_layout_open_nothing() {
    in_namespace(|| {
        if !is_there("python3", "bindings_of_another_layout_open_nothing") {
            return;
        }
        let folder = Folder::new("other-layout");
        bindings(&folder, "scan_avoid", "python", "bindings.py");
        let text = std::fs::read_to_string(root().join("examples/scan_avoid/rocksdb.syr"));
        folder.file("rocksdb.syr", text.unwrap().replace("Op: u64", "Op: u32"));
        let policy = folder.path("policy.syr");
        std::fs::copy(root().join(example("scan_avoid")), &policy).unwrap();
        let _server = Server::start("udp", 2);
        let run = syrupc(&["deploy", &policy, "--at", AT]);
        assert_eq!(run.code, 0, "{run:?}");
        let mut python = Command::new("python3");
        let library = root().join("runtime/libsyrup/python");
        let path = format!("{}:{}", library.display(), folder.path(""));
        python.args(["-B", "-c", "import bindings; bindings.Doing()"]).env("PYTHONPATH", path);
        python.env("SYRUP_LIBRARY", libraries().join("libsyrup.so"));
        let run = ended(python.output().unwrap());
        assert!(run.code == 1 && run.err.contains("another layout"), "{run:?}");
        syrupc(&["undeploy", AT]).ok();
    });
}

#[test]
fn structs_and_prefixes_have_bindings_that_compile() {
    let folder = Folder::new("structs");
    let policies = ["tenant_limit", "allow_list", "token", "weighted"];
    for policy in policies {
        bindings(&folder, policy, "c", &format!("{policy}.h"));
        bindings(&folder, policy, "rust", &format!("{policy}.rs"));
        bindings(&folder, policy, "go", &format!("{policy}.go"));
    }
    let modules: String = policies.iter().map(|name| format!("pub mod {name};\n")).collect();
    let lib = folder.file("lib.rs", modules);
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut compile = Command::new(rustc);
    compile.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", &lib, "-L"]);
    let library = libraries().join("libsyrup.rlib");
    compile.arg(libraries()).arg("--extern").arg(format!("syrup={}", library.display()));
    compile.arg("-o").arg(folder.path("lib.rmeta"));
    ended(compile.output().unwrap()).ok();
    if is_there("cc", "structs_and_prefixes_have_bindings_that_compile") {
        let includes: String =
            policies.iter().map(|name| format!("#include \"{name}.h\"\n")).collect();
        let file = folder.file("all.c", includes + "int main(void) { return 0; }\n");
        let mut cc = Command::new("cc");
        cc.args(["-Wall", "-Wextra", "-Werror", "-fsyntax-only", &file, "-I"]);
        cc.arg(root().join("runtime/libsyrup/include"));
        ended(cc.output().unwrap()).ok();
    }
}
