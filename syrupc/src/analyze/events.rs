//! Policies over threads: the handlers of events, and which verdict answers which event.
//!
//! In: the handlers as they are written. Out: typed handlers, each at most once, with what its
//! event gives; `runnable` is always there, and `available` where a thread may wait in a queue.

use super::Analyzer;
use super::attrs;
use super::body::{Body, Mode};
use super::items::full;
use super::walk::walk;
use crate::hir::{self, Expr, ExprKind, SetId, ThreadExpr, Type};
use crate::syntax::ast;
use std::collections::BTreeSet;
use std::sync::Arc;
use syrup_diag::limits::THREAD_RAN_NS_MAX;
use syrup_diag::{Code, Diagnostic, Span};
use syrup_ir::{Answer, Event, Given, Interval};

impl Analyzer<'_> {
    /// A policy in the form of handlers.
    pub(super) fn define_events(
        &mut self,
        unit: usize,
        idx: usize,
        item: &ast::Item,
        decl: &ast::Policy,
        hooks: Vec<(Arc<str>, Span)>,
    ) {
        let ast::PolicyBody::Events(written) = &decl.body else { return };
        let set = self.thread_set(unit, decl);
        let mut found: Vec<(Event, &ast::Handler)> = Vec::new();
        for handler in written {
            if let Some(event) = self.event_of(handler, &found) {
                found.push((event, handler));
            }
        }
        let mut sets: BTreeSet<_> = set.ok().into_iter().collect();
        let mut handlers = Vec::new();
        for (event, handler) in found {
            handlers.push(self.define_handler(unit, set.ok(), event, handler, &mut sets));
        }
        self.check_events(decl, &handlers);
        let bodies = handlers.iter().map(|handler| handler.body.clone()).collect::<Vec<_>>();
        let broken = bodies.iter().any(|body| self.is_broken(item.span, body));
        let policy = &mut self.program.policies[idx];
        policy.set = set.ok();
        policy.sets = sets.into_iter().collect();
        policy.handlers = handlers;
        policy.budget = attrs::policy_budget(item);
        policy.licence = attrs::licence(item);
        policy.broken = broken || bodies.is_empty() || set.is_err();
        policy.hooks = hooks;
        self.check_hooks(idx);
    }

    /// The set of cores the policy answers from.
    fn thread_set(&mut self, unit: usize, decl: &ast::Policy) -> Result<SetId, ()> {
        let set = match self.policy_result(unit, &decl.result)? {
            Some(set) => set,
            None => {
                let message = "a policy over threads answers with the cores of a set";
                let diagnostic = Diagnostic::error(Code::E0402, decl.result.span, message);
                let help = "declare `executors cores: core[64] else pass;` and write `-> cores`";
                self.diags.push(diagnostic.help(help));
                return Err(());
            }
        };
        let declared = &self.program.sets[set.idx()];
        if declared.or_else == syrup_ir::Else::Drop {
            let name = &declared.name;
            let message = format!("a thread cannot be refused, and `{name}` says `else drop`");
            let diagnostic = Diagnostic::error(Code::E0120, decl.result.span, message)
                .also(declared.span, "declared here")
                .help("say `else pass`: the system's own scheduler then has the thread");
            self.diags.push(diagnostic);
        }
        Ok(set)
    }

    /// The event of a handler, unless it is none or has a handler already.
    fn event_of(
        &mut self,
        handler: &ast::Handler,
        found: &[(Event, &ast::Handler)],
    ) -> Option<Event> {
        let name = &handler.event;
        let Some(event) = Event::by_name(&name.text) else {
            let message = format!("there is no event `{}`", name.text);
            let known: Vec<_> = Event::ALL.iter().map(|event| event.name()).collect();
            let diagnostic = Diagnostic::error(Code::E0119, name.span, message);
            self.diags.push(super::call::near_or_all(diagnostic, name, &known));
            return None;
        };
        if let Some((_, first)) = found.iter().find(|(other, _)| *other == event) {
            let message = format!("`{}` is handled twice", name.text);
            self.diags.push(
                Diagnostic::error(Code::E0119, name.span, message)
                    .label("handled again")
                    .also(first.event.span, "first handled here"),
            );
            return None;
        }
        Some(event)
    }

    fn define_handler(
        &mut self,
        unit: usize,
        set: Option<SetId>,
        event: Event,
        handler: &ast::Handler,
        sets: &mut BTreeSet<SetId>,
    ) -> hir::Handler {
        let mut body = Body::new(self, unit, Mode::Policy);
        body.answer = set;
        body.event = Some(event);
        let params = body.event_params(event, handler, set);
        let want = (!is_notice(event)).then_some(Type::Verdict);
        let mut value = body.block(&handler.body, want.as_ref());
        if set.is_none() {
            value = super::items::error_expr(value.span);
        } else if !(is_notice(event) && value.ty == Type::Unit) {
            value = match value.ty {
                Type::Unit => body.no_answer(event, handler),
                _ => body.answer_of(value),
            };
        }
        body.check_answer_places(&value);
        sets.extend(std::mem::take(&mut body.sets));
        let locals = std::mem::take(&mut body.locals);
        let (span, whole) = (handler.event.span, handler.span);
        hir::Handler { event, params, body: value, locals, span, whole }
    }

    /// Events that a policy cannot do without.
    fn check_events(&mut self, decl: &ast::Policy, handlers: &[hir::Handler]) {
        let handles = |event| handlers.iter().any(|handler| handler.event == event);
        let name = &decl.name;
        if !handles(Event::Runnable) {
            let message = format!("`{}` does not say where a thread shall run", name.text);
            let diagnostic = Diagnostic::error(Code::E0119, name.span, message);
            self.diags.push(diagnostic.help("add `on runnable(t) { ... }`"));
        }
        let mut waits = None;
        for handler in handlers {
            walk(&handler.body, &mut |expr| {
                if let ExprKind::Thread(inner) = &expr.kind
                    && let ThreadExpr::Enqueue { queue, .. } = **inner
                {
                    waits = waits.or(Some((queue, expr.span)));
                }
            });
        }
        if let (Some((queue, span)), false) = (waits, handles(Event::Available)) {
            let queue = &self.program.queues[queue.idx()].name;
            let message = format!("threads wait in `{queue}`, and nothing lets them run");
            let diagnostic = Diagnostic::error(Code::E0119, name.span, message);
            let help = format!("add `on available(c) {{ {queue}.pop() else idle }}`");
            self.diags.push(diagnostic.also(span, "a thread goes there").help(help));
        }
    }
}

