//! Runs tests: the cases of a `forall`, the smallest one that fails, and what they reached.

use super::coverage::{self, Coverage};
use super::eval::{Eval, Step};
use super::hints::Hints;
use super::rings::Rings;
use super::sample::{self, Rng};
use super::shrink::{Shrunk, shrink};
use super::value::Value;
use super::{Engine, Ready};
use crate::hir::{self, Program, Test, Type};
use std::collections::BTreeMap;
use syrup_diag::{Diagnostic, limits};

/// The result of one test on one engine.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// What the test says.
    pub name: String,
    /// Its place.
    pub span: syrup_diag::Span,
    /// How many cases were run: 1, or the samples of a `forall`.
    pub n_cases: u32,
    /// Why it does not hold.
    pub failure: Option<Diagnostic>,
    /// Why this engine does not run it.
    pub skipped: Option<String>,
    /// Why it holds and says little.
    pub warning: Option<Diagnostic>,
    /// The arms that its cases reached, of the policies that were built to tell.
    pub coverage: Coverage,
}

/// Runs every test of a program.
///
/// `ready` holds the policies by id; a test that calls a policy that is not there fails.
pub fn run_tests(
    program: &Program,
    ready: &BTreeMap<hir::PolicyId, Ready>,
    engine: &mut dyn Engine,
) -> Vec<TestResult> {
    let mut rings = Rings::default();
    let tests = program.tests.iter();
    tests.map(|test| Runner { program, ready, test }.run(engine, &mut rings)).collect()
}

/// One test and what it needs.
#[derive(Clone, Copy)]
struct Runner<'a> {
    program: &'a Program,
    ready: &'a BTreeMap<hir::PolicyId, Ready>,
    test: &'a Test,
}

impl Runner<'_> {
    fn run(self, engine: &mut dyn Engine, rings: &mut Rings) -> TestResult {
        let Runner { program, test, .. } = self;
        if let Some(why) = super::threads::skips(engine, test) {
            return TestResult::skipped(test, why);
        }
        let seed = sample::seed_of(&test.name);
        let hints = Hints::of(program, test);
        let n_samples = if test.forall.is_empty() { 1 } else { limits::FORALL_SAMPLES + 2 };
        let mut result = TestResult {
            name: test.name.clone(),
            span: test.span,
            n_cases: 0,
            failure: None,
            skipped: None,
            warning: None,
            coverage: Coverage::default(),
        };
        for case in 0..n_samples {
            let mut rng = Rng::new(seed ^ u64::from(case).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let inputs = sample::inputs(program, test, &hints, case, &mut rng);
            result.n_cases += 1;
            let done = self.case(engine, rings, &rng, &inputs, &mut result.coverage);
            if let Err(failure) = done {
                let failure = self.explain(engine, rings, &rng, inputs, failure);
                result.failure = Some(failure.note(format!("engine: {}", engine.name())));
                return result;
            }
        }
        result.warning = coverage::vacuous(program, test, self.ready, &result);
        result
    }

    /// Evaluates the test once; the draws it is not given come from `rng`.
    fn case(
        self,
        engine: &mut dyn Engine,
        rings: &mut Rings,
        rng: &Rng,
        inputs: &[Value],
        coverage: &mut Coverage,
    ) -> Step<()> {
        let mut eval = Eval::new(self.program, self.ready, engine, self.test, rng.clone(), rings);
        let done = eval.run(inputs);
        coverage.add_case(&eval.coverage);
        done
    }

    /// A failure with the values it was found with, made small.
    fn explain(
        self,
        engine: &mut dyn Engine,
        rings: &mut Rings,
        rng: &Rng,
        inputs: Vec<Value>,
        failure: Box<Diagnostic>,
    ) -> Diagnostic {
        if self.test.forall.is_empty() {
            return *failure;
        }
        let found = self.show(&inputs);
        let mut again =
            |inputs: &[Value]| self.case(engine, rings, rng, inputs, &mut Coverage::default());
        let Shrunk { inputs, failure, n_steps } =
            shrink(self.program, self.test, inputs, failure, &mut again);
        let failure = failure.note(format!("with {}", self.show(&inputs)));
        let steps = if n_steps == 1 { "step" } else { "steps" };
        match n_steps {
            0 => failure,
            _ => failure.note(format!("made smaller in {n_steps} {steps}, from {found}")),
        }
    }

    /// The values of a case by name, as a test would write them.
    fn show(self, inputs: &[Value]) -> String {
        let program = self.program;
        let values = self.test.forall.iter().zip(inputs).map(|(local, value)| {
            let decl = &self.test.locals[local.idx()];
            let case = match (&decl.ty, value) {
                (Type::Enum(id), Value::Number(number)) => {
                    let cases = &program.enums[id.idx()].info.cases;
                    cases.iter().find(|case| case.1 == *number).map(|case| case.0.to_string())
                }
                (Type::Bool, Value::Number(number)) => Some((*number == 1).to_string()),
                _ => None,
            };
            format!("{} = {}", decl.name, case.unwrap_or_else(|| value.show(program)))
        });
        values.collect::<Vec<_>>().join(", ")
    }
}
