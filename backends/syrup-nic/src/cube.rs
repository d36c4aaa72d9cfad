//! What a rule matches: for each field some bits that must have a value.

use std::collections::BTreeMap;

/// A field that a card's rules can match.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Field {
    /// The EtherType behind any VLAN tags, 16 bits.
    Ethertype,
    /// The transport protocol of a whole datagram, 8 bits.
    Protocol,
    /// Whether an IPv4 packet is a whole datagram and no fragment, 1 bit; it is where a protocol is
    /// named.
    Whole,
    /// The traffic class of IPv4 (once "type of service") or IPv6, 8 bits.
    TrafficClass,
    /// The source address of IPv4, 32 bits.
    SrcV4,
    /// The destination address of IPv4, 32 bits.
    DstV4,
    /// The source address of IPv6, 128 bits.
    SrcV6,
    /// The destination address of IPv6, 128 bits.
    DstV6,
    /// The source port, 16 bits.
    SrcPort,
    /// The destination port, 16 bits.
    DstPort,
}

impl Field {
    /// How many bits it has.
    pub const fn bits(self) -> u32 {
        match self {
            Field::Whole => 1,
            Field::Ethertype | Field::SrcPort | Field::DstPort => 16,
            Field::Protocol | Field::TrafficClass => 8,
            Field::SrcV4 | Field::DstV4 => 32,
            Field::SrcV6 | Field::DstV6 => 128,
        }
    }

    /// A mask of all its bits.
    pub const fn all(self) -> u128 {
        u128::MAX >> (128 - self.bits())
    }
}

/// Bits of a field and the value they must have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Masked {
    /// The value; 0 outside the mask.
    pub value: u128,
    /// The bits that count.
    pub mask: u128,
}

/// What several fields must be; every frame where there is none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Cube(BTreeMap<Field, Masked>);

impl Cube {
    /// One condition.
    pub fn of(field: Field, wants: Masked) -> Cube {
        Cube(BTreeMap::from([(field, wants)]))
    }

    /// A field that has exactly this value.
    pub fn exactly(field: Field, value: u128) -> Cube {
        Cube::of(field, Masked { value, mask: field.all() })
    }

    /// What a field must be.
    pub fn get(&self, field: Field) -> Option<Masked> {
        self.0.get(&field).copied()
    }

    /// The one value a field may have, where all its bits count.
    pub fn value(&self, field: Field) -> Option<u128> {
        let wants = self.get(field).filter(|wants| wants.mask == field.all())?;
        Some(wants.value)
    }

    /// The conditions by field.
    pub fn fields(&self) -> impl Iterator<Item = (Field, Masked)> {
        self.0.iter().map(|(field, wants)| (*field, *wants))
    }

    /// Whether every frame matches.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// What matches both; nothing where they contradict each other.
    pub fn and(&self, other: &Cube) -> Option<Cube> {
        let mut both = self.clone();
        for (field, wants) in other.fields() {
            let at = both.0.entry(field).or_insert(Masked { value: 0, mask: 0 });
            if (at.value ^ wants.value) & at.mask & wants.mask != 0 {
                return None;
            }
            *at = Masked { value: at.value | wants.value, mask: at.mask | wants.mask };
        }
        Some(both)
    }

    /// Whether all that matches the other matches this.
    pub fn covers(&self, other: &Cube) -> bool {
        self.fields().all(|(field, wants)| {
            other.get(field).is_some_and(|at| {
                wants.mask & !at.mask == 0 && (at.value ^ wants.value) & wants.mask == 0
            })
        })
    }
}

/// The fewest aligned stretches that make up `lo..=hi` of a number of so many bits, as values with
/// masks.
pub(crate) fn prefixes(lo: u64, hi: u64, bits: u32) -> Vec<(u64, u64)> {
    let all = u64::MAX >> (64 - bits.clamp(1, 64));
    let mut found = Vec::new();
    let mut at = lo;
    loop {
        // The largest stretch that begins here and ends within the range.
        let fits = |size: u32| {
            let low = u64::MAX.checked_shr(64 - size).unwrap_or(0);
            at & low == 0 && at | low <= hi && low <= all
        };
        let size = (0..=bits).rev().find(|size| fits(*size)).unwrap_or(0);
        let low = u64::MAX.checked_shr(64 - size).unwrap_or(0);
        found.push((at, all & !low));
        match (at | low).checked_add(1) {
            Some(next) if next <= hi => at = next,
            _ => return found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_make_up_every_range_of_a_byte() {
        for lo in 0..=255u64 {
            for hi in lo..=255 {
                let found = prefixes(lo, hi, 8);
                assert!(found.len() <= 14, "{lo}..={hi}");
                for number in 0..=255 {
                    let n_hits = found.iter().filter(|(v, m)| number & m == *v).count();
                    assert_eq!(n_hits, usize::from((lo..=hi).contains(&number)), "{lo}..={hi}");
                }
            }
        }
        assert_eq!(prefixes(0, u64::MAX, 64), [(0, 0)]);
        assert_eq!(prefixes(u64::MAX, u64::MAX, 64), [(u64::MAX, u64::MAX)]);
    }

    #[test]
    fn cubes_meet_and_cover() {
        let port = Cube::exactly(Field::DstPort, 53);
        let even = Cube::of(Field::DstPort, Masked { value: 0, mask: 1 });
        let udp = Cube::exactly(Field::Protocol, 17);
        assert_eq!(port.and(&even), None);
        let both = port.and(&udp).expect("they do not contradict");
        assert!(port.covers(&both) && udp.covers(&both) && !both.covers(&port));
        assert!(Cube::default().covers(&both) && !both.covers(&Cube::default()));
        assert_eq!(both.value(Field::DstPort), Some(53));
    }
}