/// Whether an event only tells something: its handler need not answer.
pub(crate) fn is_notice(event: Event) -> bool {
    event.info().answers == [Answer::Keep]
}

/// A handler as it is begun: `on start(t, c)`.
fn form(event: Event) -> String {
    let names: Vec<_> = event
        .info()
        .gives
        .iter()
        .map(|given| match given {
            Given::Task => "t",
            Given::Core => "c",
            Given::Ran => "ran",
        })
        .collect();
    format!("on {}({})", event.name(), names.join(", "))
}

/// What answers an event, as an author writes it.
fn answers(event: Event) -> String {
    let phrase = |answer: &Answer| match answer {
        Answer::Steer => "a core",
        Answer::Preempt => "`preempt(a core)`",
        Answer::Keep => "`keep`",
        Answer::Idle => "`idle`",
        Answer::Pop => "`a_queue.pop()`",
        Answer::Enqueue if event == Event::Runnable => "a queue",
        Answer::Enqueue => "`requeue(a queue)`",
    };
    let list: Vec<_> = event.info().answers.iter().map(phrase).collect();
    format!("{} or `pass`", list.join(", "))
}

impl Body<'_, '_> {
    /// Whether a value is a verdict, which only a test may give a name.
    pub(super) fn is_verdict(&self, ty: &Type) -> bool {
        match ty {
            Type::Verdict => self.mode != Mode::Test,
            Type::Option(inner) => **inner == Type::Verdict,
            _ => false,
        }
    }

    /// Declares the names of what an event gives.
    fn event_params(
        &mut self,
        event: Event,
        handler: &ast::Handler,
        set: Option<SetId>,
    ) -> Vec<hir::LocalId> {
        let gives = event.info().gives;
        if handler.params.len() != gives.len() {
            let n = gives.len();
            let plural = if n == 1 { "" } else { "s" };
            let message = format!("`{}` gives {n} value{plural}", event.name());
            let diagnostic = Diagnostic::error(Code::E0110, handler.event.span, message);
            self.report(diagnostic.help(format!("write `{}`", form(event))));
        }
        let mut params = Vec::new();
        for (at, given) in gives.iter().enumerate() {
            let (ty, range) = match (given, set) {
                (Given::Task, _) => (Type::Task, full(64)),
                (Given::Ran, _) => (Type::Duration, Interval { lo: 0, hi: THREAD_RAN_NS_MAX }),
                (Given::Core, Some(set)) => (Type::Exec(set), full(32)),
                (Given::Core, None) => (Type::Error, full(32)),
            };
            let unnamed = ast::Name { text: String::new(), span: handler.event.span };
            let name = handler.params.get(at).unwrap_or(&unnamed);
            params.push(self.declare(name, ty, range));
        }
        // What is too many is declared, so that its uses stay silent.
        for name in handler.params.iter().skip(gives.len()) {
            self.declare(name, Type::Error, full(64));
        }
        params
    }

    fn no_answer(&mut self, event: Event, handler: &ast::Handler) -> Expr {
        let span = handler.body.span;
        let end = Span::new(span.file, span.end.saturating_sub(1), span.end);
        let message = format!("`{}` can end without a verdict", event.name());
        self.fail(
            Diagnostic::error(Code::E0118, end, message)
                .label("which verdict here?")
                .help(format!("end the handler with {}", answers(event))),
        )
    }

