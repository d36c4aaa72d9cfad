//! Names, types, widths, intervals, effects and exhaustiveness.
//!
//! In: the text of a policy and a way to read what it uses. Out: a typed program and every
//! diagnostic that could be found; a broken declaration leaves the others analysed.
//! Analysis knows the hooks a policy names, because they say what a packet begins with; it does not
//! choose among them.

mod access;
mod answer;
mod attrs;
mod binding;
mod body;
mod call;
mod cascade;
mod change;
mod choose;
mod convert;
mod cover;
mod declare;
mod entries;
mod events;
mod facts;
mod fields;
mod formulas;
mod function;
mod headers;
mod hooks;
mod index;
mod initial;
mod items;
mod library;
mod map_kinds;
mod maps;
mod matching;
mod names;
mod numbers;
mod order;
mod packets;
mod part;
mod policy;
mod qualified;
mod ranges;
mod records;
mod repeat;
mod runs;
mod scope;
mod structs;
mod threads;
mod types;
mod units;
mod update;
mod value;
mod walk;
mod whole;
mod wire;
mod wrapping;

use crate::hir::{FnId, Hook, Program};
use crate::syntax::ast;
use std::rc::Rc;
use syrup_diag::{Diagnostics, FileId, Sources};

pub(crate) use hooks::misfits;
pub use index::{Decl, Index, Kind, Use, Value, declared};
pub(crate) use names::nearest;
pub(crate) use ranges::result;
pub use records::profile;
pub use walk::each;
pub(crate) use walk::{walk, walk_stmts};

/// Reads the files that a policy uses.
pub trait Files {
    /// The text of a file, by its path relative to where the main file was named.
    ///
    /// # Errors
    /// One sentence that says why it cannot be read.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// No files at all: for text that stands alone.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<String, String> {
        Err("this text stands alone and can use only `std`".to_owned())
    }
}

/// What analysis found.
pub struct Analysis {
    /// Every file that was read.
    pub sources: Sources,
    /// The main file.
    pub main: FileId,
    /// The main file's tree.
    pub file: Rc<ast::File>,
    /// What it means.
    pub program: Program,
    /// What is wrong with it.
    pub diags: Diagnostics,
    /// The scopes, for expressions given later.
    units: units::Units,
}

impl Analysis {
    /// The hook of a name, as the standard library declares it.
    pub fn hook(&mut self, name: &str) -> Option<Hook> {
        let known = self.program.hooks.iter().find(|hook| &*hook.name == name);
        known.cloned().or_else(|| records::hook(name, &mut self.sources))
    }
}

/// Analyses a policy file and all it uses.
pub fn analyze(name: &str, text: &str, files: &dyn Files) -> Analysis {
    let mut sources = Sources::new();
    let mut diags = Diagnostics::new();
    let mut units = units::Units::default();
    let main = units.load_main(name, text, files, &mut sources, &mut diags);
    let mut analyzer = Analyzer {
        sources: &mut sources,
        diags: &mut diags,
        units: &mut units,
        program: Program::default(),
        origins: items::Origins::default(),
        open_fns: Vec::new(),
        fn_depths: std::collections::BTreeMap::new(),
    };
    analyzer.declare_all();
    analyzer.define_all();
    let program = analyzer.program;
    cascade::hush(&units.list[0].file, &mut diags);
    let file = units.list[0].file.clone();
    Analysis { sources, main, file, program, diags, units }
}

/// Analyses one expression in the scope of a file, as a test would: for `syrupc eval`.
pub fn packet_expr(analysis: &mut Analysis, text: &str) -> Option<crate::hir::Expr> {
    let Analysis { sources, diags, units, program, .. } = analysis;
    let id = sources.add("<packet>", text);
    let tree = crate::syntax::parse_expr(id, text, diags)?;
    let mut analyzer = Analyzer {
        sources,
        diags,
        units,
        program: std::mem::take(program),
        origins: items::Origins::default(),
        open_fns: Vec::new(),
        fn_depths: std::collections::BTreeMap::new(),
    };
    let mut body = body::Body::new(&mut analyzer, 0, body::Mode::Test);
    let expr = body.expr(&tree, Some(&crate::hir::Type::Packet));
    *program = analyzer.program;
    (!diags.has_errors()).then_some(expr)
}

/// The state of an analysis: the program so far, and where its parts come from.
pub(crate) struct Analyzer<'a> {
    sources: &'a mut Sources,
    diags: &'a mut Diagnostics,
    units: &'a mut units::Units,
    program: Program,
    origins: items::Origins,
    /// Functions being analysed, from the outermost caller on.
    open_fns: Vec<FnId>,
    /// How deep the calls below each function go.
    fn_depths: std::collections::BTreeMap<crate::hir::FnId, u32>,
}
