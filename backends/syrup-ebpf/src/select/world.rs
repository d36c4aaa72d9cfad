//! What comes from outside the packet and the maps: facts of the hook, time, draws, the CPU, the
//! lengths of sets and the parameters. A twin takes all but the last two from its script.
//!
//! In: operations of the IR. Out: registers.

use super::analysis::Once;
use super::values::cond;
use super::{Selector, max_of};
use crate::defect::{Defect, has};
use crate::hooks::{CtxField, MetaSource, PacketLen, World};
use crate::insn::{AluOp, Args, Base, Helper, Insn, Rhs, Size, Target, Test, VReg, Width};
use syrup_diag::bug;
use syrup_ir::{Meta, ParamId, Value};
use syrup_wire::limits::SCRIPT_DRAWS_MAX;
use syrup_wire::script::offset as script;

/// What a twin returns whose script was never written.
const RETURN_UNSCRIPTED: u32 = 0xffff_fffd;

impl Selector<'_> {
    pub(super) fn ctx_field(&mut self, field: CtxField) -> VReg {
        let ctx = self.ctx;
        self.load_from(Base::Reg(ctx), field.offset, field.size)
    }

    /// Bytes from where `data` points to the end of the packet.
    pub(super) fn packet_len(&mut self) -> VReg {
        match self.face.len {
            PacketLen::Ctx(field) => self.ctx_field(field),
            PacketLen::XdpBuffLen => self.call(Helper::XdpBuffLen, vec![self.ctx]),
        }
    }

    pub(super) fn meta(&mut self, meta: Meta) -> VReg {
        match self.face.meta(meta) {
            MetaSource::Ctx(field, 0) => self.ctx_field(field),
            MetaSource::Ctx(field, less) => {
                let value = self.ctx_field(field);
                self.alu(AluOp::Sub, Width::W32, value, Rhs::Imm(less as i32))
            }
            MetaSource::Len(0) => self.packet_len(),
            MetaSource::Len(less) => {
                let value = self.packet_len();
                self.alu(AluOp::Sub, Width::W32, value, Rhs::Imm(less as i32))
            }
            MetaSource::CtxBig16(field) => {
                let value = self.ctx_field(field);
                self.swap_order(value, 16)
            }
            MetaSource::Script(at) => {
                let value = self.script(at, Size::B4);
                match meta.ty() {
                    syrup_ir::Ty::Int(bits) if bits < 32 => self.cut(value, bits),
                    _ => value,
                }
            }
            MetaSource::None => {
                let message = format!("this hook does not know `{}`", meta.name());
                self.refuse(syrup_diag::Code::E0412, message);
                self.number(0)
            }
        }
    }

    /// A twin asks first whether its script was written at all; where it was not, what it returns
    /// is the verdict of no policy.
    pub(super) fn prologue(&mut self) {
        if self.face.world == World::Kernel {
            return;
        }
        let offset = self.script(script::WINDOW_OFFSET, Size::B4);
        let known = Rhs::Imm(self.face.window_offset as i32);
        let (written, none) = (self.new_block(), self.plain_exit(RETURN_UNSCRIPTED));
        self.close_branch(cond(Test::Eq, Width::W32, offset, known), Target::to(written), none);
        self.current = written;
    }

    pub(super) fn refuse(&mut self, code: syrup_diag::Code, message: impl Into<String>) {
        self.diagnostics.push(syrup_diag::Diagnostic::error(code, self.span, message));
    }

    /// The address of a byte of a single-value map.
    pub(super) fn value_addr(&mut self, map: Option<u32>, offset: u32) -> VReg {
        let Some(map) = map else { bug!("a map that was not planned is used") };
        self.def(|dst| Insn::LoadMap { dst, map, value_offset: Some(offset) })
    }

    /// A field of the twin's script.
    pub(super) fn script(&mut self, at: u32, size: Size) -> VReg {
        let base = self.value_addr(self.plan.script_map, at);
        self.load_from(Base::Reg(base), 0, size)
    }

    pub(super) fn call(&mut self, helper: Helper, args: Vec<VReg>) -> VReg {
        self.def(|dst| Insn::Call { helper, args: Args::new(&args), dst: Some(dst) })
    }

    /// A value that is computed at the first place that dominates its uses, and kept.
    pub(super) fn once(&mut self, once: Once) -> VReg {
        if let Some(&reg) = self.once.get(&once) {
            return reg;
        }
        let reg = match (once, self.face.world) {
            (Once::Now, World::Kernel) => self.call(Helper::KtimeGetNs, vec![]),
            (Once::Now, World::Script) => self.script(script::NOW, Size::B8),
            (Once::SetLen(set), _) => {
                let at = self.plan.sets[set.idx()].len_offset;
                let base = self.value_addr(self.plan.sets_map, at);
                self.load_from(Base::Reg(base), 0, Size::B4)
            }
        };
        let more = has(Defect::LenOneMore) && matches!(once, Once::SetLen(_));
        let one = Rhs::Imm(1);
        let reg = if more { self.alu(AluOp::Add, Width::W32, reg, one) } else { reg };
        self.once.insert(once, reg);
        reg
    }

    pub(super) fn cpu(&mut self) -> VReg {
        match self.face.world {
            World::Kernel => self.call(Helper::GetSmpProcessorId, vec![]),
            World::Script => self.script(script::CPU, Size::B4),
        }
    }

    pub(super) fn param(&mut self, param: ParamId, bits: u8) -> VReg {
        let idx = if has(Defect::ParamNeighbour) { 0 } else { param.idx() };
        let spec = &self.plan.params[idx];
        let (at, layout) = (spec.offset, &self.module.params[param.idx()].layout);
        let size = Size::of(layout.size().min(8));
        let base = self.value_addr(self.plan.params_map, at);
        let value = self.load_from(Base::Reg(base), 0, size);
        // The loader refuses values outside the range.
        let fits = self.module.params[param.idx()].range.1 <= max_of(bits);
        if fits { value } else { self.cut(value, bits) }
    }

    /// A draw. The twin's script holds draws as they are after any reduction.
    pub(super) fn random(&mut self, bound: Option<Value>) -> VReg {
        if self.face.world == World::Script {
            return self.scripted_draw();
        }
        let drawn = self.call(Helper::GetPrandomU32, vec![]);
        let Some(bound) = bound else { return drawn };
        let rhs = self.rhs(bound, Width::W64);
        let product = self.alu(AluOp::Mul, Width::W64, drawn, rhs);
        self.alu(AluOp::Shr, Width::W64, product, Rhs::Imm(32))
    }

    /// The next draw of the script. The draws behind it move up and a zero follows, so that each
    /// draw is the first: without CAP_PERFMON, one pointer with a variable offset stops the
    /// verifier from merging states for the rest of a program (`explore_alu_limits`, seen on 6.1).
    fn scripted_draw(&mut self) -> VReg {
        let base = Base::Reg(self.value_addr(self.plan.script_map, 0));
        let count_at = script::NEXT_DRAW as i16;
        let count = self.load_from(base, count_at, Size::B4);
        let src = Rhs::Reg(self.alu(AluOp::Add, Width::W32, count, Rhs::Imm(1)));
        self.emit(Insn::Store { size: Size::B4, base, offset: count_at, src });
        let first = script::DRAWS as i16;
        let end = first + 4 * SCRIPT_DRAWS_MAX as i16;
        let drawn = self.load_from(base, first, Size::B4);
        let mut to = first;
        while to + 4 < end {
            let size = if to + 12 <= end { Size::B8 } else { Size::B4 };
            let src = Rhs::Reg(self.load_from(base, to + 4, size));
            self.emit(Insn::Store { size, base, offset: to, src });
            to += size.bytes() as i16;
        }
        let src = Rhs::Imm(0);
        self.emit(Insn::Store { size: Size::B4, base, offset: end - 4, src });
        drawn
    }
}
