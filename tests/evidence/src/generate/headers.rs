//! Headers of a policy's own: bit fields, both byte orders, constraints, runs of every kind.

use super::maker::{Maker, full};

/// A header.
#[derive(Clone, Debug)]
pub(super) struct HeaderDecl {
    pub name: String,
    pub fields: Vec<WireField>,
    /// Whether nothing may follow it.
    pub is_last: bool,
    /// The range of its parameter, where it has one.
    pub param: Option<(u64, u64)>,
}

/// A field on the wire that patterns name.
#[derive(Clone, Debug)]
pub(super) struct WireField {
    pub name: String,
    pub kind: WireKind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum WireKind {
    /// A number of so many bits in an interval.
    Number { bits: u8, lo: u64, hi: u64 },
    /// An enum, by index.
    Enum(usize),
    /// A run of a length in an interval.
    Run { lo: u64, hi: u64 },
    /// A run of as many bytes as the header's parameter says.
    Counted,
    /// A run up to a byte, at most so long.
    Until { byte: u64, hi: u64 },
}

impl Maker<'_> {
    /// Declares a header.
    pub(super) fn header(&mut self) -> String {
        self.count("declare.header");
        let name = self.fresh("H");
        let param = self.once_in(8).then(|| (0, 1 + self.below(20)));
        let mut fields = Vec::new();
        let mut parts = Vec::new();
        let mut n_runs = 0;
        for _ in 0..=self.below(4) {
            let way = self.choose(&[
                ("wire.number", 6),
                ("wire.bits", 3),
                ("wire.enum", 2),
                ("wire.bytes", 2),
                ("wire.length", 3),
                ("wire.until", 1),
                ("wire.constraint", 2),
            ]);
            if matches!(way, "wire.length" | "wire.until") {
                n_runs += 1;
                if n_runs > 2 {
                    continue;
                }
            }
            let made = match way {
                "wire.bits" => self.bit_fields(&mut fields),
                "wire.enum" if !self.enums.is_empty() => self.enum_field(&mut fields),
                "wire.bytes" => {
                    let n = 1 + self.below(20);
                    let field = self.run_field(&mut fields, n, n);
                    format!("{field}: bytes[{n}]")
                }
                "wire.length" => self.counted_run(&mut fields),
                "wire.until" => {
                    let (byte, most) = (self.below(40), 1 + self.below(24));
                    let field = self.fresh("r");
                    let kind = WireKind::Until { byte, hi: most };
                    fields.push(WireField { name: field.clone(), kind });
                    format!("{field}: bytes[until({byte}, {most})]")
                }
                "wire.constraint" => self.constrained(),
                _ => self.number_field(&mut fields),
            };
            parts.push(made);
        }
        if param.is_some() {
            self.count("wire.param");
            let field = self.fresh("r");
            let kind = WireKind::Counted;
            fields.push(WireField { name: field.clone(), kind });
            parts.push(format!("{field}: bytes[n]"));
        }
        let is_last = self.once_in(10);
        if is_last {
            self.count("wire.rest");
            let most = 1 + self.below(40);
            let field = self.run_field(&mut fields, 0, most);
            parts.push(format!("{field}: bytes[..{most}]"));
        }
        let arg = param.map_or(String::new(), |(lo, hi)| format!("[n: u8 in {lo}..={hi}]"));
        let text = format!("header {name}{arg} {{ {} }}\n", parts.join(", "));
        self.headers.push(HeaderDecl { name, fields, is_last, param });
        text
    }

    fn order(&mut self) -> &'static str {
        match self.choose(&[("wire.be", 1), ("wire.le", 1)]) {
            "wire.be" => "be",
            _ => "le",
        }
    }

    fn number_field(&mut self, fields: &mut Vec<WireField>) -> String {
        let name = self.fresh("n");
        let bits = self.one_of(&[8, 8, 16, 16, 32, 64]).unwrap_or(8);
        let (lo, hi) = match self.once_in(4) {
            true => {
                let lo = self.below(3);
                (lo, self.constant(lo + 1, full(bits)))
            }
            false => (0, full(bits)),
        };
        let range = match (lo, hi) {
            (0, hi) if hi == full(bits) => String::new(),
            _ => format!(" in {lo}..={hi}"),
        };
        fields.push(WireField { name: name.clone(), kind: WireKind::Number { bits, lo, hi } });
        match bits {
            8 => format!("{name}: u8{range}"),
            _ => format!("{name}: {}<u{bits}>{range}", self.order()),
        }
    }

    /// Fields of bits that fill whole bytes.
    fn bit_fields(&mut self, fields: &mut Vec<WireField>) -> String {
        let split = self
            .one_of(&[&[4u8, 4][..], &[1, 7], &[1, 3, 12], &[3, 13], &[2, 6], &[24], &[5, 19]])
            .unwrap_or(&[4, 4]);
        let mut parts = Vec::new();
        for &bits in split {
            let name = self.fresh("n");
            let (lo, hi) = (0, full(bits));
            if self.once_in(6) {
                let number = self.constant(0, hi);
                parts.push(format!("{name}: u{bits} == {number}"));
                continue;
            }
            parts.push(format!("{name}: u{bits}"));
            fields.push(WireField { name, kind: WireKind::Number { bits, lo, hi } });
        }
        parts.join(", ")
    }

    fn enum_field(&mut self, fields: &mut Vec<WireField>) -> String {
        let at = self.below(self.enums.len() as u64) as usize;
        let (decl, name) = (self.enums[at].clone(), self.fresh("n"));
        fields.push(WireField { name: name.clone(), kind: WireKind::Enum(at) });
        format!("{name}: {}<{}>", self.order(), decl.name)
    }

    fn constrained(&mut self) -> String {
        let name = self.fresh("n");
        let number = self.below(6);
        match self.below(3) {
            0 => format!("{name}: u8 == {number}"),
            1 => format!("{name}: be<u16> == {number}"),
            _ => format!("{name}: le<u32> in 0..={}", number + 1),
        }
    }

    /// A length and a run of that many bytes.
    fn counted_run(&mut self, fields: &mut Vec<WireField>) -> String {
        let len = self.fresh("n");
        let most = 1 + self.below(30);
        let number = WireKind::Number { bits: 8, lo: 0, hi: most };
        fields.push(WireField { name: len.clone(), kind: number });
        let (formula, lo, hi) = match self.below(4) {
            0 => (format!("{len} * 2"), 0, most * 2),
            1 => (format!("{len} + 3"), 3, most + 3),
            2 => (format!("min({len}, 9)"), 0, most.min(9)),
            _ => (len.clone(), 0, most),
        };
        let run = self.run_field(fields, lo, hi);
        format!("{len}: u8 in 0..={most}, {run}: bytes[{formula}]")
    }

    fn run_field(&mut self, fields: &mut Vec<WireField>, lo: u64, hi: u64) -> String {
        let name = self.fresh("r");
        fields.push(WireField { name: name.clone(), kind: WireKind::Run { lo, hi } });
        name
    }
}
