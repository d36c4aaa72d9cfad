//! Packet access: the view's question, and every byte its loads will name.
//!
//! In: a view terminator. Out: a fast path of direct reads behind the one comparison with the end
//! of the linear part that verifiers know, and a slow path through the helper; both hand over the
//! same registers. A load is then a register, perhaps with its bytes reversed: no packet pointer
//! lives past its check, and no pass can part the two.
//!
//! The comparison is `p = data + n; if p > data_end`, and reads count back from `p`: the register
//! that was compared is the register that is used.

use super::analysis::{Slot, parts};
use super::values::cond;
use super::{Bound, PacketAccess, SCRATCH_BYTES_MAX, Selector, scratch};
use crate::defect::{Defect, has};
use crate::hooks::{OtherBases, PacketLen};
use crate::insn::{AluOp, Base, Helper, Insn, Rhs, Size, Target, Term, Test, VReg, Width};
use std::collections::BTreeMap;
use syrup_diag::Code;
use syrup_ir::{Edge, Order, Value};

/// Bytes past `data` that a packet pointer can prove: `MAX_PACKET_OFF`, kernel/bpf/verifier.c, cut
/// to what an instruction's offset holds.
const DIRECT_BYTES_MAX: u32 = 0x7fff;

/// The stretch of packet that a view asks for.
#[derive(Clone, Copy)]
pub struct Place {
    pub base: syrup_ir::Base,
    pub offset: u32,
    pub at: Option<Value>,
    pub len: u32,
}

