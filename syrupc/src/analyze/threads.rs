//! Queues of threads, and expressions about threads and cores.

use super::Analyzer;
use super::body::{Body, Mode};
use super::call::near_or_all;
use super::events::is_notice;
use super::items::{error_expr, full};
use super::scope::Def;
use crate::hir::{self, Expr, ExprKind, PolicyId, QueueId, TaskExpr, ThreadExpr, Type};
use crate::syntax::ast;
use syrup_diag::{Code, Diagnostic, Span, limits};
use syrup_ir::{Event, Given, Interval, QueueOrder, TaskField};

impl Analyzer<'_> {
    /// `queue runq: Fifo<4096>;`
    pub(super) fn define_queue(&mut self, unit: usize, id: QueueId, decl: &ast::Map) {
        let ty = &decl.ty;
        let order = match ty.path.parts[0].text.as_str() {
            "Fifo" => QueueOrder::Fifo,
            "Ordered" => QueueOrder::Ordered,
            name => {
                let message = format!("`{name}` is no kind of queue");
                let diagnostic = Diagnostic::error(Code::E0103, ty.span, message);
                let help = "the kinds are `Fifo<threads>` and `Ordered<threads>`";
                self.diags.push(diagnostic.help(help));
                return;
            }
        };
        let [capacity] = ty.args.as_slice() else {
            let message = "a queue says how many threads it holds: `Fifo<4096>`";
            self.diags.push(Diagnostic::error(Code::E0103, ty.span, message));
            return;
        };
        let Some(capacity) = self.number_arg(unit, capacity) else { return };
        let max = u64::from(limits::QUEUE_THREADS_MAX);
        if capacity == 0 || capacity > max {
            let code = if capacity == 0 { Code::E0406 } else { Code::E0114 };
            let message = format!("a queue holds 1 to {max} threads, not {capacity}");
            let most = capacity.clamp(1, max);
            let help = format!("write the most threads that may wait at once, such as {most}");
            self.diags.push(Diagnostic::error(code, ty.span, message).help(help));
        }
        let queue = &mut self.program.queues[id.idx()];
        queue.order = Some(order);
        queue.capacity = capacity.clamp(1, max) as u32;
    }

    /// Reports queues beyond what one file may declare.
    pub(super) fn check_queues(&mut self) {
        if let Some(queue) = self.program.queues.get(limits::QUEUES_MAX) {
            let (n, max) = (self.program.queues.len(), limits::QUEUES_MAX);
            let message = format!("a policy has at most {max} queues, not {n}");
            self.diags.push(Diagnostic::error(Code::E0114, queue.span, message));
        }
    }
}

/// An expression about threads.
fn thread(span: Span, ty: Type, inner: ThreadExpr) -> Expr {
    let range = full(64);
    Expr { ty, range, span, kind: ExprKind::Thread(Box::new(inner)) }
}

impl Body<'_, '_> {
    /// The queue a name stands for, unless a local hides it.
    pub(super) fn queue_named(&mut self, expr: &ast::Expr) -> Option<QueueId> {
        match self.named(expr)? {
            Def::Queue(queue) => Some(queue),
            _ => None,
        }
    }

    /// Whether threads can be asked about here; whoever calls a function must be such a handler.
    fn may_ask(&mut self, span: Span, what: &str) -> bool {
        self.mode == Mode::Fn || self.has_threads(span, what)
    }

    /// Whether events can be spoken of here; reported where not.
    fn has_threads(&mut self, span: Span, what: &str) -> bool {
        let has = match self.mode {
            Mode::Test => true,
            Mode::Policy => self.event.is_some(),
            Mode::Const | Mode::Fn => false,
        };
        if !has {
            let message = format!("{what} belongs in a handler of a policy over threads");
            let diagnostic = Diagnostic::error(Code::E0116, span, message);
            self.report(diagnostic.help("`on runnable(t) { ... }` is such a handler"));
        }
        has
    }

    /// `keep`, `idle`
    pub(super) fn thread_word(&mut self, span: Span, name: &str) -> Expr {
        if !self.has_threads(span, &format!("`{name}`")) {
            return error_expr(span);
        }
        let inner = if name == "keep" { ThreadExpr::Keep } else { ThreadExpr::Idle };
        thread(span, Type::Verdict, inner)
    }

