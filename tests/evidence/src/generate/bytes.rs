//! Runs of bytes: parts, bytes by index, comparisons and hashes.

use super::maker::{Ex, Maker, Ty, full};

impl Maker<'_> {
    /// A literal run of bytes of a length.
    pub(super) fn bytes_literal(&mut self, len: u64) -> Ex {
        const WORDS: &[u8] = b"GET PUT abcABC";
        let is_text = len > 0 && self.once_in(2);
        let text = match is_text {
            true => {
                let start = self.below(6) as usize;
                let chars = (0..len as usize).map(|at| WORDS[(start + at) % WORDS.len()] as char);
                format!("b\"{}\"", chars.collect::<String>())
            }
            false => {
                let bytes = (0..len).map(|_| {
                    let byte = if self.once_in(3) { self.below(256) } else { self.below(3) };
                    format!("{byte:02x}")
                });
                format!("hex\"{}\"", bytes.collect::<Vec<_>>().join(" "))
            }
        };
        Ex::new(text, len, len)
    }

    /// A run whose length is surely in an interval: of a local, or written out.
    pub(super) fn bytes_of(&mut self, lo: u64, hi: u64) -> Ex {
        let locals = self.locals(Ty::Bytes);
        let fits: Vec<_> =
            locals.into_iter().filter(|local| local.lo >= lo && local.hi <= hi).collect();
        if let (Some(local), true) = (self.one_of(&fits), self.once_in(2)) {
            return Ex::new(local.name, local.lo, local.hi).with(local.from);
        }
        let longest = self.locals(Ty::Bytes).into_iter().find(|local| local.lo >= hi && hi > 0);
        if let (Some(local), true) = (longest, self.once_in(2)) {
            self.count("bytes.part");
            return Ex::new(format!("{}[..{hi}]", local.name), hi, hi).with(local.from);
        }
        let len = self.constant(lo, hi.min(lo + 20));
        self.bytes_literal(len)
    }

    /// A run that is in scope, or a part of one.
    pub(super) fn run(&mut self) -> Option<Ex> {
        let locals = self.locals(Ty::Bytes);
        let local = self.one_of(&locals)?;
        let whole = Ex::new(local.name, local.lo, local.hi).with(local.from);
        let name = &whole.text;
        let part = match self.choose(&[
            ("bytes.whole", 4),
            ("bytes.from", 2),
            ("bytes.to", 2),
            ("bytes.between", 2),
        ]) {
            "bytes.from" => {
                let i = self.below(whole.lo + 1);
                Ex::new(format!("{name}[{i}..]"), whole.lo - i, whole.hi - i)
            }
            "bytes.to" => {
                let j = self.below(whole.lo + 1);
                Ex::new(format!("{name}[..{j}]"), j, j)
            }
            "bytes.between" => {
                let j = self.below(whole.lo + 1);
                let i = self.below(j + 1);
                Ex::new(format!("{name}[{i}..{j}]"), j - i, j - i)
            }
            _ => whole.clone(),
        };
        Some(part.with(whole.from))
    }

    /// A byte or a length.
    pub(super) fn byte(&mut self, bits: u8, depth: u32) -> Option<Ex> {
        match bits {
            32 => {
                let run = self.run()?;
                Some(Ex::new(format!("{}.len", run.text), run.lo, run.hi).with(run.from))
            }
            8 => {
                let locals = self.locals(Ty::Bytes);
                let some: Vec<_> = locals.into_iter().filter(|local| local.lo > 0).collect();
                let local = self.one_of(&some)?;
                let index = self.number_below(32, local.lo - 1, depth.min(2));
                let text = format!("{}[{}]", local.name, index.text);
                Some(Ex::new(text, 0, 255).with(index.from | local.from))
            }
            _ => None,
        }
    }

    /// `hash(x)` of a number, a run or a struct.
    pub(super) fn hash(&mut self, bits: u8, depth: u32) -> Option<Ex> {
        if bits != 32 {
            return None;
        }
        let way = self.choose(&[("hash.bytes", 4), ("hash.number", 2), ("hash.struct", 1)]);
        let inner = match way {
            "hash.bytes" => {
                let run = self.run()?;
                // A hash of a long run costs what the longest costs.
                if run.hi > 64 || self.work < run.hi * 2 {
                    return None;
                }
                let text = if self.once_in(4) { run.text + ".lower()" } else { run.text };
                Ex { text, ..Ex::new("", 0, 0).with(run.from) }
            }
            "hash.struct" => {
                let at = self.below(self.structs.len() as u64) as usize;
                let decl = self.structs.get(at)?;
                if decl.fields.iter().any(|field| matches!(field.ty, Ty::Exec(_))) {
                    return None;
                }
                let locals = self.locals(Ty::Struct(at));
                let local = self.one_of(&locals)?;
                Ex::new(local.name, 0, 0).with(local.from)
            }
            _ => {
                let other = self.one_of(&[8, 16, 32, 64])?;
                let number = self.number(other, depth);
                self.typed(number, other)
            }
        };
        let name = if way == "hash.bytes" && self.once_in(3) { "hash32" } else { "hash" };
        Some(Ex::new(format!("{name}({})", inner.text), 0, full(32)).with(inner.from))
    }

    /// A comparison of runs.
    pub(super) fn compare_bytes(&mut self, _depth: u32) -> Option<Ex> {
        let run = self.run()?;
        if run.hi > 64 {
            return None;
        }
        match self.choose(&[("bytes.equal", 3), ("bytes.starts_with", 3), ("bytes.same", 1)]) {
            "bytes.starts_with" => {
                let n = self.below(run.hi.min(9) + 1).max(1);
                let literal = self.bytes_literal(n);
                let text = format!("{}.starts_with({})", run.text, literal.text);
                Some(Ex::new(text, 0, 1).with(run.from))
            }
            "bytes.same" => {
                let other = self.run()?;
                let may_be = run.lo.max(other.lo) <= run.hi.min(other.hi);
                (other.hi <= 64 && may_be).then(|| {
                    let text = format!("({} == {})", run.text, other.text);
                    Ex::new(text, 0, 1).with(run.from | other.from)
                })
            }
            _ => {
                let n = self.constant(run.lo, run.hi.min(run.lo + 12));
                let literal = self.bytes_literal(n);
                let sign = if self.once_in(2) { "==" } else { "!=" };
                Some(
                    Ex::new(format!("({} {sign} {})", run.text, literal.text), 0, 1).with(run.from),
                )
            }
        }
    }
}
