//! Threads of a test: what they are like, what becomes of them, and calls of events.
//!
//! In: a call of an event. Out: the policy's answer; queues and idle cores stay as the policy left
//! them, for the calls after it. At first every queue is empty and every core is idle.

use super::coverage::{Coverage, Shown};
use super::eval::{Eval, Step};
use super::value::{Answer, Value};
use super::{Engine, Ready, TestResult};
use crate::hir::{self, Expr, ExprKind, PolicyId, Program, QueueId, SetId, TaskExpr, ThreadExpr};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use syrup_diag::limits::{THREAD_RAN_NS_MAX, THREAD_WEIGHT_MAX};
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::interp::{Happening, QueueState, State, Task};
use syrup_ir::{Event, Given};

/// The threads that wait and the cores that do not, by the names of the program: policies of one
/// file share them.
#[derive(Default)]
pub(super) struct Threads {
    queues: BTreeMap<QueueId, QueueState>,
    busy: BTreeMap<SetId, BTreeSet<u32>>,
}

impl Threads {
    /// Shows them to a policy.
    pub(super) fn give(&self, ready: &Ready, state: &mut State) {
        for (queue, known) in ready.used.queues.iter().zip(&mut state.threads.queues) {
            *known = self.queues.get(queue).cloned().unwrap_or_default();
        }
        for (set, known) in ready.used.sets.iter().zip(&mut state.threads.busy) {
            *known = self.busy.get(set).cloned().unwrap_or_default();
        }
    }

    /// Takes what a policy left.
    pub(super) fn take(&mut self, ready: &Ready, state: &State) {
        let queues = ready.used.queues.iter().copied().zip(state.threads.queues.iter().cloned());
        self.queues.extend(queues);
        let busy = ready.used.sets.iter().copied().zip(state.threads.busy.iter().cloned());
        self.busy.extend(busy);
    }
}

/// Whether a test calls an event that this engine cannot evaluate.
pub(super) fn skips(engine: &dyn Engine, test: &hir::Test) -> Option<String> {
    let mut calls = false;
    crate::analyze::walk_stmts(&test.body, &mut |expr| {
        calls |= matches!(&expr.kind, ExprKind::Thread(inner)
            if matches!(**inner, ThreadExpr::Happen(..)));
    });
    (calls && !engine.has_threads())
        .then(|| "policies over threads run on interp and native only".to_owned())
}

impl TestResult {
    /// A test that this engine does not run.
    pub(super) fn skipped(test: &hir::Test, why: String) -> TestResult {
        let (name, span) = (test.name.clone(), test.span);
        let (failure, warning, coverage) = (None, None, Coverage::default());
        TestResult { name, span, n_cases: 0, failure, warning, skipped: Some(why), coverage }
    }
}

