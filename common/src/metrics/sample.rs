//! How long records take and how large they are, seen on one record of many: to look at each would cost more than
//! some of them do.

use std::time::Instant;

use prometheus::Histogram;

use super::codec::FORMATS;
use crate::registry::DataFormat;

/// One record of so many is looked at. A prime, so that no pattern in the records goes along with it.
const EVERY: u32 = 127;

/// Looks at the records of one worker in one direction.
#[derive(Clone, Debug)]
pub(crate) struct Sampler {
    /// By data format.
    pub(crate) durations: [Histogram; FORMATS.len()],
    pub(crate) raw: Histogram,
    pub(crate) framed: Histogram,
    /// Records until the next one that is looked at.
    pub(super) left: u32,
}

/// A record that is looked at.
pub(crate) struct Sample {
    began: Instant,
}

impl Sampler {
    /// Begins with a record; the first one is looked at.
    pub(crate) fn begin(&mut self) -> Option<Sample> {
        if self.left > 0 {
            self.left -= 1;
            return None;
        }
        self.left = EVERY - 1;
        let began = Instant::now();
        Some(Sample { began })
    }

    /// Ends with a record that went through: its payload, not compressed, and its whole value, in bytes.
    #[cold]
    pub(crate) fn end(&self, sample: &Sample, format: DataFormat, raw: usize, framed: usize) {
        let took = sample.began.elapsed().as_secs_f64();
        self.durations[format as usize].observe(took);
        for (histogram, bytes) in [(&self.raw, raw), (&self.framed, framed)] {
            #[expect(
                clippy::cast_precision_loss,
                reason = "no value is as large as 2^53 bytes"
            )]
            histogram.observe(bytes as f64);
        }
    }
}