impl Selector<'_> {
    pub(super) fn view(&mut self, place: Place, ok: &Edge, short: &Edge) {
        let slots = match self.func.block(ok.block).params.first() {
            Some(&view) => self.analysis.slots(view),
            None => vec![],
        };
        let no = self.target(short, Bound::Nothing, true);
        let in_window = place.base == self.face.window && place.at.is_none();
        let end = u64::from(place.offset) + u64::from(place.len);
        let end = end + u64::from(self.face.window_offset);
        if let (true, true, PacketLen::Ctx(len)) = (slots.is_empty(), in_window, self.face.len) {
            let yes = self.target(ok, Bound::View(BTreeMap::new()), true);
            let Ok(end) = u32::try_from(end) else { return self.close(Term::Jump(no)) };
            let len = self.ctx_field(len);
            let end = end as i32 - i32::from(has(Defect::LengthOneShort));
            let enough = cond(Test::Ge, Width::W32, len, Rhs::Imm(end));
            return self.close_branch(enough, yes, no);
        }
        let first = slots.iter().map(|slot| slot.offset).min().unwrap_or(place.len);
        if place.len - first > SCRATCH_BYTES_MAX {
            self.refuse(Code::E0413, "this reads too many bytes of the packet at once");
        }
        let direct =
            in_window && self.access == PacketAccess::DirectFirst && end <= DIRECT_BYTES_MAX.into();
        if !direct {
            let regs = self.copied(place, &slots, &no);
            let yes = self.target(ok, Bound::View(regs), false);
            return self.close(Term::Jump(yes));
        }
        let join = self.new_block();
        let regs: BTreeMap<Slot, VReg> = slots.iter().map(|slot| (*slot, self.vreg())).collect();
        self.blocks[join as usize].params.extend(regs.values());

        let (fast, slow) = (self.new_block(), self.new_cold_block());
        let data = self.ctx_field(self.face.data);
        let data_end = self.ctx_field(self.face.data_end);
        let past = self.alu(AluOp::Add, Width::W64, data, Rhs::Imm(end as i32));
        let beyond = cond(Test::Gt, Width::W64, past, Rhs::Reg(data_end));
        self.close_branch(beyond, Target::to(slow), Target::to(fast));

        self.current = fast;
        let mut args = Vec::new();
        for slot in &slots {
            let early = i32::from(has(Defect::ReadOneEarly));
            let back = slot.offset as i32 - place.len as i32 - early;
            args.push(self.load_from(Base::Reg(past), back as i16, Size::of(slot.bytes)));
        }
        self.close(Term::Jump(Target { block: join, args }));

        self.current = slow;
        let copied = self.copied(place, &slots, &no);
        let args = slots.iter().map(|slot| copied[slot]).collect();
        self.blocks[self.current as usize].cold = true;
        self.close(Term::Jump(Target { block: join, args }));

        self.current = join;
        let yes = self.target(ok, Bound::View(regs), false);
        self.close(Term::Jump(yes));
    }

    /// Copies the bytes from the first that is needed to the view's end onto the stack, going to
    /// `no` where the packet is shorter, and loads the stretches from there.
    fn copied(&mut self, place: Place, slots: &[Slot], no: &Target<VReg>) -> BTreeMap<Slot, VReg> {
        // A view without loads asks for its last byte only, one of no bytes for the byte before.
        let first = slots.iter().map(|slot| slot.offset).min();
        let first = first.unwrap_or(place.len.saturating_sub(1));
        let n = (place.len - first).max(1);
        let lead = best_lead(slots, first);
        let area = self.reserve(&[scratch::buffer(lead + n)])[0];
        let buffer = i32::from(area) + lead as i32;
        self.copy_bytes(place, first, n, buffer as i16, no);
        let mut regs = BTreeMap::new();
        for slot in slots {
            let at = buffer + (slot.offset - first) as i32;
            regs.insert(*slot, self.load_stack(at, slot.bytes));
        }
        regs
    }

    /// Ends the current block behind a helper that copies; goes on where it succeeded.
    fn copy_bytes(&mut self, place: Place, first: u32, n: u32, buffer: i16, no: &Target<VReg>) {
        let late = u64::from(has(Defect::CopyOneLate));
        let constant = u64::from(place.offset) + u64::from(first) + late;
        let (shift, relative) = match (place.base == self.face.window, self.face.other_bases) {
            (true, _) => (u64::from(self.face.window_offset), None),
            (false, OtherBases::Relative) => {
                (0, Some(u64::from(place.base != syrup_ir::Base::Frame)))
            }
            (false, OtherBases::Script) => (0, None),
            (false, OtherBases::None) => {
                self.refuse(Code::E0412, "this hook finds no headers by itself");
                (0, None)
            }
        };
        let scripted = place.base != self.face.window && relative.is_none();
        let offset = self.copy_offset(place, constant + shift, scripted, no);
        let dst = self.def(|dst| Insn::FrameAddr { dst, offset: buffer });
        let len = self.number(n.into());
        let mut args = vec![self.ctx, offset, dst, len];
        let mut helper = self.face.load_bytes;
        if let Some(start) = relative {
            helper = Helper::SkbLoadBytesRelative;
            args.push(self.number(start));
        }
        let status = self.call(helper, args);
        let done = self.new_block();
        if has(Defect::ShortIsZero) {
            self.close(Term::Jump(Target::to(done)));
            self.current = done;
            return;
        }
        let failed = cond(Test::Ne, Width::W32, status, Rhs::Imm(0));
        self.close_branch(failed, no.clone(), Target::to(done));
        self.current = done;
    }

    /// The helper's offset argument. It is a `u32` there, so a sum beyond that is a short packet.
    fn copy_offset(
        &mut self,
        place: Place,
        constant: u64,
        scripted: bool,
        no: &Target<VReg>,
    ) -> VReg {
        let mut sum = None;
        let mut most = constant;
        if scripted {
            let net = syrup_wire::script::offset::NET_OFFSET;
            sum = Some(self.script(net, Size::B4));
            most += u64::from(u32::MAX);
        }
        if let Some(at) = place.at {
            most = most.saturating_add(self.range(at).hi);
            let at = self.reg(at);
            sum = Some(match sum {
                Some(net) => self.alu(AluOp::Add, Width::W64, net, Rhs::Reg(at)),
                None => at,
            });
        }
        // A twin's frame is Ethernet without tags: its link-layer header is 14 bytes before the
        // net.
        let before_net = if scripted && place.base == syrup_ir::Base::Frame { 14 } else { 0 };
        let rest = constant as i64 - before_net;
        let Some(sum) = sum else { return self.number(rest as u64) };
        let rhs = self.rhs_number(rest as u64, Width::W64);
        let offset = match rhs {
            Rhs::Imm(0) => sum,
            rhs => self.alu(AluOp::Add, Width::W64, sum, rhs),
        };
        if most > i32::MAX as u64 {
            let inside = self.new_block();
            let beyond = cond(Test::Gt, Width::W64, offset, Rhs::Imm(i32::MAX));
            self.close_branch(beyond, no.clone(), Target::to(inside));
            self.current = inside;
        }
        offset
    }

    /// Loads from the stack; the kernel wants aligned accesses there (`check_ptr_alignment`).
    fn load_stack(&mut self, at: i32, bytes: u32) -> VReg {
        if at.rem_euclid(bytes as i32) == 0 {
            return self.load_from(Base::Frame, at as i16, Size::of(bytes));
        }
        let half = bytes / 2;
        let low = self.load_stack(at, half);
        let high = self.load_stack(at + half as i32, half);
        let exchanged = has(Defect::HalvesExchanged);
        let (low, high) = if exchanged { (high, low) } else { (low, high) };
        let count = Rhs::Imm(half as i32 * 8);
        let high = self.alu(AluOp::Shl, Width::W64, high, count);
        self.alu(AluOp::Or, Width::W64, low, Rhs::Reg(high))
    }

    /// The register of a stretch that a view handed over, in memory order.
    pub(super) fn raw(&mut self, view: Value, offset: u32, bytes: u32) -> VReg {
        let view = self.analysis.resolve(view);
        match self.views.get(&view).and_then(|regs| regs.get(&Slot { offset, bytes })) {
            Some(&reg) => reg,
            None => syrup_diag::bug!("{view} does not hold {bytes} bytes at {offset}"),
        }
    }

    pub(super) fn load(&mut self, view: Value, offset: u32, order: Order, bits: u8) -> VReg {
        let parts = parts(offset, u32::from(bits) / 8);
        let mut whole: Option<(VReg, u32)> = None;
        for part in parts {
            let raw = self.raw(view, part.offset, part.bytes);
            let part_bits = part.bytes * 8;
            let swap = order == Order::Big && part.bytes > 1 && !has(Defect::OrderForgotten);
            let next = if swap { self.swap_order(raw, part_bits as u8) } else { raw };
            whole = Some(match (whole, order) {
                (None, _) => (next, part_bits),
                (Some((high, n)), Order::Big) => {
                    let less = if has(Defect::PartsMisplaced) { 8 } else { 0 };
                    let count = Rhs::Imm(part_bits as i32 - less);
                    let high = self.alu(AluOp::Shl, Width::W64, high, count);
                    (self.alu(AluOp::Or, Width::W64, high, Rhs::Reg(next)), n + part_bits)
                }
                (Some((low, n)), Order::Little) => {
                    let high = self.alu(AluOp::Shl, Width::W64, next, Rhs::Imm(n as i32));
                    (self.alu(AluOp::Or, Width::W64, low, Rhs::Reg(high)), n + part_bits)
                }
            });
        }
        match whole {
            Some((reg, _)) => reg,
            None => self.number(0),
        }
    }
}

/// Where in an aligned area the copy should start, so that the fewest loads are taken apart.
fn best_lead(slots: &[Slot], first: u32) -> u32 {
    let torn = |lead: &u32| {
        let is_torn = |slot: &&Slot| !(lead + slot.offset - first).is_multiple_of(slot.bytes);
        slots.iter().filter(is_torn).map(|slot| slot.bytes).sum::<u32>()
    };
    (0..8).min_by_key(torn).unwrap_or(0)
}
