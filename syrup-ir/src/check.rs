//! The checks: the only maker of [`Checked`].
//!
//! In: a module and the profile of a target. Out: the module with facts, or diagnostics.
//! A module that breaks the rules of structure, types or bounds is a bug of the compiler:
//! [`verify`] lists what is wrong, [`check`] stops. What a hook or target cannot do, and budgets,
//! are the author's to change and come back as diagnostics.

mod bounds;
mod capability;
mod cost;
mod declarations;
mod interval;
mod limits;
mod locks;
mod ranges;
mod refine;
mod scope;
mod structure;
mod termination;
mod threads;
mod transfer;
mod types;

use crate::graph::Graph;
use crate::{Block, Caps, Func, Inst, Module, Profile, Value, text};
use std::collections::BTreeMap;
use std::fmt;
use syrup_diag::{Diagnostic, Diagnostics, bug};

pub use interval::Interval;
pub use locks::locked_at_end;
pub use scope::Scope;
pub use transfer::fold;
pub(crate) use transfer::{compare, reduce, swap_bytes};

/// What the checks proved of one function.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FuncFacts {
    /// An interval for each value; meaningless for views and cells. Executors: their slot.
    /// Values of blocks that are never reached have the whole range of their type.
    pub ranges: Vec<Interval>,
    /// For each block: values that are known to be narrower in it and in the blocks it dominates,
    /// because only an edge with a condition leads there. See [`Scope`].
    pub narrower: Vec<Vec<(Value, Interval)>>,
    /// Whether each block may be reached; a block that is not is never entered.
    pub reached: Vec<bool>,
    /// The most trips of each loop, by its header.
    pub trips: BTreeMap<Block, u32>,
    /// Steps on the worst path, loops multiplied out.
    pub steps_max: u64,
}

impl FuncFacts {
    /// What is known of a value where a block uses it: its interval, narrowed by the conditions on
    /// the way. It climbs the dominator tree; a walk over all blocks is cheaper with [`Scope`].
    pub fn range_at(&self, graph: &Graph, value: Value, block: Block) -> Interval {
        let mut known = self.ranges[value.idx()];
        let mut at = Some(block);
        while let Some(block) = at {
            for &(_, interval) in self.narrower[block.idx()].iter().filter(|row| row.0 == value) {
                known = known.intersect(interval).unwrap_or(known);
            }
            at = graph.idom(block);
        }
        known
    }
}

/// What the checks proved.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Facts {
    /// One for each function of the module.
    pub funcs: Vec<FuncFacts>,
    /// The capabilities the module uses.
    pub caps: Caps,
}

/// A module that passed every check, with what the checks proved.
///
/// INVARIANT(checked): `facts` was computed from exactly this `module`.
#[derive(Clone, PartialEq, Debug)]
pub struct Checked {
    module: Module,
    facts: Facts,
}

impl Checked {
    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The facts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Gives the module back, for a pass to change; it must be checked again.
    pub fn into_module(self) -> Module {
        self.module
    }
}

/// Checks a module for a target.
///
/// # Errors
/// What the hook or the target cannot do, and budgets exceeded. A module that is malformed is a
/// bug of the compiler and panics through `bug!`.
pub fn check(module: Module, target: &Profile) -> Result<Checked, Vec<Diagnostic>> {
    let violations = verify(&module);
    if !violations.is_empty() {
        let list: Vec<String> = violations.iter().map(Violation::to_string).collect();
        bug!("the IR of {} is malformed:\n{}", module.name, list.join("\n"));
    }
    let mut found = Diagnostics::new();
    found.extend(limits::limits(&module));
    if found.has_errors() {
        // What follows is bounded by these limits.
        return Err(found.into_sorted());
    }
    let caps = capability::capabilities(&module, target, &mut found);
    let mut funcs = Vec::with_capacity(module.funcs.len());
    for func in &module.funcs {
        let graph = Graph::new(func);
        let mut facts = ranges::ranges(&module, func, &graph);
        facts.steps_max = cost::worst_path(&module, func, &graph, &facts, &mut found);
        funcs.push(facts);
    }
    if found.has_errors() {
        return Err(found.into_sorted());
    }
    Ok(Checked { module, facts: Facts { funcs, caps } })
}

/// The facts of one function of a well-formed module, without the steps.
pub(crate) fn analyze(module: &Module, func: &Func, graph: &Graph) -> FuncFacts {
    ranges::ranges(module, func, graph)
}

/// Steps on the worst path of a function of a well-formed module.
pub(crate) fn steps_max(module: &Module, func: &Func, graph: &Graph, facts: &FuncFacts) -> u64 {
    cost::worst_path(module, func, graph, facts, &mut Diagnostics::new())
}

/// Every rule of structure, types and bounds that a module breaks; none for a well-formed one.
///
/// A later rule is tried only where the earlier ones hold, because it relies on them.
pub fn verify(module: &Module) -> Vec<Violation> {
    let mut found = declarations::declarations(module);
    if !found.is_empty() {
        return found;
    }
    for func in &module.funcs {
        found.extend(verify_func(module, func));
    }
    found
}

pub(crate) fn verify_func(module: &Module, func: &Func) -> Vec<Violation> {
    let found = structure::ids(module, func);
    if !found.is_empty() {
        return found;
    }
    let graph = Graph::new(func);
    let found = termination::termination(func, &graph);
    if !found.is_empty() {
        return found;
    }
    let mut found = structure::dominance(func, &graph);
    found.extend(types::types(module, func));
    if found.is_empty() {
        found.extend(bounds::bounds(module, func, &graph));
        found.extend(locks::locks(func, &graph));
    }
    found
}

/// A rule that a module breaks: a bug of whoever made the module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The function, where it is about one.
    pub func: Option<String>,
    /// The block, where it is about one.
    pub block: Option<Block>,
    /// The instruction or terminator as text, where it is about one.
    pub line: Option<String>,
    /// What is wrong.
    pub rule: String,
}

impl Violation {
    fn of_module(rule: String) -> Violation {
        Violation { func: None, block: None, line: None, rule }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(func) = &self.func {
            write!(f, "{func}: ")?;
        }
        if let Some(block) = self.block {
            write!(f, "{block}: ")?;
        }
        if let Some(line) = &self.line {
            write!(f, "`{line}`: ")?;
        }
        f.write_str(&self.rule)
    }
}

/// Collects the violations of one function.
struct Report<'a> {
    func: &'a Func,
    found: Vec<Violation>,
}

impl<'a> Report<'a> {
    fn new(func: &'a Func) -> Report<'a> {
        Report { func, found: Vec::new() }
    }

    fn done(self) -> Vec<Violation> {
        self.found
    }

    fn add(&mut self, block: Option<Block>, line: Option<String>, rule: String) {
        let func = Some(self.func.name.to_string());
        self.found.push(Violation { func, block, line, rule });
    }

    fn func(&mut self, rule: impl Into<String>) {
        self.add(None, None, rule.into());
    }

    fn block(&mut self, block: Block, rule: impl Into<String>) {
        self.add(Some(block), None, rule.into());
    }

    fn inst(&mut self, block: Block, inst: &Inst, rule: impl Into<String>) {
        self.add(Some(block), Some(text::print_inst(self.func, inst)), rule.into());
    }

    fn term(&mut self, block: Block, rule: impl Into<String>) {
        let line = text::print_term(&self.func.block(block).term);
        self.add(Some(block), Some(line), rule.into());
    }
}
