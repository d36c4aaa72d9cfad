//! What handlers of events do besides: questions to the runtime, and verdicts on threads.
//!
//! Who waits and which core is idle is the runtime's. The code asks and decides; the caller
//! carries the verdict out.

use super::Lower;
use crate::abi::{self, Env, Import, Question};
use crate::defect::Defect;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{self, Endianness, InstBuilder, MemFlagsData};
use std::mem::offset_of;
use syrup_ir::interp::Decision;
use syrup_ir::{Cause, Edge, QueueId, TaskField, ThreadOp, ThreadVerdict, Value};

impl Lower<'_, '_> {
    pub(super) fn thread_op(&mut self, op: ThreadOp) -> ir::Value {
        match op {
            // A thread is its id.
            ThreadOp::Field(TaskField::Id, task) => self.value(task),
            ThreadOp::Field(TaskField::Ran, _) => self.env_field(offset_of!(Env, task_ran_ns), I64),
            ThreadOp::Field(TaskField::Weight, _) => {
                self.env_field(offset_of!(Env, task_weight), I64)
            }
            ThreadOp::Allowed(_, core) => {
                let slot = self.value(core);
                self.is_so(Question::Allowed, 0, slot)
            }
            ThreadOp::IsIdle(core) => {
                let (set, slot) = (self.set_of(core), self.value(core));
                self.is_so(Question::IsIdle, set.0, slot)
            }
            ThreadOp::Claim(core) => {
                let (set, slot) = (self.set_of(core), self.value(core));
                let only_asked = self.mode.defect.is(Defect::ClaimOnlyAsked);
                let question = if only_asked { Question::IsIdle } else { Question::Claim };
                self.is_so(question, set.0, slot)
            }
            ThreadOp::QueueLen(queue) => {
                let none = self.number(0);
                let len = self.ask(Question::QueueLen, queue.0, none);
                self.cut(len, 32)
            }
        }
    }

    fn ask(&mut self, question: Question, which: u32, slot: ir::Value) -> ir::Value {
        let (question, which) = (self.number(question as u64), self.number(which.into()));
        self.call(Import::Thread, &[(question, I32), (which, I32), (slot, I32)])
    }

    /// The answer as a `u1`.
    fn is_so(&mut self, question: Question, which: u32, slot: ir::Value) -> ir::Value {
        let answer = self.ask(question, which, slot);
        let zero = self.number(0);
        let flag = self.b.ins().icmp(IntCC::NotEqual, answer, zero);
        self.boolean(flag)
    }

    /// Takes a thread from a queue and ends with it, or goes on where there is none.
    pub(super) fn pop(&mut self, queue: QueueId, core: Value, empty: &Edge) {
        let slot = self.value(core);
        let taken = self.ask(Question::Pop, queue.0, slot);
        let nothing = self.number(abi::NOTHING);
        let is_empty = self.b.ins().icmp(IntCC::Equal, taken, nothing);
        let run = self.b.create_block();
        let (to, args) = self.edge(empty, None);
        self.b.ins().brif(is_empty, to, &args, run, &[]);
        self.b.switch_to_block(run);
        let id = self.cut(taken, 32);
        let answer = self.number(abi::encode(Decision::Run(0), Cause::Written));
        let answer = self.b.ins().bor(answer, id);
        self.b.ins().return_(&[answer]);
    }

    pub(super) fn thread_verdict(&mut self, verdict: ThreadVerdict, cause: Cause) -> ir::Value {
        match verdict {
            ThreadVerdict::Keep => self.number(abi::encode(Decision::Keep, cause)),
            ThreadVerdict::Idle => self.number(abi::encode(Decision::Idle, cause)),
            ThreadVerdict::Preempt(core) => {
                let set = self.set_of(core);
                self.steer(set, core, Decision::Preempt(set, 0), cause)
            }
            ThreadVerdict::Enqueue { queue, key } => {
                let key = key.filter(|_| !self.mode.defect.is(Defect::KeyLost));
                let key = match key {
                    Some(key) => self.value(key),
                    None => self.number(0),
                };
                let flags = MemFlagsData::trusted().with_endianness(Endianness::Little);
                self.b.ins().store(flags, key, self.env, offset_of!(Env, key) as i32);
                self.number(abi::encode(Decision::Enqueued(queue), cause))
            }
        }
    }
}
