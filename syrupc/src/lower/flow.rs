//! `pkt.flow`: addresses, ports and protocol of a packet, read where the hook has them.
//!
//! In: the packet. Out: the numbers of the standard library's `Flow`, or the way to none: a packet
//! that is neither TCP nor UDP, a fragment that carries no ports, one that is cut short.

use super::expr::Exit;
use super::{Low, Lower};
use syrup_diag::Span;
use syrup_ir::{Base, BinOp, Block, CmpOp, Edge, Interval, Meta, Op, Order, Term, Ty, Value};

/// Protocol numbers (IANA) that have ports in their first four bytes.
const WITH_PORTS: [u64; 2] = [6, 17];
/// EtherTypes of IPv4 (RFC 894) and IPv6 (RFC 2464).
const IPV4: u64 = 0x0800;
const IPV6: u64 = 0x86dd;
/// Bytes 8 to 11 of an IPv4-mapped address, as the low half of a number in memory order.
const MAPPED: u64 = 0xffff_0000;
/// The bits of IPv4's byte 6 and 7 that say where a fragment stands (RFC 791).
const FRAGMENT_OFFSET: u64 = 0x1fff;

impl Lower<'_> {
    /// The parts of the flow; goes to `none` where there is no such flow.
    pub(super) fn flow(&mut self, none: Block, span: Span) -> Option<Low> {
        let protocol = self.meta(Meta::IpProtocol, span);
        let known = self.f.block();
        self.in_ranges(protocol, &WITH_PORTS.map(point), known, span);
        self.f.jump(none, Vec::new(), span);
        self.f.switch_to(known);
        let (four, six) = (self.f.block(), self.f.block());
        let kind = self.meta(Meta::EthProtocol, span);
        self.in_ranges(kind, &[point(IPV4)], four, span);
        self.in_ranges(kind, &[point(IPV6)], six, span);
        self.f.jump(none, Vec::new(), span);
        let mut exits = Vec::new();
        for (block, is_four) in [(four, true), (six, false)] {
            self.f.switch_to(block);
            let addresses = match is_four {
                true => self.four(none, span),
                false => self.six(none, span),
            };
            let low = self.parts(addresses);
            exits.push(Exit { block: self.f.current(), low, env: self.env.clone() });
        }
        let addresses = self.join(exits, None, span)?;
        let mut values = self.numbers(addresses);
        let ports = self.bytes_at(Base::Transport, 0, 4, none, span);
        values.push(self.load(ports, 0, 16, Order::Big, span));
        values.push(self.load(ports, 2, 16, Order::Big, span));
        values.push(self.convert(protocol, 8, span));
        Some(self.parts(values))
    }

    /// Both addresses of IPv4, from the fragment offset on.
    fn four(&mut self, none: Block, span: Span) -> Vec<Value> {
        let view = self.bytes_at(Base::Net, 6, 14, none, span);
        let fragment = self.load(view, 0, 16, Order::Big, span);
        let mask = self.f.constant(FRAGMENT_OFFSET, 16, span);
        let offset = self.binary(BinOp::And, fragment, mask, span);
        let zero = self.f.constant(0, 16, span);
        let whole = self.f.block();
        let is_first = self.compare(CmpOp::Eq, offset, zero, span);
        self.f.branch(is_first, whole, none, span);
        self.f.switch_to(whole);
        let mut values = Vec::new();
        for at in [6, 10] {
            let address = self.load(view, at, 32, Order::Little, span);
            let address = self.convert(address, 64, span);
            let count = self.f.constant(32, 64, span);
            let upper = self.binary(BinOp::Shl, address, count, span);
            let mapped = self.f.constant(MAPPED, 64, span);
            values.push(self.f.constant(0, 64, span));
            values.push(self.binary(BinOp::Or, upper, mapped, span));
        }
        values
    }

    /// Both addresses of IPv6.
    fn six(&mut self, none: Block, span: Span) -> Vec<Value> {
        let view = self.bytes_at(Base::Net, 8, 32, none, span);
        [0, 8, 16, 24].map(|at| self.load(view, at, 64, Order::Little, span)).to_vec()
    }

    fn bytes_at(&mut self, base: Base, offset: u32, len: u32, none: Block, span: Span) -> Value {
        let at = self.base_start(base);
        self.within_datagram(base, offset + len, at, none, span);
        let there = self.f.block();
        let view = self.f.param(there, Ty::View, span);
        let (ok, short) = (Edge::to(there), Edge::to(none));
        let base = self.own_base(base);
        self.f.terminate(Term::View { base, offset, at, len, ok, short }, span);
        self.f.switch_to(there);
        view
    }

    fn load(&mut self, view: Value, offset: u32, bits: u8, order: Order, span: Span) -> Value {
        self.f.op(Op::Load { view, offset, order }, Ty::Int(bits), span)
    }
}

fn point(number: u64) -> Interval {
    Interval { lo: number, hi: number }
}
