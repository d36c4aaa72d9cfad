//! Behind the network header: where the transport header begins, and where the datagram ends.

use super::{KIND_BITS, Net, Way, point};
use crate::lower::Lower;
use crate::route::EXTENSIONS;
use syrup_diag::{Span, limits};
use syrup_ir::{BinOp, CmpOp, Interval, Op, Ty, Value};

impl Lower<'_> {
    /// RFC 791, section 3.1.
    pub(super) fn find_behind_ipv4(&mut self, way: Way, net: Net) {
        let span = way.span;
        let view = self.asks(way, 0, Some(net.start), 20, Some(net));
        let first = self.wire_number(view, 0, 8, span);
        // Version 4, and a header of at least five words.
        self.must(way, first, Interval { lo: 0x45, hi: 0x4f }, net, None);
        let total = self.wire_number(view, 2, 16, span);
        let end = self.binary(BinOp::Add, net.start, total, span);
        if !way.needs.transport {
            return self.nothing(way, Some(net), Some(end));
        }
        let fragment = self.wire_number(view, 6, 16, span);
        // A first part too: a policy must not tell the parts of one datagram apart.
        let fragment = self.masked(fragment, 0x3fff, span);
        self.must(way, fragment, point(0), net, Some(end));
        let words = self.masked(first, 15, span);
        let four = self.f.constant(4, 32, span);
        let bytes = self.binary(BinOp::Mul, words, four, span);
        let transport = self.binary(BinOp::Add, net.start, bytes, span);
        let protocol = self.wire_number(view, 9, 8, span);
        self.transport(way, net, [transport, protocol, end]);
    }

    /// RFC 8200, sections 3 and 4.
    pub(super) fn find_behind_ipv6(&mut self, way: Way, net: Net) {
        let span = way.span;
        let view = self.asks(way, 0, Some(net.start), 40, Some(net));
        let first = self.wire_number(view, 0, 8, span);
        self.must(way, first, Interval { lo: 0x60, hi: 0x6f }, net, None);
        let payload = self.wire_number(view, 4, 16, span);
        let header = self.f.constant(40, 32, span);
        let mut at = self.binary(BinOp::Add, net.start, header, span);
        let end = self.binary(BinOp::Add, at, payload, span);
        if !way.needs.transport {
            return self.nothing(way, Some(net), Some(end));
        }
        let found = self.f.block();
        let transport = self.f.param(found, Ty::U32, span);
        let protocol = self.f.param(found, Ty::Int(KIND_BITS), span);
        let mut next = self.wire_number(view, 6, 8, span);
        for n_extensions in 0..=limits::IPV6_EXTENSIONS_MAX {
            let (extension, last) = (self.f.block(), self.f.block());
            let is_extension = self.is_extension(next, span);
            self.f.branch(is_extension, extension, last, span);
            self.f.switch_to(last);
            self.f.jump(found, vec![at, next], span);
            self.f.switch_to(extension);
            if n_extensions < limits::IPV6_EXTENSIONS_MAX {
                (at, next) = self.skip(way, net, at, next, end);
            }
        }
        self.nothing(way, Some(net), Some(end));
        self.f.switch_to(found);
        self.transport(way, net, [transport, protocol, end]);
    }

    /// One bit for each extension header, by its number. Shifts by less than their width ask
    /// nothing, and what a policy asks of a number the kernel's verifier remembers.
    fn is_extension(&mut self, next: Value, span: Span) -> Value {
        let bits = EXTENSIONS.iter().fold(0, |bits, number| bits | 1 << number);
        let bits = self.f.constant(bits, 64, span);
        let next = self.convert(next, 64, span);
        let (low, six) = (self.f.constant(63, 64, span), self.f.constant(6, 64, span));
        let count = self.binary(BinOp::And, next, low, span);
        let bit = self.binary(BinOp::Shr, bits, count, span);
        // 1 for numbers below 64, which all extension headers have.
        let one = self.f.constant(1, 64, span);
        let above = self.binary(BinOp::Shr, next, six, span);
        let is_low = self.binary(BinOp::Shr, one, above, span);
        let bit = self.binary(BinOp::And, bit, is_low, span);
        self.convert(bit, 1, span)
    }

    /// Behind one extension header: where the next begins, and what it is.
    fn skip(&mut self, way: Way, net: Net, at: Value, next: Value, end: Value) -> (Value, Value) {
        let span = way.span;
        let view = self.asks(way, 0, Some(at), 4, Some(net));
        let after = self.wire_number(view, 0, 8, span);
        let len = self.wire_number(view, 1, 8, span);
        let behind = self.f.block();
        let bytes = self.f.param(behind, Ty::U32, span);
        let [fragment, whole, other] = [(); 3].map(|()| self.f.block());
        self.in_ranges(next, &[point(44)], fragment, span);
        self.f.jump(other, Vec::new(), span);

        self.f.switch_to(fragment);
        // Its offset and whether more follow; a whole datagram may carry the header (RFC 6946).
        let place = self.wire_number(view, 2, 16, span);
        let place = self.masked(place, 0xfff9, span);
        self.must(way, place, point(0), net, Some(end));
        self.f.jump(whole, Vec::new(), span);
        self.f.switch_to(whole);
        let eight = self.f.constant(8, 32, span);
        self.f.jump(behind, vec![eight], span);

        self.f.switch_to(other);
        // The authentication header counts words of four bytes, less two (RFC 4302, section 2.2);
        // all others words of eight, less one.
        let number = self.f.constant(51, KIND_BITS, span);
        let is_ah = self.compare(CmpOp::Eq, next, number, span);
        let of = |lower: &mut Self, less: u64, bytes: u64| {
            let less = lower.f.constant(less, 32, span);
            let bytes = lower.f.constant(bytes, 32, span);
            let words = lower.binary(BinOp::Add, len, less, span);
            lower.binary(BinOp::Mul, words, bytes, span)
        };
        let (ah, others) = (of(self, 2, 4), of(self, 1, 8));
        let own = self.f.op(Op::Select(is_ah, ah, others), Ty::U32, span);
        self.f.jump(behind, vec![own], span);

        self.f.switch_to(behind);
        (self.binary(BinOp::Add, at, bytes, span), after)
    }
}
