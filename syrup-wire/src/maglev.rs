//! The permutation table of Maglev hashing, as everyone who fills one must compute it.
//!
//! In: the slots that hold an executor, the size of the table. Out: for each position, a slot.
//! Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer",
//! NSDI 2016, section 3.4. A change of one executor moves few positions besides its own share.
//!
//! A slot's permutation comes from its number alone, so an executor that is replaced in its slot
//! keeps its share, and two processes that fill a table write the same one.

/// A table of `size` positions over `slots`; every position is 0 where there are no slots.
///
/// `size` is a prime number above the number of slots, which makes each slot's walk visit every
/// position; a hundred times as large makes shares equal within one per cent (the paper's
/// section 5.3).
pub fn table(slots: &[u32], size: u32) -> Vec<u32> {
    if slots.is_empty() || size < 2 {
        return vec![0; size as usize];
    }
    let mut walks: Vec<Walk> = slots.iter().map(|slot| Walk::of(*slot, size)).collect();
    let mut table = vec![None; size as usize];
    let mut n_left = size;
    while n_left > 0 {
        for (walk, slot) in walks.iter_mut().zip(slots) {
            // Walks of a size that is no prime may not reach every position; they end all the same.
            let Some(at) = (0..size).map(|_| walk.next(size)).find(|at| table[*at].is_none())
            else {
                return table.into_iter().map(|slot| slot.unwrap_or(slots[0])).collect();
            };
            table[at] = Some(*slot);
            n_left -= 1;
            if n_left == 0 {
                break;
            }
        }
    }
    table.into_iter().flatten().collect()
}

/// Whether a number is prime.
pub fn is_prime(number: u32) -> bool {
    let number = u64::from(number);
    number > 1 && (2..).take_while(|d| d * d <= number).all(|d| !number.is_multiple_of(d))
}

/// The positions a slot would like, best first.
struct Walk {
    at: u64,
    skip: u64,
}

impl Walk {
    fn of(slot: u32, size: u32) -> Walk {
        let size = u64::from(size);
        let mixed = mix(u64::from(slot));
        Walk { at: (mixed >> 32) % size, skip: (mixed & 0xffff_ffff) % (size - 1) + 1 }
    }

    fn next(&mut self, size: u32) -> usize {
        let at = self.at;
        self.at = (at + self.skip) % u64::from(size);
        at as usize
    }
}

/// Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014: SplitMix64.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(table: &[u32], n: u32) -> Vec<usize> {
        (0..n).map(|slot| table.iter().filter(|s| **s == slot).count()).collect()
    }

    #[test]
    fn shares_differ_by_at_most_one() {
        // The walks take turns, so no slot is ever two positions ahead.
        let slots: Vec<u32> = (0..7).collect();
        let shares = shares(&table(&slots, 1009), 7);
        assert!(shares.iter().all(|n| (144..=145).contains(n)), "{shares:?}");
    }

    #[test]
    fn few_positions_move_when_one_slot_goes() {
        let (size, n) = (65_537, 10);
        let before = table(&(0..n).collect::<Vec<_>>(), size);
        let after = table(&(0..n).filter(|slot| *slot != 3).collect::<Vec<_>>(), size);
        assert!(!after.contains(&3));
        let moved = before.iter().zip(&after).filter(|(b, a)| **b != 3 && b != a).count();
        // A plain modulo would move nine positions of ten.
        assert!(moved < size as usize / 20, "{moved} of {size} moved");
    }

    #[test]
    fn odd_tables_end() {
        assert_eq!(table(&[], 5), [0; 5]);
        assert_eq!(table(&[4], 7), [4; 7]);
        assert_eq!(table(&[0, 1, 2], 1).len(), 1);
        // Sizes without the property that walks need.
        assert_eq!(table(&[0, 1, 2, 3, 4, 5], 8).len(), 8);
    }

    #[test]
    fn primes_are_told_from_others() {
        let primes: Vec<u32> = (0..30).filter(|n| is_prime(*n)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]);
        assert!(is_prime(65_537) && !is_prime(65_536));
    }
}
