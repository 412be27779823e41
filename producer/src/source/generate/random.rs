//! Random numbers by distribution, and the keys that streams of one seed have in common.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;

/// How many of the first whole numbers come how often: `k` in proportion to `k` to the power of minus the exponent.
///
/// Rejection-inversion after Hörmann and Derflinger: no table, whatever the count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Zipf {
    count: u64,
    exponent: f64,
    first: f64,
    last: f64,
    shortcut: f64,
}

impl Zipf {
    /// Numbers from 1 to `count`; the exponent is positive.
    pub(crate) fn new(count: u64, exponent: f64) -> Self {
        let mut zipf = Self {
            count,
            exponent,
            first: 0.0,
            last: 0.0,
            shortcut: 0.0,
        };
        zipf.first = zipf.integral(1.5) - 1.0;
        zipf.last = zipf.integral(float(count) + 0.5);
        zipf.shortcut = 2.0 - zipf.inverse(zipf.integral(2.5) - zipf.height(2.0));
        zipf
    }

    /// The highest number.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// The next number.
    pub(crate) fn draw(&self, random: &mut StdRng) -> u64 {
        loop {
            let u = self.last + random.random::<f64>() * (self.first - self.last);
            let x = self.inverse(u);
            let k = x.round().clamp(1.0, float(self.count));
            if k - x <= self.shortcut || u >= self.integral(k + 0.5) - self.height(k) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "whole and from 1 to the count"
                )]
                return k as u64;
            }
        }
    }

    fn height(&self, x: f64) -> f64 {
        (-self.exponent * x.ln()).exp()
    }

    fn integral(&self, x: f64) -> f64 {
        let log = x.ln();
        let power = (1.0 - self.exponent) * log;
        if power.abs() < 1e-8 {
            return log;
        }
        power.exp_m1() / (1.0 - self.exponent)
    }

    fn inverse(&self, area: f64) -> f64 {
        let power = ((1.0 - self.exponent) * area).max(-1.0);
        if power.abs() < 1e-8 {
            return area.exp();
        }
        (power.ln_1p() / (1.0 - self.exponent)).exp()
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "what is drawn among so many need not be told apart"
)]
const fn float(count: u64) -> f64 {
    count as f64
}

/// How long an event takes to arrive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Delay {
    /// Always the same.
    Fixed(Duration),
    /// From one to the other, each alike.
    Uniform(Duration, Duration),
    /// Mostly short, of this mean.
    Exponential(Duration),
    /// About this mean, with this deviation; never before its time.
    Normal(Duration, Duration),
}

impl Delay {
    /// The next delay, in seconds.
    pub(crate) fn draw(self, random: &mut StdRng) -> f64 {
        match self {
            Self::Fixed(delay) => delay.as_secs_f64(),
            Self::Uniform(low, high) => {
                low.as_secs_f64() + random.random::<f64>() * high.saturating_sub(low).as_secs_f64()
            }
            Self::Exponential(mean) => -mean.as_secs_f64() * open(random).ln(),
            Self::Normal(mean, deviation) => {
                let radius = (-2.0 * open(random).ln()).sqrt();
                let angle = std::f64::consts::TAU * random.random::<f64>();
                let normal = radius * angle.cos();
                (mean.as_secs_f64() + deviation.as_secs_f64() * normal).max(0.0)
            }
        }
    }
}

/// From above 0 to 1.
fn open(random: &mut StdRng) -> f64 {
    1.0 - random.random::<f64>()
}

/// Whether something comes to pass that does so in this share of all cases.
pub(crate) fn happens(share: f64, random: &mut StdRng) -> bool {
    share > 0.0 && random.random::<f64>() < share
}

/// Picks by weight.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Weights(Vec<f64>);

