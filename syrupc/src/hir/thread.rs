//! What policies over threads add to the typed tree.

use super::*;
use std::sync::Arc;
use syrup_diag::Span;
use syrup_ir::{Event, QueueOrder, TaskField};

/// A queue of threads.
#[derive(Clone, Debug)]
pub struct Queue {
    /// Its name.
    pub name: Arc<str>,
    /// Which thread stands first; nothing where the declaration is wrong.
    pub order: Option<QueueOrder>,
    /// The most threads.
    pub capacity: u32,
    /// Its declaration's name.
    pub span: Span,
}

/// The handler of an event.
#[derive(Clone, Debug)]
pub struct Handler {
    /// Which event.
    pub event: Event,
    /// The names of what the event gives, in its order.
    pub params: Vec<LocalId>,
    /// Its body.
    pub body: Expr,
    /// Its locals.
    pub locals: Vec<Local>,
    /// The event's name.
    pub span: Span,
    /// The whole handler.
    pub whole: Span,
}

/// An expression about threads, cores or queues.
#[derive(Clone, Debug)]
pub enum ThreadExpr {
    /// What is known of a thread.
    Field(TaskField, Expr),
    /// Whether a core is idle.
    IsIdle(Expr),
    /// The number of threads in a queue.
    QueueLen(QueueId),
    /// The first thread of a queue; missing where there is none.
    Pop(QueueId),
    /// The thread of the event goes into a queue.
    Enqueue {
        /// Which queue.
        queue: QueueId,
        /// Its place in an ordered queue.
        key: Option<Expr>,
        /// Whether it is written `requeue(...)`.
        again: bool,
    },
    /// The thread of the event takes the place of what runs on a core; missing where the core is.
    Preempt(Expr),
    /// Everything stays as it is.
    Keep,
    /// The core of the event has nothing to run.
    Idle,
    /// A thread, in a test.
    Task(Box<TaskExpr>),
    /// What a policy answers to an event, in a test.
    Happen(PolicyId, Event, Vec<Expr>),
}

/// A thread of a test: `task(1, weight: 200)`.
#[derive(Clone, Debug)]
pub struct TaskExpr {
    /// Its id.
    pub id: Expr,
    /// How long it has run.
    pub ran: Option<Expr>,
    /// Its weight.
    pub weight: Option<Expr>,
    /// The cores it may use.
    pub cores: Option<Expr>,
}

impl ThreadExpr {
    /// The expressions right below it.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            ThreadExpr::Field(_, inner) | ThreadExpr::IsIdle(inner) => vec![inner],
            ThreadExpr::Preempt(inner) => vec![inner],
            ThreadExpr::Enqueue { key, .. } => key.iter().collect(),
            ThreadExpr::Task(task) => {
                let TaskExpr { id, ran, weight, cores } = &**task;
                let named = [ran, weight, cores].into_iter().flatten();
                std::iter::once(id).chain(named).collect()
            }
            ThreadExpr::Happen(_, _, args) => args.iter().collect(),
            ThreadExpr::QueueLen(_) | ThreadExpr::Pop(_) => vec![],
            ThreadExpr::Keep | ThreadExpr::Idle => vec![],
        }
    }
}

impl Policy {
    /// Whether it is over threads.
    pub fn is_thread(&self) -> bool {
        !self.handlers.is_empty()
    }

    /// The hook it runs at when neither it nor the user names one.
    pub fn default_hook(&self) -> &'static str {
        if self.is_thread() { THREAD_HOOK } else { crate::DEFAULT_HOOK }
    }

    /// Its bodies: one, or one for each event it handles.
    pub fn bodies(&self) -> impl Iterator<Item = &Expr> {
        let own = (!self.is_thread()).then_some(&self.body);
        own.into_iter().chain(self.handlers.iter().map(|handler| &handler.body))
    }
}

/// The hook of policies over threads.
pub const THREAD_HOOK: &str = "thread";
