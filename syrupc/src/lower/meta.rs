//! What a policy asks of the hook: as the hook knows it, or as the prologue found it.
//!
//! A hook that begins at the frame knows no hash of the flow without help from the card, so it is
//! computed here: MurmurHash3_x86_32 with seed 0 of bytes as they stand in the packet.

use super::Lower;
use syrup_diag::{Span, bug};
use syrup_ir::{Base, BinOp, Edge, Interval, Meta, Op, Order, Term, Ty, Value};

impl Lower<'_> {
    /// What the hook knows of the packet.
    pub(super) fn meta(&mut self, meta: Meta, span: Span) -> Value {
        match (meta, self.begins, self.found) {
            (Meta::EthProtocol, Base::Frame, Some(found)) => found.eth_protocol,
            (Meta::IpProtocol, Base::Frame, Some(found)) => found.ip_protocol,
            (Meta::FlowHash, Base::Frame, Some(_)) => self.flow_hash(span),
            (Meta::EthProtocol | Meta::IpProtocol | Meta::FlowHash, Base::Frame, None) => {
                bug!("{meta:?} was not looked for at {span:?}")
            }
            _ => self.f.op(Op::Meta(meta), meta.ty(), span),
        }
    }

    /// The flow's hash: of the addresses of IPv4 and IPv6, source first; where UDP or TCP is found
    /// behind them, then of the ports and of the protocol's number in one byte. Of all others 0.
    fn flow_hash(&mut self, span: Span) -> Value {
        let Some(found) = self.found else { bug!("no headers were looked for at {span:?}") };
        let ready = self.f.block();
        let whole = self.f.param(ready, Ty::U32, span);
        let behind = self.f.block();
        let addresses = self.f.param(behind, Ty::U32, span);
        let n_bytes = self.f.param(behind, Ty::U32, span);
        let [ipv4, ipv6, other] = [(); 3].map(|()| self.f.block());
        self.in_ranges(found.eth_protocol, &[point(0x0800)], ipv4, span);
        self.in_ranges(found.eth_protocol, &[point(0x86dd)], ipv6, span);
        self.f.jump(other, Vec::new(), span);
        for (block, first, n_words) in [(ipv4, 12, 2), (ipv6, 8, 8)] {
            self.f.switch_to(block);
            let start = self.base_start(Base::Net);
            let view = self.frame_bytes(first, start, n_words * 4, other, span);
            let mut hash = self.f.constant(0, 32, span);
            for word in 0..n_words {
                hash = self.mix_word(hash, view, word * 4, span);
            }
            let n_bytes = self.f.constant(u64::from(n_words) * 4, 32, span);
            self.f.jump(behind, vec![hash, n_bytes], span);
        }
        self.f.switch_to(other);
        let zero = self.f.constant(0, 32, span);
        self.f.jump(ready, vec![zero], span);

        self.f.switch_to(behind);
        let [ports, bare] = [(); 2].map(|()| self.f.block());
        self.in_ranges(found.ip_protocol, &[point(6), point(17)], ports, span);
        self.f.jump(bare, Vec::new(), span);
        self.f.switch_to(ports);
        let start = self.base_start(Base::Transport);
        let view = self.frame_bytes(0, start, 4, bare, span);
        let hash = self.mix_word(addresses, view, 0, span);
        let five = self.f.constant(5, 32, span);
        let n_whole = self.binary(BinOp::Add, n_bytes, five, span);
        let hash = self.finish_hash(hash, found.ip_protocol, n_whole, span);
        self.f.jump(ready, vec![hash], span);
        self.f.switch_to(bare);
        let zero = self.f.constant(0, 32, span);
        let hash = self.finish_hash(addresses, zero, n_bytes, span);
        self.f.jump(ready, vec![hash], span);
        self.f.switch_to(ready);
        whole
    }

    /// Asks for bytes of the frame; goes on where they are there, to `short` where they are not.
    fn frame_bytes(
        &mut self,
        offset: u32,
        at: Option<Value>,
        len: u32,
        short: syrup_ir::Block,
        span: Span,
    ) -> Value {
        let there = self.f.block();
        let view = self.f.param(there, Ty::View, span);
        let (ok, short) = (Edge::to(there), Edge::to(short));
        self.f.terminate(Term::View { base: Base::Frame, offset, at, len, ok, short }, span);
        self.f.switch_to(there);
        view
    }

    /// One more word of the packet, as it stands there.
    fn mix_word(&mut self, hash: Value, view: Value, offset: u32, span: Span) -> Value {
        let word = self.f.op(Op::Load { view, offset, order: Order::Little }, Ty::U32, span);
        self.mix(hash, word, span)
    }
}

fn point(number: u64) -> Interval {
    Interval { lo: number, hi: number }
}
