//! Counter-based random numbers: Philox 4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
//! easy as 1, 2, 3" (SC 2011).
//!
//! A number is a function of the seed and a counter, so a mask can be made again instead of stored, in any order
//! and on any number of threads.

/// The random numbers of one layer in one training step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    seed: u64,
    step: u64,
    layer: u32,
}

impl Random {
    /// The numbers that `seed` gives for layer 0 in step 0.
    pub const fn new(seed: u64) -> Self {
        Random { seed, step: 0, layer: 0 }
    }

    /// The numbers of the step after this one.
    pub const fn next_step(self) -> Self {
        Random { step: self.step.wrapping_add(1), ..self }
    }

    /// The numbers of the layer with this number, counted in the order of the text.
    pub const fn layer(self, layer: u32) -> Self {
        Random { layer, ..self }
    }

    /// The numbers of one of the parts that this layer is made of, as independent as those of two layers.
    pub fn part(self, part: u32) -> Self {
        let [low, high, ..] = Random { seed: !self.seed, ..self }.block(part);
        Random::new(u64::from(low) | u64::from(high) << 32)
    }

    /// The numbers that `seed` gives for layer 0 in this step.
    pub(crate) const fn at_step(seed: u64, step: u64) -> Self {
        Random { seed, step, layer: 0 }
    }

    /// The seed and the number of the step.
    pub(crate) const fn seed_and_step(self) -> (u64, u64) {
        (self.seed, self.step)
    }

    /// The number of the layer.
    #[cfg(feature = "cuda")]
    pub(crate) const fn layer_number(self) -> u32 {
        self.layer
    }

    /// Block number `block`: 128 random bits as four words.
    #[inline(always)]
    pub fn block(self, block: u32) -> [u32; 4] {
        philox([block, self.layer, self.step as u32, (self.step >> 32) as u32], self.seed)
    }

    /// The [`BLOCKS`] blocks from number `first` on: at little more than the cost of one, where vectors are wide.
    #[inline(always)]
    pub fn blocks(self, first: u32) -> [[u32; 4]; BLOCKS] {
        let mut numbers = [first; BLOCKS];
        numbers.iter_mut().enumerate().for_each(|(i, number)| *number = number.wrapping_add(i as u32));
        let [layer, low, high] =
            [self.layer, self.step as u32, (self.step >> 32) as u32].map(|word| [word; BLOCKS]);
        let words = philox_of([numbers, layer, low, high], self.seed);
        let mut blocks = [[0; 4]; BLOCKS];
        for (block, of_block) in blocks.iter_mut().enumerate() {
            for (word, of_word) in words.iter().enumerate() {
                of_block[word] = of_word[block];
            }
        }
        blocks
    }

    /// Sixteen random bits for position `position`: an even split of the blocks, eight positions each.
    #[inline]
    pub fn bits16(self, position: usize) -> u16 {
        let block = self.block((position / 8) as u32);
        (block[position % 8 / 2] >> (16 * (position % 2))) as u16
    }
}

/// How many blocks [`Random::blocks`] makes at once: with the products of 64 bits, a wide vector of them.
pub const BLOCKS: usize = 8;

/// Four words that depend on the counter and key as if drawn at random: ten rounds of Philox.
#[inline(always)]
fn philox([a, b, c, d]: [u32; 4], key: u64) -> [u32; 4] {
    let [[a], [b], [c], [d]] = philox_of([[a], [b], [c], [d]], key);
    [a, b, c, d]
}

/// The same for each of `N` counters at once.
#[inline(always)]
fn philox_of<const N: usize>(counters: [[u32; N]; 4], key: u64) -> [[u32; N]; 4] {
    let mut key = [key as u32, (key >> 32) as u32];
    // A word is the lower half of a lane, whatever is in the upper: a product needs no more.
    let mut counter = [[0; N]; 4];
    for (words, from) in counter.iter_mut().zip(counters) {
        words.iter_mut().zip(from).for_each(|(word, from)| *word = u64::from(from));
    }
    for _ in 0..10 {
        let mut next = [[0; N]; 4];
        for lane in 0..N {
            let product0 = (counter[0][lane] & 0xFFFF_FFFF) * 0xD251_1F53;
            let product1 = (counter[2][lane] & 0xFFFF_FFFF) * 0xCD9E_8D57;
            next[0][lane] = product1 >> 32 ^ counter[1][lane] ^ u64::from(key[0]);
            next[1][lane] = product1;
            next[2][lane] = product0 >> 32 ^ counter[3][lane] ^ u64::from(key[1]);
            next[3][lane] = product0;
        }
        counter = next;
        key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
    }
    let mut words = [[0; N]; 4];
    for (words, from) in words.iter_mut().zip(counter) {
        words.iter_mut().zip(from).for_each(|(word, from)| *word = from as u32);
    }
    words
}

/// A stream over the blocks of one [`Random`], for the distributions of the `rand` crates.
#[derive(Clone, Debug)]
pub struct Stream {
    random: Random,
    block: u32,
    words: [u32; 4],
    used: usize,
}

impl From<Random> for Stream {
    fn from(random: Random) -> Self {
        Stream { random, block: 0, words: [0; 4], used: 4 }
    }
}

impl rand::TryRng for Stream {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        if self.used == self.words.len() {
            self.words = self.random.block(self.block);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        Ok(self.words[self.used - 1])
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let low = self.try_next_u32()?;
        Ok(u64::from(low) | u64::from(self.try_next_u32()?) << 32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.try_next_u32()?.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers of the reference implementation, Random123.
    #[test]
    fn philox_gives_the_reference_numbers() {
        assert_eq!(philox([0; 4], 0), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([u32::MAX; 4], u64::MAX), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let key = 0x299f_31d0_a409_3822;
        assert_eq!(philox(pi, key), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn blocks_at_once_are_the_same() {
        let random = Random::new(0x1234_5678_9abc_def0).layer(7).next_step();
        for first in [0, 3, 1 << 20, u32::MAX - 2] {
            for (block, words) in random.blocks(first).into_iter().enumerate() {
                assert_eq!(words, random.block(first.wrapping_add(block as u32)), "{first} {block}");
            }
        }
    }

    #[test]
    fn every_position_has_bits_of_its_own() {
        let random = Random::new(3).layer(2).next_step();
        let bits: Vec<u16> = (0..64).map(|position| random.bits16(position)).collect();
        assert_eq!(bits[9], (random.block(1)[0] >> 16) as u16);
        let mut distinct = bits.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert!(distinct.len() > 60, "{bits:?}");
    }

    #[test]
    fn every_part_has_numbers_of_its_own() {
        let random = Random::new(3).layer(2);
        let others =
            [random.part(1), random.layer(1).part(0), random.next_step().part(0), Random::new(4).part(0)];
        others.into_iter().for_each(|other| assert_ne!(random.part(0).block(0), other.block(0)));
        assert_ne!(random.part(0).block(0), random.block(0));
        assert_eq!(random.part(0), random.part(0));
    }
}