    /// A queue by its name: the thread of the event goes there.
    pub(super) fn queue_name(&mut self, span: Span, queue: QueueId) -> Expr {
        let decl = &self.cx.program.queues[queue.idx()];
        let (order, name) = (decl.order, decl.name.clone());
        if order.is_none() || !self.has_threads(span, &format!("`{name}`")) {
            return error_expr(span);
        }
        if order == Some(QueueOrder::Ordered) && self.mode != Mode::Test {
            let declared = self.cx.program.queues[queue.idx()].span;
            let message = format!("`{name}` is ordered: a thread needs a key");
            return self.fail(
                Diagnostic::error(Code::E0402, span, message)
                    .also(declared, "an Ordered queue")
                    .help(format!("say where: `{name}.at(key)`, a u64; small keys stand first")),
            );
        }
        thread(span, Type::Verdict, ThreadExpr::Enqueue { queue, key: None, again: false })
    }

    /// `runq.pop()`, `fair.at(key)`
    pub(super) fn queue_method(
        &mut self,
        span: Span,
        queue: QueueId,
        method: &ast::Name,
        args: &[ast::Arg],
    ) -> Expr {
        let decl = &self.cx.program.queues[queue.idx()];
        let Some(order) = decl.order else { return error_expr(span) };
        let name = decl.name.clone();
        match method.text.as_str() {
            "pop" => {
                if !self.n_args(span, "pop", args, 0) || !self.has_threads(span, "`pop`") {
                    return error_expr(span);
                }
                if self.mode == Mode::Test {
                    let message = "a test asks the policy: `expect policy.available(core) == ...`";
                    return self.fail(Diagnostic::error(Code::E0116, span, message));
                }
                thread(span, Type::Option(Box::new(Type::Verdict)), ThreadExpr::Pop(queue))
            }
            "at" if order == QueueOrder::Fifo => {
                let declared = self.cx.program.queues[queue.idx()].span;
                let message = format!("`{name}` has no order but that of arrival");
                self.fail(
                    Diagnostic::error(Code::E0112, method.span, message)
                        .also(declared, "a Fifo queue")
                        .help(format!("write `{name}`, or declare it `Ordered<...>`")),
                )
            }
            "at" => {
                if self.mode == Mode::Test {
                    let message = format!("a test compares with the queue: `{name}`");
                    return self.fail(Diagnostic::error(Code::E0116, span, message));
                }
                if !self.n_args(span, "at", args, 1) || !self.has_threads(span, "`at`") {
                    return error_expr(span);
                }
                let key = self.expr(&args[0].value, Some(&Type::Int(64)));
                let key = self.coerce(key, &Type::Int(64));
                if key.ty == Type::Error {
                    return error_expr(span);
                }
                let key = Some(key);
                thread(span, Type::Verdict, ThreadExpr::Enqueue { queue, key, again: false })
            }
            _ => {
                let message = format!("a queue has no `{}`", method.text);
                let diagnostic = Diagnostic::error(Code::E0112, method.span, message);
                self.fail(near_or_all(diagnostic, method, &["pop", "at", "len"]))
            }
        }
    }

    /// `runq.len`
    pub(super) fn queue_field(&mut self, span: Span, queue: QueueId, name: &ast::Name) -> Expr {
        if self.cx.program.queues[queue.idx()].order.is_none() {
            return error_expr(span);
        }
        if name.text != "len" {
            let message = format!("a queue has no field `{}`", name.text);
            let diagnostic = Diagnostic::error(Code::E0104, name.span, message);
            return self.fail(near_or_all(diagnostic, name, &["len", "pop", "at"]));
        }
        if !self.may_ask(span, "the length of a queue") {
            return error_expr(span);
        }
        let hi = u64::from(self.cx.program.queues[queue.idx()].capacity);
        let range = Interval { lo: 0, hi };
        Expr { range, ..thread(span, Type::Int(32), ThreadExpr::QueueLen(queue)) }
    }

