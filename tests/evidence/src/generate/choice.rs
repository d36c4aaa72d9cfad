//! Numbers that depend on a choice: `if`, `match`, and the patterns of numbers.

use super::maker::{Ex, Maker, full};

impl Maker<'_> {
    /// `if c { a } else { b }`
    pub(super) fn either_number(&mut self, bits: u8, depth: u32) -> Ex {
        let cond = self.condition(depth);
        let a = self.number(bits, depth);
        let b = self.number(bits, depth);
        let (a, b) = (self.typed(a, bits), self.typed(b, bits));
        let text = format!("(if {} {{ {} }} else {{ {} }})", cond.text, a.text, b.text);
        Ex::new(text, a.lo.min(b.lo), a.hi.max(b.hi)).with(a.from | b.from | cond.from)
    }

    /// `match x { 0 => ..., 1..=5 | 9 if ... => ..., _ => ... }` with numbers as values.
    pub(super) fn match_number(&mut self, bits: u8, depth: u32) -> Ex {
        let asked_bits = self.width();
        let asked = self.number(asked_bits, depth);
        let asked = self.typed(asked, asked_bits);
        let (mut arms, mut from) = (String::new(), asked.from);
        let (mut lo, mut hi) = (u64::MAX, 0);
        for _ in 0..=self.below(3) {
            let pattern = self.number_pattern(asked_bits);
            let guard = match self.once_in(5) {
                true => {
                    let guard = self.reading(|maker| maker.condition(depth.min(1)));
                    from |= guard.from;
                    format!(" if {}", guard.text)
                }
                false => String::new(),
            };
            let value = self.number(bits, depth.saturating_sub(1));
            let value = self.typed(value, bits);
            (lo, hi, from) = (lo.min(value.lo), hi.max(value.hi), from | value.from);
            arms += &format!("{pattern}{guard} => {}, ", value.text);
        }
        let last = self.number(bits, depth.saturating_sub(1));
        let last = self.typed(last, bits);
        let text = format!("(match {} {{ {arms}_ => {} }})", asked.text, last.text);
        Ex::new(text, lo.min(last.lo), hi.max(last.hi)).with(from | last.from)
    }

    /// A pattern of numbers: one, a range, or several.
    pub(super) fn number_pattern(&mut self, bits: u8) -> String {
        let one = |maker: &mut Self| {
            let a = maker.constant(0, full(bits));
            if maker.once_in(3) {
                let b = maker.constant(a, full(bits));
                return format!("{a}..={b}");
            }
            a.to_string()
        };
        let mut text = one(self);
        while self.once_in(3) {
            text = format!("{text} | {}", one(self));
        }
        text
    }
}
