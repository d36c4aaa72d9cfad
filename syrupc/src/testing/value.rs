//! Values of tests.

use super::packet::LayerLit;
use crate::hir::{Program, QueueId, SetId, StructId};
use syrup_ir::interp::Task;

/// A value of a test.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// A number of any scalar type.
    Number(u64),
    /// What a policy answers.
    Answer(Answer),
    /// A value that may be missing.
    Option(Option<Box<Value>>),
    /// A struct: the values of its fields, in order.
    Struct(StructId, Vec<Value>),
    /// A run of bytes.
    Bytes(Vec<u8>),
    /// Values side by side.
    List(Vec<Value>),
    /// A packet, not yet completed.
    Packet(Vec<LayerLit>),
    /// A thread.
    Task(Task),
    /// Nothing.
    Unit,
}

/// What a policy answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The default of the system decides.
    Pass,
    /// The input is refused.
    Drop,
    /// An executor.
    Executor(SetId, u32),
    /// The thread waits in a queue.
    Queue(QueueId),
    /// The thread takes a core from what runs there.
    Preempt(SetId, u32),
    /// Everything stays as it is.
    Keep,
    /// The core has nothing to run.
    Idle,
    /// The core runs the thread of this id.
    Run(u32),
}

impl Value {
    /// Whether a test takes one for the other: a thread is what a core runs, by its id.
    pub(super) fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Task(task), Value::Answer(Answer::Run(id)))
            | (Value::Answer(Answer::Run(id)), Value::Task(task)) => task.id == *id,
            (Value::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b))
            }
            (a, b) => a == b,
        }
    }

    /// As a test would write it.
    pub fn show(&self, program: &Program) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Answer(Answer::Pass) => "pass".to_owned(),
            Value::Answer(Answer::Drop) => "drop".to_owned(),
            Value::Answer(Answer::Executor(set, slot)) => {
                format!("{}[{slot}]", program.sets[set.idx()].name)
            }
            Value::Answer(Answer::Queue(queue)) => program.queues[queue.idx()].name.to_string(),
            Value::Answer(Answer::Preempt(set, slot)) => {
                format!("preempt({}[{slot}])", program.sets[set.idx()].name)
            }
            Value::Answer(Answer::Keep) => "keep".to_owned(),
            Value::Answer(Answer::Idle) => "idle".to_owned(),
            Value::Answer(Answer::Run(id)) => format!("task({id})"),
            Value::Task(task) => super::threads::show(task, program),
            Value::Option(None) => "none".to_owned(),
            Value::Option(Some(inner)) => format!("some({})", inner.show(program)),
            Value::Struct(id, values) => {
                let decl = &program.structs[id.idx()];
                let fields = decl.fields.iter().zip(values);
                let fields: Vec<_> = fields
                    .map(|(field, value)| format!("{}: {}", field.name, value.show(program)))
                    .collect();
                format!("{}({})", decl.name, fields.join(", "))
            }
            Value::Bytes(bytes) => {
                let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("hex\"{}\"", hex.join(" "))
            }
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(|item| item.show(program)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::Packet(layers) if layers.is_empty() => "hex\"\"".to_owned(),
            Value::Packet(layers) => {
                let layers: Vec<_> = layers.iter().map(|layer| layer.show(program)).collect();
                layers.join(" / ")
            }
            Value::Unit => "nothing".to_owned(),
        }
    }
}
