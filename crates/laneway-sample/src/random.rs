//! Random numbers that are the same on every machine and in every release.
//!
//! SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014), written out
//! here because the documents of a seed are a promise, and the crates for random numbers promise their
//! streams only for one version. Integers only: powers and logarithms differ between platforms.

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    /// The stream that belongs to `seed` and these coordinates, whatever was drawn elsewhere.
    pub(crate) fn at(seed: u64, coordinates: [u64; 3]) -> Self {
        let state =
            coordinates.iter().fold(mix(seed ^ GAMMA), |state, part| mix(state.wrapping_add(GAMMA) ^ mix(*part)));
        Self { state }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GAMMA);
        mix(self.state)
    }

    /// A number below `bound`; 0 when the bound is 0. (The bias of the multiplication is below 2⁻³².)
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        u64::try_from((u128::from(self.next()) * u128::from(bound)) >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.index(choices.len())]
    }

    /// A position in something with `len` elements.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or_default()
    }

    /// A number below `bound`, small ones more often: of every range, its first half is drawn in
    /// `percent` of a hundred cases. 50 is even; 80 gives a fifth of the numbers four fifths of the draws.
    pub(crate) fn skewed(&mut self, bound: u64, percent: u32) -> u64 {
        let (mut low, mut len) = (0, bound);
        while len > 1 {
            // An odd range's middle belongs to the first half: as likely as that half's share of the range
            // when the draw is even.
            let first = len.div_ceil(2);
            let weight_first = u64::from(percent) * first;
            let weight_second = u64::from(100 - percent) * (len - first);
            if self.below(weight_first + weight_second) < weight_first {
                len = first;
            } else {
                low += first;
                len -= first;
            }
        }
        low
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_generator_is_splitmix64() {
        let mut random = Random { state: 1_234_567 };
        let drawn: Vec<u64> = (0..5).map(|_| random.next()).collect();
        // The values that the algorithm's authors' code gives for this state.
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn skew_of_fifty_percent_is_even_and_of_eighty_is_not() {
        let draws = 60_000;
        for (percent, of_the_first) in [(50, 10_000), (80, 34_133)] {
            let mut random = Random::at(7, [0, 0, 0]);
            let first = (0..draws).filter(|_| random.skewed(6, percent) == 0).count();
            assert!(first.abs_diff(of_the_first) < 1_000, "{percent} %: {first} of {draws} draws were 0");
        }
    }

    #[test]
    fn draws_stay_below_their_bound() {
        let mut random = Random::at(1, [2, 3, 4]);
        for bound in 1..200 {
            for percent in [50, 80, 99] {
                assert!(random.skewed(bound, percent) < bound);
            }
            assert!(random.below(bound) < bound);
        }
        assert_eq!((random.below(0), random.skewed(0, 80)), (0, 0));
    }
}
