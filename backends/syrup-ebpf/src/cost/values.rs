//! Which value each register and spill slot holds at each point: numbers that follow copies.
//!
//! In: placed blocks without cycles. Out: [`Values`]: what each number is made of, what each block
//! finds in each location, and which numbers each branch tests.

use super::Graph;
use crate::insn::{Base, Cond, Insn, Reg, Rhs, Size, Test as Compare};
use crate::layout::{End, Placed};
use std::collections::{BTreeMap, BTreeSet};

/// A register (0 to 10) or a spill slot (its negative offset).
pub type Location = i32;

/// A value's number.
pub type Number = usize;

/// What a value is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Found in a location that nothing wrote: never read by a program that the kernel takes.
    Unknown,
    /// The context.
    Ctx,
    /// A constant.
    Const,
    /// A number that the verifier knows nothing of: loaded, or given by a helper.
    Fresh,
    /// A pointer into a value of a map.
    MapValue(u32),
    /// Another pointer.
    Pointer,
    /// Computed from others.
    Derived(Vec<Number>),
    /// One of several, by the way control came.
    Phi(Vec<Number>),
}

/// A branch: its block and the numbers it compares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Test {
    pub block: usize,
    pub numbers: Vec<Number>,
    /// Where it goes when they are equal, if only that says anything of them.
    pub equal: Option<usize>,
}

/// See the module's text.
#[derive(Default)]
pub struct Values {
    pub kinds: Vec<Kind>,
    /// What each block finds on entry.
    pub entry: Vec<BTreeMap<Location, Number>>,
    /// Locations read before they are written, in each block or behind it.
    pub live: Vec<BTreeSet<Location>>,
    pub tests: Vec<Test>,
    /// For each [`Kind::Phi`]: its numbers, with the blocks that they come from.
    pub sources: BTreeMap<Number, Vec<(Number, usize)>>,
}

impl Values {
    pub fn new(blocks: &[Placed], graph: &Graph) -> Values {
        let n = blocks.len();
        let live = live(blocks, graph);
        let mut values = Values { entry: vec![BTreeMap::new(); n], live, ..Values::default() };
        let mut exit: Vec<BTreeMap<Location, Number>> = vec![BTreeMap::new(); n];
        for &idx in &graph.order {
            let mut state = values.join(idx, graph, &exit);
            values.entry[idx] = state.clone();
            for (at, (insn, _)) in blocks[idx].insns.iter().enumerate() {
                let map = map_argument(&blocks[idx].insns[..at], insn);
                values.step(insn, map, &mut state);
            }
            if let End::If(cond, _) | End::IfElse(cond, ..) = &blocks[idx].end {
                let mut numbers = vec![values.at(&mut state, cond.lhs.0.into())];
                if let Rhs::Reg(reg) = cond.rhs {
                    numbers.push(values.at(&mut state, reg.0.into()));
                }
                let equal = equal_edge(cond).map(|at| graph.succs[idx].get(at).copied());
                values.tests.push(Test { block: idx, numbers, equal: equal.flatten() });
            }
            exit[idx] = state;
        }
        values
    }

    fn new_number(&mut self, kind: Kind) -> Number {
        self.kinds.push(kind);
        self.kinds.len() - 1
    }

    fn at(&mut self, state: &mut BTreeMap<Location, Number>, at: Location) -> Number {
        if let Some(&number) = state.get(&at) {
            return number;
        }
        // What a helper wrote to the stack is a number nobody knows.
        let number = self.new_number(if at < 0 { Kind::Fresh } else { Kind::Unknown });
        state.insert(at, number);
        number
    }

    fn join(
        &mut self,
        block: usize,
        graph: &Graph,
        exit: &[BTreeMap<Location, Number>],
    ) -> BTreeMap<Location, Number> {
        let mut state = BTreeMap::new();
        for at in self.live[block].clone() {
            let mut numbers: Vec<Number> = Vec::new();
            let mut sources = Vec::new();
            for &pred in &graph.preds[block] {
                let Some(&number) = exit[pred].get(&at) else { continue };
                sources.push((number, pred));
                if !numbers.contains(&number) {
                    numbers.push(number);
                }
            }
            let number = match numbers.as_slice() {
                [] => continue,
                [one] => *one,
                _ => {
                    let number = self.new_number(Kind::Phi(numbers));
                    self.sources.insert(number, sources);
                    number
                }
            };
            state.insert(at, number);
        }
        state
    }

