//! The passes: `Checked` to `Module`, to be checked again.
//!
//! In: a checked module and the passes to run. Out: a module that means the same. Every pass keeps
//! the order of effects: writes, insertions, draws and plain reads of maps stay where they are,
//! and none is added; a read whose value nobody uses may go. No pass moves an instruction, so none
//! can stand above the view or lookup that its operand comes from. Causes stay, and spans stay with
//! what they came from.

mod byte_order;
mod cse;
mod dce;
mod edit;
mod flow;
mod fold;
mod params;
mod select;
mod shortcut;
mod simplify;
mod unroll;
mod views;

use crate::check::{self, FuncFacts};
use crate::graph::Graph;
use crate::{Checked, Func, Module};
use std::cell::OnceCell;
use syrup_diag::bug;
use syrup_diag::limits::{OPTIMIZER_UNROLL_OPS_MAX, PATH_STEPS_MAX};

/// Which passes run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Passes(pub u32);

impl Passes {
    /// None.
    pub const NONE: Passes = Passes(0);
    /// Constants, algebra, and branches on what is known.
    pub const FOLD: Passes = Passes(1);
    /// Merging of equal computations.
    pub const CSE: Passes = Passes(1 << 1);
    /// Removal of what nobody uses.
    pub const DCE: Passes = Passes(1 << 2);
    /// Merging of blocks and threading of jumps through empty ones.
    pub const FLOW: Passes = Passes(1 << 3);
    /// Removal of block parameters that always get one value.
    pub const PARAMS: Passes = Passes(1 << 4);
    /// Unrolling of loops with few trips.
    pub const UNROLL: Passes = Passes(1 << 5);
    /// Removal of views that an earlier view proves or refutes.
    pub const VIEWS: Passes = Passes(1 << 6);
    /// Comparison of packet bytes in the byte order of little-endian machines.
    pub const BYTE_ORDER: Passes = Passes(1 << 7);
    /// Edges that know the answers behind them go straight there.
    pub const SHORTCUT: Passes = Passes(1 << 8);
    /// All of them.
    pub const ALL: Passes = Passes((1 << 9) - 1);

    /// Every pass with its name for the command line and tests.
    pub const NAMES: &'static [(Passes, &'static str)] = &[
        (Passes::FOLD, "fold"),
        (Passes::CSE, "cse"),
        (Passes::DCE, "dce"),
        (Passes::FLOW, "flow"),
        (Passes::PARAMS, "params"),
        (Passes::UNROLL, "unroll"),
        (Passes::VIEWS, "views"),
        (Passes::BYTE_ORDER, "byte_order"),
        (Passes::SHORTCUT, "shortcut"),
    ];

    /// Whether all of `other` are among these.
    pub const fn has(self, other: Passes) -> bool {
        self.0 & other.0 == other.0
    }

    /// With the passes of `other`.
    pub const fn with(self, other: Passes) -> Passes {
        Passes(self.0 | other.0)
    }

    /// Without the passes of `other`.
    pub const fn without(self, other: Passes) -> Passes {
        Passes(self.0 & !other.0)
    }

    /// The pass of a name.
    pub fn by_name(name: &str) -> Option<Passes> {
        Passes::NAMES.iter().find(|row| row.1 == name).map(|row| row.0)
    }
}

impl Default for Passes {
    fn default() -> Passes {
        Passes::ALL
    }
}

/// Rounds of all passes; each round only makes a function smaller, and few find anything after
/// the second.
const ROUNDS_MAX: usize = 8;

/// Improves a module without changing its meaning.
///
/// What was within the budget of steps stays within it: where a pass would lengthen the worst path
/// beyond it, which takes a path close to the budget, the function stays as it was before.
pub fn optimize(policy: Checked, passes: Passes) -> Module {
    let mut module = policy.into_module();
    each_func(&mut module, |module, func| {
        let analysis = attempt(module, func, |func| improve(module, func, passes));
        if passes.has(Passes::UNROLL) && unroll::has_loops(func) {
            attempt(module, func, |func| {
                if !unroll::run(module, func, analysis, OPTIMIZER_UNROLL_OPS_MAX) {
                    return Analysis::default();
                }
                verified(module, func, "unroll");
                improve(module, func, passes)
            });
        }
    });
    module
}

