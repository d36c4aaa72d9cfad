//! Policies over threads: handlers for events, queues, cores.

use super::maker::{Ex, Kind, Maker, QueueDecl, Ty, full};

impl Maker<'_> {
    /// A whole file with a policy over threads.
    pub(super) fn thread_file(&mut self) -> String {
        let mut text = "edition 2026;\n\n".to_owned();
        text += &self.set("core");
        text += &self.small_declarations();
        let n_maps = self.n_of_size(5);
        for _ in 0..n_maps {
            text += &self.map(true);
        }
        for _ in 0..=self.below(2) {
            text += &self.queue();
        }
        text += &self.functions();
        let cores = self.sets[0].name.clone();
        text += &format!("\n@hooks(thread)\npolicy p -> {cores} {{\n");
        let queues: Vec<String> = self.queues.iter().map(|queue| queue.name.clone()).collect();
        text += &self.handler("runnable", true, false, |maker| maker.placement());
        let pops = queues.iter().map(|queue| format!("{queue}.pop()")).collect::<Vec<_>>();
        let pops = format!("{} else idle", pops.join(" else "));
        text += &self.handler("available", false, true, |_| pops);
        for (event, has_core) in [("start", true), ("enable", false)] {
            if self.once_in(2) {
                text += &self.handler(event, true, has_core, |_| String::new());
            }
        }
        if self.once_in(2) {
            text += &self.handler("tick", true, true, |maker| {
                let queue = maker.queued();
                let cond = maker.condition(2);
                format!("if {} {{ requeue({queue}) }} else {{ keep }}", cond.text)
            });
        }
        if self.once_in(3) {
            text += &self.handler("hint", true, false, |maker| {
                let cond = maker.condition(2);
                let queue = maker.queued();
                format!("if {} {{ requeue({queue}) }} else {{ keep }}", cond.text)
            });
        }
        text += &self.stop();
        text + "}\n"
    }

    fn queue(&mut self) -> String {
        let name = self.fresh("q");
        let n = self.one_of(&[1, 2, 3, 64]).unwrap_or(2);
        let way = self.choose(&[("queue.fifo", 1), ("queue.ordered", 1)]);
        let is_ordered = way == "queue.ordered";
        let kind = if is_ordered { "Ordered" } else { "Fifo" };
        self.queues.push(QueueDecl { name: name.clone(), is_ordered });
        format!("queue {name}: {kind}<{n}>;\n")
    }

    /// `on event(t, c) { ... answer }`
    fn handler(
        &mut self,
        event: &'static str,
        has_task: bool,
        has_core: bool,
        answer: impl FnOnce(&mut Self) -> String,
    ) -> String {
        self.count(match event {
            "runnable" => "event.runnable",
            "available" => "event.available",
            "start" => "event.start",
            "enable" => "event.enable",
            "tick" => "event.tick",
            _ => "event.hint",
        });
        self.scoped(|maker| {
            let mut names = Vec::new();
            if has_task {
                maker.task();
                names.push("t");
            }
            if has_core {
                maker.declare("c", Ty::Exec(0), &Ex::new("", 0, 0));
                names.push("c");
            }
            let mut text = format!("on {event}({}) {{\n", names.join(", "));
            for _ in 0..maker.n_of_size(3) {
                if let Some(statement) = maker.statement(2) {
                    text += &(statement + "\n");
                }
            }
            let answer = answer(maker);
            format!("{text}{answer}\n}}\n")
        })
    }

    /// The thread of an event, with what is known of it.
    fn task(&mut self) {
        self.declare("t", Ty::Task, &Ex::new("", 0, 0));
        self.declare("t.weight", Ty::Int(64), &Ex::new("", 1, 10_000));
        self.declare("t.ran", Ty::Duration, &Ex::new("", 0, 3_600_000_000_000));
    }

    fn stop(&mut self) -> String {
        if self.once_in(2) {
            return String::new();
        }
        self.count("event.stop");
        self.scoped(|maker| {
            maker.task();
            maker.declare("ran", Ty::Duration, &Ex::new("", 0, 3_600_000_000_000));
            let mut text = "on stop(t, ran) {\n".to_owned();
            for _ in 0..=maker.below(3) {
                if let Some(statement) = maker.statement(2) {
                    text += &(statement + "\n");
                }
            }
            text + "}\n"
        })
    }

    /// A queue that takes the thread, with a key where it needs one.
    fn queued(&mut self) -> String {
        let queues = self.queues.clone();
        match self.one_of(&queues) {
            Some(queue) if queue.is_ordered => {
                let key = self.number(64, 2);
                let key = self.typed(key, 64);
                format!("{}.at({})", queue.name, key.text)
            }
            Some(queue) => queue.name,
            None => "pass".to_owned(),
        }
    }

    /// Where a runnable thread goes.
    fn placement(&mut self) -> String {
        let cores = self.sets[0].name.clone();
        let asked = match self.once_in(2) {
            true => String::new(),
            false => format!(" && {}", self.reading(|maker| maker.condition(1)).text),
        };
        let order = match self.maps_where(|map| {
            map.kind == Kind::BySlot(0) && matches!(map.value, Ty::Int(_)) && !map.is_atomic
        }) {
            maps if maps.is_empty() => String::new(),
            maps => format!(" least {}[c]", maps[0].name),
        };
        let queue = self.queued();
        let idle = format!("pick c from {cores} where c.idle{asked}{order}");
        match self.choose(&[
            ("place.idle", 3),
            ("place.preempt", 2),
            ("place.if", 2),
            ("place.wrap", 1),
        ]) {
            "place.preempt" => {
                let cond = self.reading(|maker| maker.condition(1));
                format!("{idle} else preempt(pick c from {cores} where {}) else {queue}", cond.text)
            }
            "place.if" => {
                let cond = self.condition(2);
                format!("if {} {{ {queue} }} else {{ {idle} else {queue} }}", cond.text)
            }
            "place.wrap" => {
                let n = self.number(32, 2);
                format!("{cores}.wrap({})", n.text)
            }
            _ => format!("{idle} else {queue}"),
        }
    }

    /// Whether a core has nothing to run, or how many wait.
    pub(super) fn idle(&mut self) -> Option<Ex> {
        if self.queues.is_empty() || self.place.is_pure {
            return None;
        }
        let queues = self.queues.clone();
        let queue = self.one_of(&queues)?;
        self.count("queue.len");
        let n = self.below(3);
        Some(Ex::new(format!("({}.len > {n})", queue.name), 0, full(1)))
    }
}
