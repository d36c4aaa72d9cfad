//! Hooks and targets: the records of the standard library as data.
//!
//! A record that is wrong is a bug of Syrup, not of a policy, so it stops the compiler.

use super::Analyzer;
use crate::hir::Hook;
use crate::syntax::{self, ast};
use syrup_diag::{Diagnostics, FileId, Sources, bug};
use syrup_ir::{Base, Cap, Caps, ExecutorKind, HookInfo, Meta, Profile};

/// The record a file of the standard library declares.
struct Record {
    file: String,
    record: ast::Record,
    span: syrup_diag::Span,
}

impl Record {
    fn parse(path: &str, id: FileId, text: &str) -> Record {
        let mut diags = Diagnostics::new();
        let file = syntax::parse(id, text, &mut diags);
        if let Some(first) = diags.iter().next() {
            bug!("{path}: {}", first.message);
        }
        let records = file.items.into_iter().filter_map(|item| match item.kind {
            ast::ItemKind::Record(record) => Some((record, item.span)),
            _ => None,
        });
        let Some((record, span)) = records.into_iter().next() else { bug!("{path}: no record") };
        Record { file: path.to_owned(), record, span }
    }

    fn value(&self, name: &str) -> Option<&ast::Expr> {
        let named = |arg: &&ast::Arg| arg.name.as_ref().is_some_and(|n| n.text == name);
        self.record.entries.iter().find(named).map(|arg| &arg.value)
    }

    fn word(&self, name: &str) -> &str {
        match self.value(name).and_then(ast::Expr::as_name) {
            Some(word) => word,
            None => bug!("{}: `{name}` must be a word", self.file),
        }
    }

    fn words(&self, name: &str) -> Vec<&str> {
        let Some(ast::ExprKind::List(list)) = self.value(name).map(|value| &value.kind) else {
            bug!("{}: `{name}` must be a list", self.file)
        };
        list.iter().filter_map(ast::Expr::as_name).collect()
    }

    fn number(&self, name: &str) -> u64 {
        match self.value(name).map(|value| &value.kind) {
            Some(ast::ExprKind::Lit(ast::LitKind::Int(number))) => *number,
            _ => bug!("{}: `{name}` must be a number", self.file),
        }
    }

    fn flag(&self, name: &str) -> bool {
        match self.value(name).map(|value| &value.kind) {
            Some(ast::ExprKind::Lit(ast::LitKind::Bool(flag))) => *flag,
            _ => bug!("{}: `{name}` must be true or false", self.file),
        }
    }

    fn caps(&self) -> Caps {
        let find = |word: &str| match Cap::ALL.iter().find(|(_, name)| *name == word) {
            Some(&(cap, _)) => cap,
            None => bug!("{}: there is no capability `{word}`", self.file),
        };
        self.words("offers").into_iter().map(find).collect()
    }
}

impl Analyzer<'_> {
    /// The hook of a name, read when it is first asked for.
    pub(crate) fn hook(&mut self, name: &str) -> Option<&Hook> {
        if let Some(at) = self.program.hooks.iter().position(|hook| &*hook.name == name) {
            return Some(&self.program.hooks[at]);
        }
        let hook = hook(name, self.sources)?;
        self.program.hooks.push(hook);
        self.program.hooks.last()
    }
}

/// The hook of a name.
pub(crate) fn hook(name: &str, sources: &mut Sources) -> Option<Hook> {
    let text = syrup_stdlib::file("hooks", name)?;
    let path = format!("std/hooks/{name}.syr");
    let id = sources.add(path.clone(), text);
    let record = Record::parse(&path, id, text);
    let kind = |word: &str| match executor_kind(word) {
        Some(kind) => kind,
        None => bug!("{path}: there is no executor kind `{word}`"),
    };
    let meta = |word: &str| match Meta::ALL.iter().find(|row| row.1 == word) {
        Some(row) => row.0,
        None => bug!("{path}: hooks know no `{word}`"),
    };
    let begins = match record.word("begins") {
        "frame" | "event" => Base::Frame,
        "net" => Base::Net,
        "transport" => Base::Transport,
        other => bug!("{path}: a packet cannot begin at `{other}`"),
    };
    Some(Hook {
        name: name.into(),
        packet: record.word("input") == "packet",
        begins,
        executors: record.words("executors").into_iter().map(kind).collect(),
        knows: record.words("knows").into_iter().map(meta).collect(),
        caps: record.caps(),
        span: record.span,
    })
}

/// The kind of executor a word stands for.
pub(crate) fn executor_kind(word: &str) -> Option<ExecutorKind> {
    match word {
        "socket" => Some(ExecutorKind::Socket),
        "core" => Some(ExecutorKind::Core),
        "queue" => Some(ExecutorKind::Queue),
        _ => None,
    }
}

/// The profile of a target of the standard library: `kernel-6.1`.
pub fn profile(name: &str) -> Option<Profile> {
    let text = syrup_stdlib::file("targets", name)?;
    let path = format!("std/targets/{name}.syr");
    let record = Record::parse(&path, FileId(0), text);
    Some(Profile {
        name: name.into(),
        caps: record.caps(),
        isa: record.number("isa") as u8,
        may_goto: record.flag("may_goto"),
        verifier_insns_max: record.number("verifier_insns"),
    })
}

impl Hook {
    /// What the IR keeps of it.
    pub fn info(&self) -> HookInfo {
        HookInfo { name: self.name.clone(), window: self.begins, caps: self.caps }
    }
}
