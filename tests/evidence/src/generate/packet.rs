//! `match pkt { ... }`: patterns over standard headers and the policy's own.

use super::headers::{HeaderDecl, WireField, WireKind};
use super::maker::{Ex, Maker, Ty, full};

/// Fields of the standard headers that patterns name: header, field, bits.
const STANDARD: &[(&str, &[(&str, u8)])] = &[
    ("udp", &[("src_port", 16), ("dst_port", 16), ("length", 16)]),
    ("tcp", &[("src_port", 16), ("dst_port", 16), ("seq", 32), ("syn", 1), ("ack", 1)]),
    ("ipv4", &[("src", 32), ("dst", 32), ("ttl", 8), ("tos", 8)]),
    ("ipv6", &[("hops", 8), ("class", 8), ("label", 20)]),
];

/// A name that a pattern binds.
struct Bound {
    name: String,
    ty: Ty,
    lo: u64,
    hi: u64,
}

impl Maker<'_> {
    /// A match on the packet with verdicts.
    pub(super) fn packet_verdict(&mut self, depth: u32) -> Option<Ex> {
        if !self.place.has_packet || self.place.loops > 0 || self.place.is_pure {
            return None;
        }
        if !self.place.at_frame && self.once_in(12) {
            return self.flow_verdict(depth);
        }
        let n_arms = 1 + self.below(4);
        let mut text = "match pkt {\n".to_owned();
        for _ in 0..n_arms {
            let arm = self.scoped(|maker| {
                let (pattern, bound) = maker.pattern();
                for Bound { name, ty, lo, hi } in bound {
                    maker.declare(name, ty, &Ex::new("", lo, hi));
                }
                let guard = match maker.choose(&[("arm.plain", 4), ("arm.guard", 1)]) {
                    "arm.guard" => {
                        let guard = maker.reading(|maker| maker.condition(2));
                        maker.control |= guard.from;
                        format!(" if {}", guard.text)
                    }
                    _ => String::new(),
                };
                let verdict = match maker.once_in(2) {
                    true => {
                        let n = 1 + maker.below(4);
                        Ex::new(maker.body(n, depth.saturating_sub(1)), 0, 0)
                    }
                    false => maker.verdict(depth.saturating_sub(1)),
                };
                format!("{pattern}{guard} => {},\n", verdict.text)
            });
            text += &arm;
        }
        let last = self.verdict(depth.saturating_sub(2));
        Some(Ex::new(format!("{text}_ => {},\n}}", last.text), 0, 0))
    }

    /// A match on the packet's flow.
    fn flow_verdict(&mut self, depth: u32) -> Option<Ex> {
        self.count("packet.flow");
        let name = self.fresh("flow");
        let some = self.scoped(|maker| {
            for (field, bits) in [("src_port", 16), ("dst_port", 16), ("protocol", 8)] {
                let field = format!("{name}.{field}");
                maker.declare(field, Ty::Int(bits), &Ex::new("", 0, full(bits)));
            }
            for field in ["src", "dst"] {
                maker.declare(format!("{name}.{field}"), Ty::Bytes, &Ex::new("", 16, 16));
            }
            maker.verdict(depth.saturating_sub(1))
        });
        let none = self.short_verdict(2);
        let text = format!(
            "match pkt.flow {{\nsome({name}) => {},\nnone => {},\n}}",
            some.text, none.text
        );
        Some(Ex::new(text, 0, 0))
    }

    /// A pattern and the names it binds.
    fn pattern(&mut self) -> (String, Vec<Bound>) {
        let mut bound = Vec::new();
        let way = self.choose(&[
            ("pattern.own", 10),
            ("pattern.transport", 2),
            ("pattern.network", 2),
            ("pattern.either", 1),
            ("pattern.tunnel", 1),
            ("pattern.options", 1),
        ]);
        let text = match way {
            "pattern.transport" => {
                let name = self.one_of(&["udp", "tcp"]).unwrap_or("udp");
                self.standard(name, &mut bound)
            }
            "pattern.network" => {
                let net = self.one_of(&["ipv4", "ipv4", "ipv6"]).unwrap_or("ipv4");
                let first = self.standard(net, &mut bound);
                match self.below(3) {
                    0 => first,
                    1 => format!("{first} / {}", self.own_stack(1, &mut bound)),
                    _ => {
                        let name = self.one_of(&["udp", "tcp"]).unwrap_or("udp");
                        // Both have fields of the same names: only the first binds.
                        let _ = &name;
                        format!("{first} / {name}")
                    }
                }
            }
            "pattern.either" => {
                bound.push(Bound { name: "src_port".into(), ty: Ty::Int(16), lo: 0, hi: 0xffff });
                let number = self.literal(0, 0xffff).text;
                format!("udp(src_port, dst_port: {number}) | tcp(src_port, syn: 1)")
            }
            "pattern.tunnel" => {
                let inner = self.one_of(&["ipv4", "ipv6"]).unwrap_or("ipv4");
                format!("udp / vxlan / eth / {}", self.standard(inner, &mut bound))
            }
            "pattern.options" => {
                let name = self.one_of(&["hop_by_hop", "routing", "destination_options"]);
                format!("ipv6 / {} / {}", name.unwrap_or("routing"), self.own_stack(1, &mut bound))
            }
            _ => {
                let n = 1 + self.below(2);
                self.own_stack(n, &mut bound)
            }
        };
        (text, bound)
    }

    /// A transport header and headers of the policy's own behind it.
    fn own_stack(&mut self, n: u64, bound: &mut Vec<Bound>) -> String {
        let transport = self.one_of(&["udp", "udp", "udp", "tcp"]).unwrap_or("udp");
        let mut text = match self.once_in(3) {
            true => self.standard(transport, bound),
            false => transport.to_owned(),
        };
        let mut taken: Vec<String> = Vec::new();
        for _ in 0..n {
            let headers = self.headers.clone();
            let Some(header) = self.one_of(&headers) else { break };
            if taken.contains(&header.name) {
                break;
            }
            text += &format!(" / {}", self.own(&header, bound));
            taken.push(header.name.clone());
            if header.is_last {
                break;
            }
        }
        text
    }

    fn standard(&mut self, name: &str, bound: &mut Vec<Bound>) -> String {
        let fields = STANDARD.iter().find(|row| row.0 == name).map_or(&[][..], |row| row.1);
        let mut parts = Vec::new();
        for &(field, bits) in fields {
            if self.once_in(2) {
                continue;
            }
            let is_taken = bound.iter().any(|other| other.name == field);
            if self.once_in(3) {
                parts.push(format!("{field}: {}", self.number_pattern(bits)));
            } else if !is_taken {
                parts.push(field.to_owned());
                let (name, ty) = (field.to_owned(), Ty::Int(bits));
                bound.push(Bound { name, ty, lo: 0, hi: full(bits) });
            }
        }
        if parts.is_empty() { name.to_owned() } else { format!("{name}({})", parts.join(", ")) }
    }

    fn own(&mut self, header: &HeaderDecl, bound: &mut Vec<Bound>) -> String {
        let (arg, n_bytes) = self.argument(header);
        let mut parts = Vec::new();
        for field in &header.fields {
            match self.below(4) {
                0 => {}
                1 => parts.extend(self.asked(field)),
                _ => {
                    parts.push(field.name.clone());
                    let (ty, lo, hi) = match field.kind {
                        WireKind::Number { bits, lo, hi } => (Ty::Int(bits), lo, hi),
                        WireKind::Enum(at) => (Ty::Enum(at), 0, 0),
                        WireKind::Run { lo, hi } => (Ty::Bytes, lo, hi),
                        WireKind::Until { hi, .. } => (Ty::Bytes, 1, hi),
                        WireKind::Counted => (Ty::Bytes, n_bytes.0, n_bytes.1),
                    };
                    bound.push(Bound { name: field.name.clone(), ty, lo, hi });
                }
            }
        }
        let name = &header.name;
        match parts.is_empty() {
            true => format!("{name}{arg}"),
            false => format!("{name}{arg}({})", parts.join(", ")),
        }
    }

    /// The argument of a header, with the interval it lies in.
    fn argument(&mut self, header: &HeaderDecl) -> (String, (u64, u64)) {
        let Some((lo, hi)) = header.param else { return (String::new(), (0, 0)) };
        let fits = |p: &&super::maker::FieldDecl| p.ty == Ty::Int(8) && p.lo >= lo && p.hi <= hi;
        let params: Vec<_> = self.params.iter().filter(fits).cloned().collect();
        match self.one_of(&params) {
            Some(param) if self.once_in(2) => (format!("[{}]", param.name), (param.lo, param.hi)),
            _ => {
                let n = self.constant(lo, hi);
                (format!("[{n}]"), (n, n))
            }
        }
    }

    /// What a pattern asks of a field.
    fn asked(&mut self, field: &WireField) -> Option<String> {
        let value = match field.kind {
            WireKind::Number { lo, hi, .. } => {
                let a = self.constant(lo, hi);
                match self.choose(&[("field.constant", 3), ("field.range", 2), ("field.any", 1)]) {
                    "field.range" => format!("{a}..={}", self.constant(a, hi)),
                    "field.any" => format!("{a} | {}", self.constant(lo, hi)),
                    _ => a.to_string(),
                }
            }
            WireKind::Enum(at) => {
                let cases = self.enums[at].cases.clone();
                self.one_of(&cases)?.0
            }
            WireKind::Counted => return None,
            WireKind::Until { byte, hi } => {
                let n = self.below(hi.min(9)) as usize;
                format!("hex\"{}{byte:02x}\"", "7a ".repeat(n))
            }
            WireKind::Run { lo, hi } => {
                self.count("field.bytes");
                let n = self.constant(lo, hi.min(lo + 9));
                self.bytes_literal(n).text
            }
        };
        Some(format!("{}: {value}", field.name))
    }
}