    /// A function that speaks of threads.
    pub(super) fn thread_function(&mut self, span: Span, name: &str, args: &[ast::Arg]) -> Expr {
        match name {
            "preempt" => self.preempt(span, args),
            "requeue" => self.requeue(span, args),
            "ThreadId" => {
                if !self.n_args(span, name, args, 1) {
                    return error_expr(span);
                }
                let value = self.expr(&args[0].value, Some(&Type::Int(32)));
                let id = self.convert(span, value, 32);
                let ty = if id.ty == Type::Error { Type::Error } else { Type::ThreadId };
                Expr { ty, ..id }
            }
            _ => self.task(span, args),
        }
    }

    /// `requeue(runq)`, `requeue(fair.at(key))`
    fn requeue(&mut self, span: Span, args: &[ast::Arg]) -> Expr {
        if !self.n_args(span, "requeue", args, 1) {
            return error_expr(span);
        }
        let queue = self.expr(&args[0].value, Some(&Type::Verdict));
        if queue.ty == Type::Error {
            return error_expr(span);
        }
        if let ExprKind::Thread(inner) = &queue.kind
            && let ThreadExpr::Enqueue { queue, key, again: false } = &**inner
        {
            let inner = ThreadExpr::Enqueue { queue: *queue, key: key.clone(), again: true };
            return thread(span, Type::Verdict, inner);
        }
        let message = "`requeue` takes a queue";
        let diagnostic = Diagnostic::error(Code::E0402, queue.span, message);
        self.fail(diagnostic.help("`requeue(runq)`, or `requeue(fair.at(key))` for an ordered one"))
    }

    /// `preempt(c)`, `preempt(pick c from cores where ...)`
    fn preempt(&mut self, span: Span, args: &[ast::Arg]) -> Expr {
        if !self.n_args(span, "preempt", args, 1) || !self.has_threads(span, "`preempt`") {
            return error_expr(span);
        }
        let core = self.expr(&args[0].value, None);
        let (set, ty) = match &core.ty {
            Type::Error => return error_expr(span),
            Type::Exec(set) => (Some(*set), Type::Verdict),
            Type::Option(inner) => match **inner {
                Type::Exec(set) => (Some(set), Type::Option(Box::new(Type::Verdict))),
                _ => (None, Type::Error),
            },
            _ => (None, Type::Error),
        };
        let wrong_set = self.mode != Mode::Test && set != self.answer;
        if set.is_none() || wrong_set {
            let ty = core.ty.display(&self.cx.program);
            let message = format!("`preempt` takes a core of the policy's set, not {ty}");
            return self.fail(Diagnostic::error(Code::E0402, core.span, message));
        }
        thread(span, ty, ThreadExpr::Preempt(core))
    }

    /// `t.id`, `t.ran`, `t.weight`
    pub(super) fn task_field(&mut self, span: Span, task: Expr, name: &ast::Name) -> Expr {
        let known: Vec<_> = TaskField::ALL.iter().map(|row| row.1).collect();
        let Some(row) = TaskField::ALL.iter().find(|row| row.1 == name.text) else {
            let message = format!("a thread has no field `{}`", name.text);
            let diagnostic = Diagnostic::error(Code::E0104, name.span, message);
            return self.fail(near_or_all(diagnostic, name, &known));
        };
        let ty = match row.0 {
            TaskField::Id => Type::ThreadId,
            TaskField::Ran => Type::Duration,
            TaskField::Weight => Type::Int(64),
        };
        Expr { range: row.3, ..thread(span, ty, ThreadExpr::Field(row.0, task)) }
    }

    /// `c.idle`
    pub(super) fn is_idle(&mut self, span: Span, core: Expr) -> Expr {
        if !self.may_ask(span, "whether a core is idle") {
            return error_expr(span);
        }
        Expr { range: full(1), ..thread(span, Type::Bool, ThreadExpr::IsIdle(core)) }
    }