/// Changes a function, unless that takes it over the budget. `change` gives what it knows of the
/// function in the end, and so does this.
fn attempt(
    module: &Module,
    func: &mut Func,
    change: impl FnOnce(&mut Func) -> Analysis,
) -> Analysis {
    let before = func.clone();
    let analysis = change(func);
    let (graph, facts) = analysis.facts(module, func);
    if check::steps_max(module, func, graph, facts) > PATH_STEPS_MAX {
        *func = before;
        return Analysis::default();
    }
    analysis
}

/// Unrolls every loop, innermost first, as long as its function stays within `ops_max`
/// instructions and terminators. A loop that would not fit is left as it is.
pub fn unroll(mut module: Module, ops_max: usize) -> Module {
    each_func(&mut module, |module, func| {
        if unroll::run(module, func, Analysis::default(), ops_max) {
            verified(module, func, "unroll");
        }
    });
    module
}

/// Makes values of choices: a branch whose ways do little and meet again becomes `select`. For
/// backends whose judge walks every path; others are better off with branches.
pub fn straighten(mut module: Module) -> Module {
    each_func(&mut module, |module, func| {
        while select::run(func) {
            verified(module, func, "select");
        }
    });
    module
}

/// Calls `f` with each function and the module without it.
fn each_func(module: &mut Module, mut f: impl FnMut(&Module, &mut Func)) {
    let mut funcs = std::mem::take(&mut module.funcs);
    funcs.iter_mut().for_each(|func| f(module, func));
    module.funcs = funcs;
}

/// Changes a function; whether there was anything to do. It may ask `known` about the function as
/// it stands until its first change.
type Pass = fn(&Module, &mut Func, &Analysis) -> bool;

/// Runs the passes that need no budget until none finds anything; what is known in the end.
fn improve(module: &Module, func: &mut Func, passes: Passes) -> Analysis {
    let order: [(Passes, Pass); 8] = [
        (Passes::FOLD, fold::run),
        (Passes::PARAMS, params::run),
        (Passes::VIEWS, views::run),
        (Passes::CSE, cse::run),
        (Passes::FLOW, flow::run),
        (Passes::SHORTCUT, shortcut::run),
        (Passes::BYTE_ORDER, byte_order::run),
        (Passes::DCE, dce::run),
    ];
    // How many passes in a row found nothing: after all of them, none will.
    let mut n_idle = 0;
    let mut analysis = Analysis::default();
    for (pass, run) in order.into_iter().cycle().take(ROUNDS_MAX * order.len()) {
        if passes.has(pass) && run(module, func, &analysis) {
            analysis = Analysis::default();
            let name = Passes::NAMES.iter().find(|row| row.0 == pass);
            verified(module, func, name.map_or("", |row| row.1));
            n_idle = 0;
        } else {
            n_idle += 1;
            if n_idle == order.len() {
                break;
            }
        }
    }
    analysis
}

/// In debug builds, stops where a pass left a malformed function.
fn verified(module: &Module, func: &Func, pass: &str) {
    if cfg!(debug_assertions) {
        let found = check::verify_func(module, func);
        if let Some(first) = found.first() {
            let text = crate::text::print_func(func);
            bug!("pass {pass} made a malformed function: {first}\n{text}");
        }
    }
}

/// What is known of a function as it stands, found out when first asked for.
#[derive(Default)]
struct Analysis {
    graph: OnceCell<Graph>,
    facts: OnceCell<FuncFacts>,
}

impl Analysis {
    fn graph(&self, func: &Func) -> &Graph {
        self.graph.get_or_init(|| Graph::new(func))
    }

    fn facts(&self, module: &Module, func: &Func) -> (&Graph, &FuncFacts) {
        let graph = self.graph(func);
        (graph, self.facts.get_or_init(|| check::analyze(module, func, graph)))
    }
}