    fn step(&mut self, insn: &Insn<Reg>, map: Option<u32>, state: &mut BTreeMap<Location, Number>) {
        let set = |state: &mut BTreeMap<Location, Number>, reg: Reg, number: Number| {
            state.insert(reg.0.into(), number);
        };
        match insn {
            Insn::Entry { ctx } => {
                let number = self.new_number(Kind::Ctx);
                set(state, *ctx, number);
            }
            Insn::Mov { dst, src: Rhs::Reg(src), .. } => {
                let number = self.at(state, src.0.into());
                set(state, *dst, number);
            }
            Insn::Mov { dst, src: Rhs::Imm(_), .. } | Insn::LoadImm64 { dst, .. } => {
                let number = self.new_number(Kind::Const);
                set(state, *dst, number);
            }
            Insn::LoadMap { dst, map, value_offset } => {
                let kind = value_offset.map_or(Kind::Pointer, |_| Kind::MapValue(*map));
                let number = self.new_number(kind);
                set(state, *dst, number);
            }
            Insn::FrameAddr { dst, .. } => {
                let number = self.new_number(Kind::Pointer);
                set(state, *dst, number);
            }
            Insn::Alu { dst, lhs, rhs, .. } => {
                let mut from = vec![self.at(state, lhs.0.into())];
                if let Rhs::Reg(reg) = rhs {
                    from.push(self.at(state, reg.0.into()));
                }
                let number = self.new_number(Kind::Derived(from));
                set(state, *dst, number);
            }
            Insn::Neg { dst, src, .. } | Insn::ToBig { dst, src, .. } => {
                let from = vec![self.at(state, src.0.into())];
                let number = self.new_number(Kind::Derived(from));
                set(state, *dst, number);
            }
            Insn::Load { dst, base: Base::Frame, offset, size: Size::B8 } => {
                let number = self.at(state, (*offset).into());
                set(state, *dst, number);
            }
            Insn::Load { dst, .. } | Insn::AtomicFetch { dst, .. } => {
                let number = self.new_number(Kind::Fresh);
                set(state, *dst, number);
            }
            Insn::Store { size: Size::B8, base: Base::Frame, offset, src: Rhs::Reg(src) } => {
                let number = self.at(state, src.0.into());
                state.insert((*offset).into(), number);
            }
            Insn::Store { .. } | Insn::AtomicAdd { .. } => {}
            Insn::CompareExchange { old, .. } => {
                let number = self.new_number(Kind::Fresh);
                set(state, *old, number);
            }
            Insn::Call { .. } => {
                for reg in 1..=5 {
                    state.remove(&reg);
                }
                let kind = map.map_or(Kind::Fresh, Kind::MapValue);
                let number = self.new_number(kind);
                state.insert(0, number);
            }
        }
    }
}

/// The edge of a branch, 0 or 1, that is taken when a number is a constant, where the other edge
/// says nothing: a number that is not 0, or not the largest of its width, has a narrower range.
fn equal_edge(cond: &Cond<Reg>) -> Option<usize> {
    let Rhs::Imm(imm) = cond.rhs else { return None };
    if matches!(imm, 0 | 0xff | 0xffff | -1) {
        return None;
    }
    match cond.test {
        Compare::Eq => Some(0),
        Compare::Ne => Some(1),
        Compare::Gt | Compare::Ge | Compare::Lt | Compare::Le | Compare::Set => None,
        Compare::Slt | Compare::Sge | Compare::Sgt | Compare::Sle | Compare::Exhausted => None,
    }
}

/// The map whose value a lookup may give: the last one that was loaded before the call.
fn map_argument(before: &[(Insn<Reg>, syrup_diag::Span)], insn: &Insn<Reg>) -> Option<u32> {
    let Insn::Call { helper: crate::insn::Helper::MapLookup, .. } = insn else { return None };
    before.iter().rev().find_map(|(insn, _)| match insn {
        Insn::LoadMap { map, value_offset: None, .. } => Some(*map),
        _ => None,
    })
}

fn live(blocks: &[Placed], graph: &Graph) -> Vec<BTreeSet<Location>> {
    let mut live: Vec<BTreeSet<Location>> = vec![BTreeSet::new(); blocks.len()];
    for &idx in graph.order.iter().rev() {
        let mut here: BTreeSet<Location> = BTreeSet::new();
        for &next in &graph.succs[idx] {
            here.extend(&live[next]);
        }
        match &blocks[idx].end {
            End::If(cond, _) | End::IfElse(cond, ..) => {
                here.insert(cond.lhs.0.into());
                if let Rhs::Reg(reg) = cond.rhs {
                    here.insert(reg.0.into());
                }
            }
            End::Exit => {
                here.insert(0);
            }
            End::Fall | End::Goto(_) => {}
        }
        for (insn, _) in blocks[idx].insns.iter().rev() {
            let (reads, writes) = locations(insn);
            writes.iter().for_each(|at| {
                here.remove(at);
            });
            here.extend(reads);
        }
        live[idx] = here;
    }
    live
}

fn locations(insn: &Insn<Reg>) -> (Vec<Location>, Vec<Location>) {
    use crate::insn::Role;
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for (reg, role) in insn.operands() {
        match role {
            Role::Use | Role::UseFixed(_) => reads.push(reg.0.into()),
            Role::Def | Role::DefFixed(_) | Role::DefReuse(_) => writes.push(reg.0.into()),
        }
    }
    match insn {
        Insn::Load { base: Base::Frame, offset, size: Size::B8, .. } => {
            reads.push((*offset).into());
        }
        Insn::Store { base: Base::Frame, offset, size: Size::B8, .. } => {
            writes.push((*offset).into());
        }
        Insn::Call { .. } => writes.extend(0..=5),
        _ => {}
    }
    (reads, writes)
}
