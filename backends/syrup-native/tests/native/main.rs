//! Native code against the interpreter.
//!
//! In: the filetests and random modules of the IR. Out: the first difference in verdict, cause,
//! steps, maps, queues, or number of draws.

mod common;
mod concurrent;
mod defects;
mod files;
mod object;
mod random;
mod refused;

// The IR's own tests make the modules and run the scripts.
#[path = "../../../../syrup-ir/tests/random_modules/control.rs"]
mod control;
#[path = "../../../../syrup-ir/tests/random_modules/expression.rs"]
mod expression;
#[path = "../../../../syrup-ir/tests/random_modules/generate.rs"]
mod generate;
#[path = "../../../../syrup-ir/tests/random_modules/rng.rs"]
mod rng;
#[path = "../../../../syrup-ir/tests/filetests/script.rs"]
mod script;
#[path = "../../../../syrup-ir/tests/random_modules/threads.rs"]
mod threads;
#[path = "../../../../syrup-ir/tests/random_modules/walk.rs"]
mod walk;
