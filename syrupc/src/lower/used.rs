//! What a policy uses of its program: the tables of its module, and their numbers.

use super::inline;
use crate::hir::{self, Expr, Program};
use std::collections::BTreeSet;

/// What a policy uses of its program, in the order of declaration: the tables of the module.
pub struct Used {
    /// Executor sets.
    pub sets: Vec<hir::SetId>,
    /// Maps and state.
    pub maps: Vec<hir::MapId>,
    /// Parameters.
    pub params: Vec<hir::ParamId>,
    /// Queues of threads.
    pub queues: Vec<hir::QueueId>,
}

impl Used {
    /// Collects what a policy names.
    pub fn of(program: &Program, policy: &hir::Policy) -> Used {
        let mut sets: BTreeSet<_> = policy.sets.iter().copied().collect();
        let mut maps = BTreeSet::new();
        let mut params = BTreeSet::new();
        let mut queues = BTreeSet::new();
        let mut formulas: Vec<&hir::Formula> = Vec::new();
        let mut note = |expr: &'_ Expr| match &expr.kind {
            hir::ExprKind::Thread(inner) => match **inner {
                hir::ThreadExpr::QueueLen(queue)
                | hir::ThreadExpr::Pop(queue)
                | hir::ThreadExpr::Enqueue { queue, .. } => {
                    queues.insert(queue);
                }
                _ => {}
            },
            hir::ExprKind::Param(id) => {
                params.insert(*id);
            }
            hir::ExprKind::Match(inner) => {
                for layer in inner.arms.iter().flat_map(|arm| &arm.rows).flat_map(layers_of) {
                    if let Some(hir::HeaderArg::Param(id)) = layer.arg {
                        params.insert(id);
                    }
                    formulas.extend(formulas_of(&program.headers[layer.header.idx()]));
                }
            }
            hir::ExprKind::Read(place)
            | hir::ExprKind::CellOp(_, place, _)
            | hir::ExprKind::Take(place, _)
            | hir::ExprKind::Insert(place, _)
            | hir::ExprKind::Remove(place)
            | hir::ExprKind::Assign(place, _) => {
                maps.insert(place.map);
            }
            hir::ExprKind::Update(update) => {
                maps.insert(update.place.map);
            }
            _ => {}
        };
        policy.bodies().for_each(|body| inline::walk_deep(program, body, &mut note));
        for formula in formulas {
            inline::walk_deep(program, &formula.expr, &mut |expr| {
                if let hir::ExprKind::Param(id) = expr.kind {
                    params.insert(id);
                }
            });
        }
        for id in &maps {
            let map = &program.maps[id.idx()];
            for ty in [&map.key, &map.value] {
                sets.extend(sets_of(program, ty));
            }
        }
        Used {
            sets: sets.into_iter().collect(),
            maps: maps.into_iter().collect(),
            params: params.into_iter().collect(),
            queues: queues.into_iter().collect(),
        }
    }

    pub(crate) fn set(&self, id: hir::SetId) -> syrup_ir::SetId {
        syrup_ir::SetId(position(&self.sets, id))
    }

    pub(crate) fn map(&self, id: hir::MapId) -> syrup_ir::MapId {
        syrup_ir::MapId(position(&self.maps, id))
    }

    pub(crate) fn queue(&self, id: hir::QueueId) -> syrup_ir::QueueId {
        syrup_ir::QueueId(position(&self.queues, id))
    }

    pub(crate) fn param(&self, id: hir::ParamId) -> syrup_ir::ParamId {
        syrup_ir::ParamId(position(&self.params, id))
    }
}

/// The sets whose executors a value of a type holds.
fn sets_of(program: &Program, ty: &hir::Type) -> Vec<hir::SetId> {
    match ty {
        hir::Type::Exec(set) => vec![*set],
        hir::Type::Struct(id) => {
            let fields = &program.structs[id.idx()].fields;
            fields.iter().flat_map(|field| sets_of(program, &field.ty)).collect()
        }
        _ => Vec::new(),
    }
}

fn layers_of(row: &hir::Row) -> &[hir::Layer] {
    match row {
        hir::Row::Layers(layers) => layers,
        hir::Row::Any
        | hir::Row::Numbers(_)
        | hir::Row::Take(_)
        | hir::Row::Some(_)
        | hir::Row::None => &[],
    }
}

/// What a header computes.
pub(crate) fn formulas_of(header: &hir::Header) -> impl Iterator<Item = &hir::Formula> {
    header.fields.iter().filter_map(|field| match &field.wire {
        hir::Wire::Run { len: hir::RunLen::Formula(formula), .. } => Some(&**formula),
        hir::Wire::Derived(formula) => Some(&**formula),
        hir::Wire::Run { len: hir::RunLen::Until { .. } | hir::RunLen::Rest { .. }, .. } => None,
        hir::Wire::Number { .. } | hir::Wire::Bits { .. } | hir::Wire::Bytes { .. } => None,
    })
}

fn position<T: Ord + std::fmt::Debug>(list: &[T], id: T) -> u32 {
    match list.binary_search(&id) {
        Ok(at) => at as u32,
        Err(_) => syrup_diag::bug!("{id:?} was not collected"),
    }
}
