//! The commands around a policy: a new one, its documentation, completions, manual pages, and the
//! files for CI, whose commands are run as they stand there.

use crate::command::{command, ended, example, json, root, syrupc};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("syrup-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let removed = std::fs::remove_dir_all(&self.0);
        assert!(removed.is_ok() || std::thread::panicking(), "{removed:?}");
    }
}

#[test]
fn a_new_policy_is_whole_and_overwrites_nothing() {
    let folder = Folder::new("new");
    let shop = folder.path("my-shop");
    let text = syrupc(&["new", &shop]).ok();
    assert!(text.contains("a policy `my_shop` with its tests"), "{text}");
    let policy = folder.path("my-shop/policy.syr");
    assert_eq!(syrupc(&["check", &policy]).ok(), "ok\n");
    assert_eq!(syrupc(&["fmt", "--check", &policy]).ok(), "");
    let text = syrupc(&["test", &shop, "--engine", "interp,native"]).ok();
    assert!(text.ends_with("10 passed, 0 failed\n"), "{text}");
    let text = syrupc(&["new", &shop]).sentence(2);
    assert!(text.contains("is already there"), "{text}");
    for name in ["match", "9lives", ".."] {
        syrupc(&["new", &folder.path(name)]).sentence(2);
    }
    assert!(!Path::new(&folder.path("match")).exists());
    let (code, value) = json(&["new", &folder.path("second")]);
    assert_eq!((code, value["policy"].as_str()), (0, Some("second")));
}

#[test]
fn a_policy_documents_itself() {
    let page = syrupc(&["doc", &example("tenant_limit")]).ok();
    for part in [
        "# tenant_limit\n",
        "| `socket_select` | packets | the UDP or TCP header | sockets |",
        "pinned as `edge/limits`",
        "| 0 | 4 | `_lock` | the lock of the entry: leave it alone |",
        "| 8 | 8 | `rate` | 0 to 10000000 |",
        "|                              op                               |",
        "- a burst, then the rate",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let page = syrupc(&["doc", &example("vtime")]).ok();
    assert!(page.contains("| `slice` | duration | 1ms to 100ms | 20ms |"), "{page}");
    assert!(page.contains("Its events: `enable`, `runnable`"), "{page}");
    // A parameter of a header, and what a used file declares, are no reason to stop.
    for path in syrup_tests::listing::policies_below("examples") {
        let path = path.to_string_lossy().into_owned();
        let page = syrupc(&["doc", "--html", &path]).ok();
        assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<h1>"), "{path}: {page}");
    }
    let broken = syrupc(&["doc", "tests/ui/missing/compared.syr"]);
    assert!(broken.code != 0 && broken.out.is_empty(), "{broken:?}");
}

#[test]
fn shells_and_manuals_know_every_command() {
    let names = ["check", "compile", "deploy", "undeploy", "status", "fmt", "doc", "new"];
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = syrupc(&["completions", shell]).ok();
        for name in names {
            assert!(script.contains(name), "{shell} does not know {name}");
        }
    }
    let script = syrupc(&["completions", "bash"]).ok();
    let read = Command::new("bash").args(["-n", "-c", &script]).output();
    assert_eq!(ended(read.unwrap()).ok(), "");
    let folder = Folder::new("man");
    let written = syrupc(&["man", &folder.path("man1")]).ok();
    for name in names {
        let path = folder.path(&format!("man1/syrupc-{name}.1"));
        assert!(written.contains(&path), "{written}");
        let page = std::fs::read_to_string(&path).unwrap();
        assert!(page.contains(".TH") && page.contains(".SH SYNOPSIS"), "{path}");
    }
    let page = std::fs::read_to_string(folder.path("man1/syrupc-map-set.1")).unwrap();
    assert!(page.contains("pin\\-root") || page.contains("pin-root"), "{page}");
}

/// The commands of a file of CI: what stands behind `run:`, `entry:` or a dash.
fn commands_of(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let line = line.strip_prefix("- ").unwrap_or(line);
        let line = line.strip_prefix("run: ").or(line.strip_prefix("entry: ")).unwrap_or(line);
        line.starts_with("syrupc ").then(|| line.to_owned())
    });
    lines.collect()
}

#[test]
fn the_files_for_ci_run() {
    let folder = Folder::new("ci");
    syrupc(&["new", &folder.path("shop")]).ok();
    let shop = folder.path("shop");
    for (file, n_commands) in [
        ("ci/github/action.yml", 3),
        ("ci/gitlab/policies.yml", 3),
        ("ci/pre-commit/config.yaml", 3),
        ("tools/syrup-cli/templates/kv-server/policy.yml", 3),
    ] {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        let commands = commands_of(&text);
        assert_eq!(commands.len(), n_commands, "{file}: {commands:?}");
        for line in commands {
            // pre-commit puts the files behind the entry.
            let line = if file.contains("pre-commit") { line + " policy.syr" } else { line };
            let binary = command(&[]).get_program().to_owned();
            let path = Path::new(&binary).parent().unwrap().to_owned();
            let old = std::env::var_os("PATH").unwrap_or_default();
            let all = std::iter::once(path).chain(std::env::split_paths(&old));
            let run = Command::new("bash")
                .args(["-euc", &line])
                .current_dir(&shop)
                .env("PATH", std::env::join_paths(all).unwrap())
                .env("FILES", ".")
                .env("ENGINES", "interp,native")
                .output();
            let run = ended(run.unwrap());
            assert_eq!(run.code, 0, "{file}: {line}: {run:?}");
        }
    }
}
