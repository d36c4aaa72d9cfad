//! Where the network and the transport header begin, at a hook whose packet begins at the frame.
//!
//! In: what the policy's patterns ask for. Out: values at the start of the policy that say where
//! these headers begin, what they are, and where the datagram ends. So `udp / Request` means the
//! same here as at a hook that begins behind these headers, because the kernel found them the same
//! way: `__netif_receive_skb_core`, `ip_rcv_core`, `ip6_rcv_core` and `udp_rcv` in net/.

mod ip;

use super::{Lower, inline};
use crate::hir::{ExprKind, Row};
use crate::route::{self, IPV6, TAGS};
use syrup_diag::{Span, limits};
use syrup_ir::{Base, BinOp, Block, CmpOp, Edge, Interval, Meta, Op, Order, Term, Ty, Value};

/// Bytes of an Ethernet header.
const ETHERNET_BYTES: u32 = 14;

/// The EtherType of IPv4.
const IPV4: u64 = 0x0800;

/// The bits of EtherTypes and protocols here: one more than they have, for "none".
const KIND_BITS: u8 = 32;

/// No EtherType and no protocol.
const NONE: u64 = 1 << 16;

/// The end of a packet whose network header gives none: what is not IP.
const NO_END: u64 = u32::MAX as u64;

/// The protocol number of UDP.
const UDP: u64 = 17;

/// What the prologue found, each a value that every block of the policy may use.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// Where the network header begins.
    net: Value,
    /// The EtherType behind the tags, or [`NONE`].
    pub eth_protocol: Value,
    /// Where the transport header begins.
    transport: Value,
    /// The transport protocol, or [`NONE`] where there is none to be read.
    pub ip_protocol: Value,
    /// Where the datagram ends.
    pub end: Value,
}

/// What of it the policy's patterns ask for.
#[derive(Clone, Copy, Default)]
struct Needs {
    ipv4: bool,
    ipv6: bool,
    transport: bool,
    /// The datagram's own length: a pattern may match UDP.
    udp_length: bool,
    other: bool,
}

/// The way to the block where everything is found.
#[derive(Clone, Copy)]
struct Way {
    needs: Needs,
    ready: Block,
    span: Span,
}

/// What a block of the prologue knows so far.
#[derive(Clone, Copy)]
struct Net {
    start: Value,
    kind: Value,
}

