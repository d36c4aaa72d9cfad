//! What the policies of a test ask for: the patterns and numbers that its samples should hit.
//!
//! In: a test. Out: the stacks that the policies it calls match, and the numbers they compare with.
//! Without them a random packet would almost never be one that a policy knows.

use crate::hir::{ExprKind, Layer, PolicyId, Program, Row, StmtKind, Test};
use std::collections::BTreeSet;

/// Numbers kept: enough for every constant of a policy that a person wrote.
const NUMBERS_MAX: usize = 256;

/// What a test's policies ask for.
#[derive(Default)]
pub(super) struct Hints {
    /// The stacks of packet patterns, in the order of the text.
    pub stacks: Vec<Vec<Layer>>,
    /// Numbers of patterns and expressions, in order.
    pub numbers: Vec<u64>,
}

impl Hints {
    /// Collects them; nothing for a test that samples nothing.
    pub(super) fn of(program: &Program, test: &Test) -> Hints {
        match test.forall.is_empty() {
            true => Hints::default(),
            false => Hints::of_policies(program, called(test)),
        }
    }

    /// Collects what some policies ask for.
    pub(super) fn of_policies(
        program: &Program,
        policies: impl IntoIterator<Item = PolicyId>,
    ) -> Hints {
        let mut hints = Hints::default();
        let mut numbers = BTreeSet::new();
        for policy in policies {
            let body = &program.policies[policy.idx()].body;
            crate::lower::walk_deep(program, body, &mut |expr| match &expr.kind {
                ExprKind::Int(number) => {
                    numbers.insert(*number);
                }
                ExprKind::Match(inner) => {
                    inner.arms.iter().flat_map(|arm| &arm.rows).for_each(|row| match row {
                        Row::Layers(layers) => {
                            let fields = layers.iter().flat_map(|layer| &layer.fields);
                            let ranges = fields.flat_map(|field| &field.ranges);
                            numbers.extend(ranges.flat_map(|range| [range.lo, range.hi]));
                            hints.stacks.push(layers.clone());
                        }
                        Row::Numbers(ranges) => {
                            numbers.extend(ranges.iter().flat_map(|range| [range.lo, range.hi]));
                        }
                        Row::Any | Row::Take(_) | Row::Some(_) | Row::None => {}
                    });
                }
                _ => {}
            });
        }
        hints.numbers = numbers.into_iter().take(NUMBERS_MAX).collect();
        hints
    }
}

/// The policies a test calls.
pub(super) fn called(test: &Test) -> BTreeSet<PolicyId> {
    let mut found = BTreeSet::new();
    let mut note = |expr: &crate::hir::Expr| {
        if let ExprKind::Run(policy, _) = &expr.kind {
            found.insert(*policy);
        }
    };
    for stmt in &test.body {
        match &stmt.kind {
            StmtKind::Let(_, expr) | StmtKind::Expr(expr) | StmtKind::Expect(expr) => {
                crate::analyze::walk(expr, &mut note);
            }
            StmtKind::For { body, .. } => crate::analyze::walk(body, &mut note),
            StmtKind::Given(_) => {}
        }
    }
    found
}