impl Eval<'_> {
    /// An expression about threads.
    pub(super) fn thread(&mut self, span: Span, inner: &ThreadExpr) -> Step<Value> {
        match inner {
            ThreadExpr::Keep => Ok(Value::Answer(Answer::Keep)),
            ThreadExpr::Idle => Ok(Value::Answer(Answer::Idle)),
            ThreadExpr::Enqueue { queue, .. } => Ok(Value::Answer(Answer::Queue(*queue))),
            ThreadExpr::Preempt(core) => {
                let (set, slot) = self.core(core)?;
                Ok(Value::Answer(Answer::Preempt(set, slot)))
            }
            ThreadExpr::IsIdle(core) => {
                let (set, slot) = self.core(core)?;
                let busy = self.threads.busy.get(&set);
                let is_busy = busy.is_some_and(|busy| busy.contains(&slot));
                Ok(Value::Number(u64::from(!is_busy)))
            }
            ThreadExpr::QueueLen(queue) => {
                let len = self.threads.queues.get(queue).map_or(0, QueueState::len);
                Ok(Value::Number(len as u64))
            }
            ThreadExpr::Field(field, task) => match self.expr(task)? {
                Value::Task(task) => Ok(Value::Number(match field {
                    syrup_ir::TaskField::Id => task.id.into(),
                    syrup_ir::TaskField::Ran => task.ran_ns,
                    syrup_ir::TaskField::Weight => task.weight,
                })),
                _ => Err(self.stop(span, "this is no thread")),
            },
            ThreadExpr::Task(task) => self.task(task),
            ThreadExpr::Happen(policy, event, args) => self.happen(span, *policy, *event, args),
            ThreadExpr::Pop(_) => Err(self.stop(span, "a test cannot evaluate this")),
        }
    }

    fn core(&mut self, expr: &Expr) -> Step<(SetId, u32)> {
        match self.expr(expr)? {
            Value::Answer(Answer::Executor(set, slot)) => Ok((set, slot)),
            _ => Err(self.stop(expr.span, "this is no core")),
        }
    }

    fn task(&mut self, expr: &TaskExpr) -> Step<Value> {
        let TaskExpr { id, ran, weight, cores } = expr;
        let number = self.number(id)?;
        let Ok(number) = u32::try_from(number) else {
            return Err(self.stop(id.span, "the id of a thread is a u32"));
        };
        let mut task = Task::new(number);
        if let Some(ran) = ran {
            task.ran_ns = self.number(ran)?;
            if task.ran_ns > THREAD_RAN_NS_MAX {
                return Err(self.stop(ran.span, "a thread runs for one hour at most"));
            }
        }
        if let Some(weight) = weight {
            task.weight = self.number(weight)?;
            if !(1..=THREAD_WEIGHT_MAX).contains(&task.weight) {
                let message = format!("a weight is 1 to {THREAD_WEIGHT_MAX}");
                return Err(self.stop(weight.span, message));
            }
        }
        if let Some(cores) = cores {
            let Value::List(items) = self.expr(cores)? else {
                return Err(self.stop(cores.span, "cores are given as a list"));
            };
            let slot = |item: &Value| match item {
                Value::Answer(Answer::Executor(_, slot)) => Some(*slot),
                _ => None,
            };
            let Some(slots) = items.iter().map(slot).collect::<Option<BTreeSet<u32>>>() else {
                return Err(self.stop(cores.span, "this is no list of cores"));
            };
            task.cores = Some(Arc::new(slots));
        }
        Ok(Value::Task(task))
    }

    /// Runs the handler of an event.
    fn happen(&mut self, span: Span, policy: PolicyId, event: Event, args: &[Expr]) -> Step<Value> {
        let mut happening = Happening { event, task: Task::new(0), core: 0, ran_ns: 0 };
        for (arg, given) in args.iter().zip(event.info().gives) {
            match (given, self.expr(arg)?) {
                (Given::Task, Value::Task(task)) => happening.task = task,
                (Given::Core, Value::Answer(Answer::Executor(_, slot))) => happening.core = slot,
                (Given::Ran, Value::Number(ran_ns)) if ran_ns <= THREAD_RAN_NS_MAX => {
                    happening.ran_ns = ran_ns;
                }
                (Given::Ran, Value::Number(_)) => {
                    return Err(self.stop(arg.span, "a thread runs for one hour at most"));
                }
                _ => return Err(self.stop(arg.span, "the event does not give this")),
            }
        }
        let ready = self.ready_policy(span, policy)?;
        let mut state = self.state_for(ready);
        let world = self.world();
        self.trace(policy, ready, &state, Shown::Event(&happening), &world);
        let ran = self
            .engine
            .happen(&ready.policy, &mut state, &happening, &world)
            .map_err(|why| Box::new(Diagnostic::error(Code::E0802, span, why)))?;
        Ok(self.take_back(ready, &state, ran))
    }
}

/// A thread as a test would write it.
pub(super) fn show(task: &Task, program: &Program) -> String {
    let mut text = format!("task({}", task.id);
    let usual = Task::new(task.id);
    if task.weight != usual.weight {
        text += &format!(", weight: {}", task.weight);
    }
    if task.ran_ns != 0 {
        text += &format!(", ran: {}ns", task.ran_ns);
    }
    if let Some(cores) = &task.cores {
        let set = program.sets.iter().find(|set| set.kinds.contains(&syrup_ir::ExecutorKind::Core));
        let name = set.map_or("cores", |set| &*set.name);
        let cores: Vec<_> = cores.iter().map(|slot| format!("{name}[{slot}]")).collect();
        text += &format!(", cores: [{}]", cores.join(", "));
    }
    text + ")"
}