impl Lower<'_> {
    /// Finds the headers, where a pattern, the flow or its hash asks for them.
    pub(super) fn prologue(&mut self) {
        let needs = self.needs();
        if !(needs.ipv4 || needs.ipv6 || needs.other) {
            return;
        }
        let span = self.policy.span;
        let ready = self.f.block();
        let net = self.f.param(ready, Ty::U32, span);
        let eth_protocol = self.f.param(ready, Ty::Int(KIND_BITS), span);
        let transport = self.f.param(ready, Ty::U32, span);
        let ip_protocol = self.f.param(ready, Ty::Int(KIND_BITS), span);
        let end = self.f.param(ready, Ty::U32, span);
        let way = Way { needs, ready, span };
        self.find_net(way);
        self.f.switch_to(ready);
        self.found = Some(Found { net, eth_protocol, transport, ip_protocol, end });
    }

    /// Where offsets of a base count from, at a hook that begins at the frame.
    pub(super) fn base_start(&self, base: Base) -> Option<Value> {
        let found = self.found.as_ref()?;
        match base {
            Base::Frame => None,
            Base::Net => Some(found.net),
            Base::Transport => Some(found.transport),
        }
    }

    /// The base that the hook itself knows for one of the language.
    pub(super) fn own_base(&self, base: Base) -> Base {
        if self.begins == Base::Frame { Base::Frame } else { base }
    }

    fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        inline::walk_deep(self.program, &self.policy.body, &mut |expr| match &expr.kind {
            ExprKind::Match(inner) => {
                for row in inner.arms.iter().flat_map(|arm| &arm.rows) {
                    let Row::Layers(layers) = row else { continue };
                    for stack in route::place(self.program, self.begins, layers).iter().flatten() {
                        needs.add(stack);
                    }
                }
            }
            ExprKind::Meta(Meta::FlowHash) | ExprKind::Flow => {
                needs = Needs { ipv4: true, ipv6: true, transport: true, ..needs };
            }
            _ => {}
        });
        needs
    }

    fn find_net(&mut self, way: Way) {
        let span = way.span;
        let found = self.f.block();
        let net = self.f.param(found, Ty::U32, span);
        let kind = self.f.param(found, Ty::Int(KIND_BITS), span);
        let mut view = self.asks(way, 0, None, ETHERNET_BYTES, None);
        let mut offset = ETHERNET_BYTES - 2;
        for n_tags in 0..=limits::VLAN_TAGS_MAX as u32 {
            let kind = self.wire_number(view, offset, 16, span);
            let start = ETHERNET_BYTES + 4 * n_tags;
            let (tag, whole) = (self.f.block(), self.f.block());
            self.in_ranges(kind, &TAGS.map(point), tag, span);
            self.f.jump(whole, Vec::new(), span);
            self.f.switch_to(whole);
            let args = vec![self.f.constant(start.into(), 32, span), kind];
            self.f.jump(found, args, span);
            self.f.switch_to(tag);
            if n_tags < limits::VLAN_TAGS_MAX as u32 {
                view = self.asks(way, start, None, 4, None);
                offset = 2;
            }
        }
        self.nothing(way, None, None);
        self.f.switch_to(found);
        self.find_ip(way, Net { start: net, kind });
    }

    /// Goes on by the EtherType.
    fn find_ip(&mut self, way: Way, net: Net) {
        let span = way.span;
        let (ipv4, ipv6) = (self.f.block(), self.f.block());
        if way.needs.ipv4 {
            self.in_ranges(net.kind, &[point(IPV4)], ipv4, span);
        }
        if way.needs.ipv6 {
            self.in_ranges(net.kind, &[point(IPV6)], ipv6, span);
        }
        let end = self.f.constant(NO_END, 32, span);
        self.nothing(way, Some(net), Some(end));
        if way.needs.ipv4 {
            self.f.switch_to(ipv4);
            self.find_behind_ipv4(way, net);
        }
        if way.needs.ipv6 {
            self.f.switch_to(ipv6);
            self.find_behind_ipv6(way, net);
        }
    }

    /// The transport header is found; UDP's own length may end the datagram earlier.
    fn transport(&mut self, way: Way, net: Net, [transport, protocol, end]: [Value; 3]) {
        let span = way.span;
        let ready = |end| vec![net.start, net.kind, transport, protocol, end];
        if !way.needs.udp_length {
            return self.f.jump(way.ready, ready(end), span);
        }
        let [udp, other, whole, sized, unsized_] = [(); 5].map(|()| self.f.block());
        self.in_ranges(protocol, &[point(UDP)], udp, span);
        self.f.jump(other, Vec::new(), span);

        self.f.switch_to(udp);
        let view = self.f.param(whole, Ty::View, span);
        let (ok, short) = (Edge::to(whole), Edge::to(other));
        let at = Some(transport);
        self.f.terminate(Term::View { base: Base::Frame, offset: 0, at, len: 8, ok, short }, span);
        self.f.switch_to(whole);
        let len = self.wire_number(view, 4, 16, span);
        // Zero says nothing (RFC 2675, section 4).
        self.in_ranges(len, &[point(0)], unsized_, span);
        self.f.jump(sized, Vec::new(), span);
        self.f.switch_to(unsized_);
        self.f.jump(other, Vec::new(), span);
        self.f.switch_to(sized);
        let own_end = self.binary(BinOp::Add, transport, len, span);
        let own_end = self.binary(BinOp::Min, own_end, end, span);
        self.f.jump(way.ready, ready(own_end), span);

        self.f.switch_to(other);
        self.f.jump(way.ready, ready(end), span);
    }

    /// Goes on without a transport header, and without a network header where none is given.
    fn nothing(&mut self, way: Way, net: Option<Net>, end: Option<Value>) {
        let span = way.span;
        let zero = self.f.constant(0, 32, span);
        let none = self.f.constant(NONE, KIND_BITS, span);
        let (start, kind) = net.map_or((zero, none), |net| (net.start, net.kind));
        let args = vec![start, kind, zero, none, end.unwrap_or(zero)];
        self.f.jump(way.ready, args, span);
    }

    /// Asks for bytes of the frame; goes on where they are there.
    fn asks(
        &mut self,
        way: Way,
        offset: u32,
        at: Option<Value>,
        len: u32,
        net: Option<Net>,
    ) -> Value {
        let (there, missing) = (self.f.block(), self.f.block());
        let view = self.f.param(there, Ty::View, way.span);
        let (ok, short) = (Edge::to(there), Edge::to(missing));
        self.f.terminate(Term::View { base: Base::Frame, offset, at, len, ok, short }, way.span);
        self.f.switch_to(missing);
        self.nothing(way, net, None);
        self.f.switch_to(there);
        view
    }

    /// Goes on where a number lies in an interval.
    fn must(&mut self, way: Way, value: Value, range: Interval, net: Net, end: Option<Value>) {
        let (good, bad) = (self.f.block(), self.f.block());
        self.in_ranges(value, &[range], good, way.span);
        self.f.jump(bad, Vec::new(), way.span);
        self.f.switch_to(bad);
        self.nothing(way, Some(net), end);
        self.f.switch_to(good);
    }

    /// A number of a header, in the network's order.
    fn wire_number(&mut self, view: Value, offset: u32, bits: u8, span: Span) -> Value {
        let load = Op::Load { view, offset, order: Order::Big };
        let value = self.f.op(load, Ty::Int(bits), span);
        self.convert(value, KIND_BITS, span)
    }

    fn masked(&mut self, value: Value, mask: u64, span: Span) -> Value {
        let mask = self.f.constant(mask, KIND_BITS, span);
        self.binary(BinOp::And, value, mask, span)
    }

    /// Goes on where a place lies within the datagram, which a hook that begins at the frame does
    /// not cut to its length: cards pad short frames.
    pub(super) fn within_datagram(
        &mut self,
        base: Base,
        offset: u32,
        at: Option<Value>,
        no: Block,
        span: Span,
    ) {
        let Some(Found { end, .. }) = self.found.filter(|_| base != Base::Frame) else { return };
        let past = self.f.constant(u64::from(offset), 32, span);
        let past = match at {
            Some(at) => self.binary(BinOp::Add, at, past, span),
            None => past,
        };
        let fits = self.compare(CmpOp::Le, past, end, span);
        let inside = self.f.block();
        self.f.branch(fits, inside, no, span);
        self.f.switch_to(inside);
    }

    /// Where the packet ends for the headers of a pattern, counted from where it begins.
    pub(super) fn packet_end(&mut self, span: Span) -> Value {
        let len = self.f.op(Op::Meta(Meta::Len), Ty::U32, span);
        match self.found {
            Some(Found { end, .. }) => self.binary(BinOp::Min, len, end, span),
            None => len,
        }
    }
}

impl Needs {
    fn add(&mut self, stack: &[route::Placed]) {
        let mut families = (true, true);
        for placed in stack {
            match placed.base {
                Base::Frame => {}
                Base::Net => self.other = true,
                Base::Transport => self.transport = true,
            }
            for (meta, numbers) in &placed.metas {
                let has = |number| numbers.iter().any(|range| range.contains(number));
                match meta {
                    Meta::EthProtocol => families = (has(IPV4), has(IPV6)),
                    Meta::IpProtocol => self.udp_length |= has(UDP),
                    Meta::FlowHash | Meta::Len | Meta::RxQueue | Meta::Interface => {}
                }
            }
        }
        if stack.iter().any(|placed| placed.base != Base::Frame) {
            self.ipv4 |= families.0;
            self.ipv6 |= families.1;
        }
    }
}

fn point(number: u64) -> Interval {
    Interval { lo: number, hi: number }
}
