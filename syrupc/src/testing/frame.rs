//! Names of tests and functions: what they hold, as a whole and in parts.

use super::eval::{Eval, Step};
use super::value::Value;
use crate::hir::{self, Expr, LocalId};

impl Eval<'_> {
    /// Evaluates a function's body with its own names.
    pub(super) fn function(&mut self, id: hir::FnId, args: &[Expr]) -> Step<Value> {
        let decl = &self.program.fns[id.idx()];
        let args: Step<Vec<Value>> = args.iter().map(|arg| self.expr(arg)).collect();
        let args = args?;
        let outer = std::mem::take(&mut self.locals);
        let outer_frame = std::mem::replace(&mut self.frame, &decl.locals);
        for (param, arg) in decl.params.iter().zip(args) {
            self.bind(*param, arg);
        }
        let result = self.expr(&decl.body);
        self.locals = outer;
        self.frame = outer_frame;
        result
    }

    /// Gives a local its value, and its parts theirs.
    pub(super) fn bind(&mut self, local: LocalId, value: Value) {
        let parts = self.frame.get(local.idx()).map_or(&[][..], |decl| &decl.parts);
        match (&value, parts) {
            (Value::Struct(_, fields), parts) => {
                for (part, field) in parts.iter().zip(fields) {
                    self.bind(*part, field.clone());
                }
            }
            (Value::Option(inner), [there, part]) => {
                self.bind(*there, Value::Number(u64::from(inner.is_some())));
                if let Some(inner) = inner {
                    self.bind(*part, (**inner).clone());
                }
            }
            _ => {}
        }
        self.locals.insert(local, value);
    }

    /// The value of a local: of its parts, which may have been assigned since.
    pub(super) fn local(&self, local: LocalId) -> Option<Value> {
        let parts = self.frame.get(local.idx()).map_or(&[][..], |decl| &decl.parts);
        match (self.locals.get(&local)?, parts) {
            (Value::Struct(id, _), parts) if !parts.is_empty() => {
                let fields = parts.iter().map(|part| self.local(*part));
                Some(Value::Struct(*id, fields.collect::<Option<_>>()?))
            }
            (value, _) => Some(value.clone()),
        }
    }
}