impl Weights {
    /// Positive weights, at least one.
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(sums.collect())
    }

    /// The index of the next choice.
    pub(crate) fn draw(&self, random: &mut StdRng) -> usize {
        let all = self.0.last().copied().unwrap_or(0.0);
        let point = random.random::<f64>() * all;
        let index = self.0.partition_point(|sum| *sum <= point);
        index.min(self.0.len().saturating_sub(1))
    }
}

/// The keys of a named stream: the k-th is the same wherever seed and name are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys(u64);

impl Keys {
    /// The keys of the stream of this name.
    pub(crate) fn of(seed: u64, stream: &str) -> Self {
        Self(named(seed, stream))
    }

    /// The k-th key, as a UUID.
    pub(crate) fn uuid(self, k: u64) -> uuid::Uuid {
        let high = mix(self.0 ^ mix(k));
        let low = mix(high ^ k);
        uuid::Builder::from_random_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
            .into_uuid()
    }
}

/// A number of its own for each name and seed.
pub(crate) fn named(seed: u64, name: &str) -> u64 {
    let bytes = name.bytes();
    bytes.fold(mix(seed), |hash, byte| mix(hash ^ u64::from(byte)))
}

/// Steele, Lea and Flood's `SplitMix64`: numbers that differ become numbers that have nothing in common.
const fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn zipf_gives_each_number_its_share() {
        const DRAWS: u32 = 200_000;
        for exponent in [0.5, 1.0, 1.2, 2.0] {
            let (zipf, mut random) = (Zipf::new(50, exponent), StdRng::seed_from_u64(1));
            let mut counts = [0_u32; 51];
            (0..DRAWS).for_each(|_| counts[usize::try_from(zipf.draw(&mut random)).unwrap()] += 1);
            let weights: Vec<f64> = (1..=50).map(|k| f64::from(k).powf(-exponent)).collect();
            let sum: f64 = weights.iter().sum();
            for (k, weight) in (1..).zip(&weights) {
                let (seen, expected) = (f64::from(counts[k]), f64::from(DRAWS) * weight / sum);
                assert!(
                    (seen - expected).abs() < 6.0 * expected.sqrt(),
                    "{k} came {seen} times instead of {expected}, exponent {exponent}"
                );
            }
        }
        let (one, huge) = (Zipf::new(1, 1.1), Zipf::new(u64::MAX, 1.1));
        let mut random = StdRng::seed_from_u64(2);
        assert!((0..1_000).all(|_| one.draw(&mut random) == 1 && huge.draw(&mut random) >= 1));
    }

    #[test]
    fn delays_have_their_means() {
        let seconds = Duration::from_secs;
        for (delay, mean) in [
            (Delay::Fixed(seconds(3)), 3.0),
            (Delay::Uniform(seconds(2), seconds(6)), 4.0),
            (Delay::Exponential(seconds(5)), 5.0),
            (Delay::Normal(seconds(60), seconds(5)), 60.0),
        ] {
            let mut random = StdRng::seed_from_u64(3);
            let drawn: Vec<f64> = (0..50_000).map(|_| delay.draw(&mut random)).collect();
            assert!(drawn.iter().all(|delay| *delay >= 0.0 && delay.is_finite()));
            let seen = drawn.iter().sum::<f64>() / 50_000.0;
            assert!((seen - mean).abs() < mean * 0.02, "{delay:?}: {seen}");
        }
    }

    #[test]
    fn keys_are_those_of_seed_and_stream() {
        let key = |seed, stream, k| Keys::of(seed, stream).uuid(k).to_string();
        assert_eq!(key(7, "users", 0), key(7, "users", 0));
        // A promise to whoever joins streams of two releases.
        assert_eq!(key(7, "users", 0), "97c9e0c3-8bff-4499-b58e-42bc5fed2f87");
        let keys = [
            key(7, "users", 1),
            key(8, "users", 0),
            key(7, "user", 0),
            key(7, "users", 0),
        ];
        let all: std::collections::HashSet<_> = keys.iter().collect();
        assert_eq!(all.len(), 4);
    }
}
