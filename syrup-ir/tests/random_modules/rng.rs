//! A small deterministic generator of numbers: xorshift64* (G. Marsaglia, S. Vigna).

/// The generator.
#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    /// The same numbers for the same seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`, which is not 0.
    pub fn below(&mut self, n: u64) -> u64 {
        (self.any() >> 16) % n
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// A number of `bits` bits that is likely to be at an edge of something.
    pub fn number(&mut self, bits: u8) -> u64 {
        let mask = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        let any = self.any();
        mask & match self.below(6) {
            0 => self.below(5),
            1 => u64::MAX - self.below(3),
            2 => 1 << self.below(bits.into()),
            3 => (1 << self.below(bits.into())) - 1,
            4 => any & 0xff,
            _ => any,
        }
    }
}
