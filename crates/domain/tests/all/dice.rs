//! Chance for tests, from a seed that a failure prints.

use akashi_domain::{Day, PartialDate};

/// A small generator of numbers (xorshift*); the same seed gives the same story.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % n.max(1)
    }

    /// Tells whether one of `n` throws hit.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    /// A date within three years of `around`, now and then known to the month or year only.
    pub(crate) fn date(&mut self, around: Day) -> PartialDate {
        let day = Day(around.0 - 1100 + self.below(2200) as i32);
        let date = PartialDate::of(day);
        match self.below(8) {
            0 => PartialDate { day: None, ..date },
            1 => PartialDate { day: None, month: None, ..date },
            _ => date,
        }
    }
}
