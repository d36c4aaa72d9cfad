//! Reads back the BTF that [`super::build`] wrote: strings, and the variables of sections.
//!
//! In: BTF bytes. Out: names and places. Bytes that are not BTF give empty answers, never a panic.

/// BTF bytes with the places of their parts.
pub struct Reader<'a> {
    types: &'a [u8],
    strings: &'a [u8],
}

/// A section with its variables.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// Name, offset and size in bytes of each variable.
    pub vars: Vec<(String, u32, u32)>,
}

impl<'a> Reader<'a> {
    /// Finds the parts.
    pub fn new(btf: &'a [u8]) -> Reader<'a> {
        let part = |offset: usize, len: usize| {
            let start = word(btf, 4)?.checked_add(word(btf, offset)?)? as usize;
            btf.get(start..start.checked_add(word(btf, len)? as usize)?)
        };
        let empty: &[u8] = &[];
        Reader { types: part(8, 12).unwrap_or(empty), strings: part(16, 20).unwrap_or(empty) }
    }

    /// The string at an offset.
    pub fn string(&self, offset: u32) -> &'a str {
        let Some(rest) = self.strings.get(offset as usize..) else { return "" };
        let end = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
        std::str::from_utf8(&rest[..end]).unwrap_or("")
    }

    /// The offset of a string that stands there as a whole.
    pub fn offset_of(&self, text: &str) -> Option<u32> {
        let mut at = 0u32;
        while (at as usize) < self.strings.len() {
            let found = self.string(at);
            if found == text {
                return Some(at);
            }
            at += found.len() as u32 + 1;
        }
        None
    }

    /// Every section, in order.
    pub fn sections(&self) -> Vec<Section> {
        let (mut names, mut sections) = (vec![0u32], Vec::new());
        let mut at = 0;
        while let (Some(name), Some(info)) = (word(self.types, at), word(self.types, at + 4)) {
            let (kind, vlen) = (info >> 24 & 0x1f, (info & 0xffff) as usize);
            names.push(name);
            let rest = at + 12;
            at = rest
                + match kind {
                    1 | 14 => 4,
                    3 => 12,
                    4 | 5 | 15 | 19 => 12 * vlen,
                    6 | 13 => 8 * vlen,
                    _ => 0,
                };
            if kind == 15 {
                sections.push((name, rest, vlen));
            }
        }
        let var = |at: usize| {
            let name = *names.get(word(self.types, at)? as usize)?;
            let (offset, bytes) = (word(self.types, at + 4)?, word(self.types, at + 8)?);
            Some((self.string(name).to_owned(), offset, bytes))
        };
        sections
            .into_iter()
            .map(|(name, rest, n)| Section {
                name: self.string(name).to_owned(),
                vars: (0..n).filter_map(|idx| var(rest + 12 * idx)).collect(),
            })
            .collect()
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}