    /// `task(1, weight: 200)`: a thread of a test.
    fn task(&mut self, span: Span, args: &[ast::Arg]) -> Expr {
        if self.mode != Mode::Test {
            let message = "`task` makes a thread for a test";
            return self.fail(Diagnostic::error(Code::E0116, span, message));
        }
        let [id, rest @ ..] = args else {
            let message = "a thread has an id: `task(1)`";
            return self.fail(Diagnostic::error(Code::E0110, span, message));
        };
        if let Some(name) = &id.name {
            let message = "the id comes first, without a name: `task(1, ran: 5ms)`";
            return self.fail(Diagnostic::error(Code::E0110, name.span, message));
        }
        let id = self.expr(&id.value, Some(&Type::ThreadId));
        let id = match id.ty {
            Type::Int(_) => id,
            _ => self.coerce(id, &Type::ThreadId),
        };
        let mut task = Box::new(TaskExpr { id, ran: None, weight: None, cores: None });
        for arg in rest {
            let Some(name) = &arg.name else {
                let message = "what a thread is like has names: `task(1, ran: 5ms)`";
                return self.fail(Diagnostic::error(Code::E0110, arg.value.span, message));
            };
            let (place, want) = match name.text.as_str() {
                "ran" => (&mut task.ran, Type::Duration),
                "weight" => (&mut task.weight, Type::Int(64)),
                "cores" => (&mut task.cores, Type::List(Box::new(Type::Verdict))),
                _ => {
                    let message = format!("a thread has no `{}`", name.text);
                    let diagnostic = Diagnostic::error(Code::E0110, name.span, message);
                    return self.fail(near_or_all(diagnostic, name, &["ran", "weight", "cores"]));
                }
            };
            if place.is_some() {
                let message = format!("`{}` is given twice", name.text);
                return self.fail(Diagnostic::error(Code::E0110, name.span, message));
            }
            let value = self.expr(&arg.value, Some(&want));
            *place = Some(self.coerce(value, &want));
        }
        thread(span, Type::Task, ThreadExpr::Task(task))
    }

    /// `fifo.runnable(task(1))`: what a policy answers to an event.
    pub(super) fn happen(
        &mut self,
        span: Span,
        policy: PolicyId,
        method: &ast::Name,
        args: &[ast::Arg],
    ) -> Expr {
        let decl = &self.cx.program.policies[policy.idx()];
        let (name, set, broken) = (decl.name.clone(), decl.set, decl.broken);
        if self.mode != Mode::Test {
            let message = format!("`{name}` is a policy; only tests call policies");
            return self.fail(Diagnostic::error(Code::E0116, span, message));
        }
        if broken {
            return error_expr(span);
        }
        let handled: Vec<_> = decl.handlers.iter().map(|handler| handler.event.name()).collect();
        if handled.is_empty() {
            let message = format!("`{name}` is asked for packets: `{name}(udp())`");
            return self.fail(Diagnostic::error(Code::E0112, method.span, message));
        }
        let event = Event::by_name(&method.text).filter(|event| handled.contains(&event.name()));
        let (Some(event), Some(set)) = (event, set) else {
            let message = format!("`{name}` does not handle `{}`", method.text);
            let diagnostic = Diagnostic::error(Code::E0112, method.span, message);
            return self.fail(near_or_all(diagnostic, method, &handled));
        };
        let gives = event.info().gives;
        if !self.n_args(span, event.name(), args, gives.len()) {
            return error_expr(span);
        }
        let mut values = Vec::new();
        for (arg, given) in args.iter().zip(gives) {
            let want = match given {
                Given::Task => Type::Task,
                Given::Core => Type::Exec(set),
                Given::Ran => Type::Duration,
            };
            let value = self.expr(&arg.value, Some(&want));
            values.push(self.coerce(value, &want));
        }
        let ty = if is_notice(event) { Type::Unit } else { Type::Verdict };
        thread(span, ty, ThreadExpr::Happen(policy, event, values))
    }

    /// The policy whose event is called: `fifo` in `fifo.runnable(...)`.
    pub(super) fn policy_named(&mut self, expr: &ast::Expr) -> Option<PolicyId> {
        match self.named(expr)? {
            Def::Policy(id) => Some(id),
            _ => None,
        }
    }
}

impl hir::Queue {
    /// A queue of a name, before its declaration is read.
    pub(super) fn placeholder(name: &ast::Name) -> hir::Queue {
        let text = name.text.as_str().into();
        hir::Queue { name: text, order: None, capacity: 1, span: name.span }
    }
}