    /// Checks that a verdict answers the event; nothing where it does.
    pub(super) fn event_answer(&mut self, value: &Expr, event: Event) -> Option<Expr> {
        let (answer, again) = match &value.kind {
            ExprKind::Verdict(syrup_ir::Else::Pass) => return None,
            ExprKind::Verdict(syrup_ir::Else::Drop) => {
                let message = "a thread cannot be refused";
                let diagnostic = Diagnostic::error(Code::E0120, value.span, message);
                let title = "leave it to the system: `pass`";
                return Some(self.fail(diagnostic.replace(title, value.span, "pass")));
            }
            ExprKind::Thread(inner) => match &**inner {
                ThreadExpr::Pop(_) => (Answer::Pop, false),
                ThreadExpr::Enqueue { again, .. } => (Answer::Enqueue, *again),
                ThreadExpr::Preempt(_) => (Answer::Preempt, false),
                ThreadExpr::Keep => (Answer::Keep, false),
                ThreadExpr::Idle => (Answer::Idle, false),
                _ => return None,
            },
            _ if matches!(value.ty, Type::Exec(_)) => (Answer::Steer, false),
            _ => return None,
        };
        if !event.allows(answer) {
            let message = format!("this does not answer `{}`", event.name());
            return Some(self.fail(
                Diagnostic::error(Code::E0120, value.span, message).note(format!(
                    "`{}` is answered with {}",
                    event.name(),
                    answers(event)
                )),
            ));
        }
        if answer != Answer::Enqueue || again == (event != Event::Runnable) {
            return None;
        }
        let (span, text) = (value.span, self.cx.sources.slice(value.span).to_owned());
        let diagnostic = if again {
            let message = "`requeue` is for a thread that has a core, and this one has none yet";
            let inner = text.trim_start_matches("requeue").trim().to_owned();
            let inner = inner.trim_start_matches('(').trim_end_matches(')').to_owned();
            let diagnostic = Diagnostic::error(Code::E0120, span, message);
            // Only a queue without a key can be cut out of the text this way.
            match inner.contains(['(', ')']) {
                true => diagnostic.help("name the queue by itself"),
                false => diagnostic.replace(format!("write `{inner}`"), span, inner),
            }
        } else {
            let message = "this thread has a core or a queue already, and would leave it";
            let diagnostic = Diagnostic::error(Code::E0120, span, message);
            diagnostic.replace(
                format!("say so: `requeue({text})`"),
                span,
                format!("requeue({text})"),
            )
        };
        Some(self.fail(diagnostic))
    }

    /// Reports verdicts of threads that stand where no answer is given: a thread that left its
    /// queue must not get lost on the way.
    fn check_answer_places(&mut self, body: &Expr) {
        let mut places = BTreeSet::new();
        answer_places(body, &mut places);
        walk(body, &mut |expr| {
            if let ExprKind::Return(value) = &expr.kind {
                answer_places(value, &mut places);
            }
        });
        let mut lost = Vec::new();
        walk(body, &mut |expr| {
            let ExprKind::Thread(inner) = &expr.kind else { return };
            let is_verdict = match **inner {
                ThreadExpr::Pop(_) | ThreadExpr::Enqueue { .. } | ThreadExpr::Preempt(_) => true,
                ThreadExpr::Keep | ThreadExpr::Idle => true,
                ThreadExpr::Field(..) | ThreadExpr::IsIdle(_) | ThreadExpr::QueueLen(_) => false,
                ThreadExpr::Task(_) | ThreadExpr::Happen(..) => false,
            };
            if is_verdict && !places.contains(&(expr.span.start, expr.span.end)) {
                lost.push(expr.span);
            }
        });
        for span in lost {
            let is_reported = self.cx.diags.iter().any(|d| span.contains(d.primary.span));
            if !is_reported {
                let message = "this is the answer to an event, and here it answers nothing";
                self.report(
                    Diagnostic::error(Code::E0116, span, message)
                        .help("end the handler with it, return it, or put it behind an `else`"),
                );
            }
        }
    }
}

/// Where an expression answers the event.
fn answer_places(expr: &Expr, places: &mut BTreeSet<(u32, u32)>) {
    match &expr.kind {
        ExprKind::Block(_, Some(inner)) => answer_places(inner, places),
        ExprKind::If(_, then, Some(otherwise)) => {
            answer_places(then, places);
            answer_places(otherwise, places);
        }
        ExprKind::Match(inner) => {
            inner.arms.iter().for_each(|arm| answer_places(&arm.body, places));
        }
        ExprKind::Else(found, fallback) => {
            option_places(found, places);
            answer_places(fallback, places);
        }
        _ => {
            places.insert((expr.span.start, expr.span.end));
        }
    }
}

/// The same for what stands before an `else`.
fn option_places(expr: &Expr, places: &mut BTreeSet<(u32, u32)>) {
    match &expr.kind {
        ExprKind::Else(found, fallback) => {
            option_places(found, places);
            option_places(fallback, places);
        }
        _ => {
            places.insert((expr.span.start, expr.span.end));
        }
    }
}
