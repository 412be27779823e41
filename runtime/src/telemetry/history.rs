//! The last minutes of a few numbers, one sample a second, for the charts of a daemon's page.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// How far a chart goes back.
const SPAN: Duration = Duration::from_mins(5);
const EVERY: Duration = Duration::from_secs(1);
/// A rate that is shown as a number is that of so much time; single seconds jump.
const NOW: Duration = Duration::from_secs(5);
/// Samples kept: a span's, and one that the first rate is counted from.
const MOST: usize = 301;

/// What a chart shows of the numbers read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The number itself.
    Level,
    /// How much a counter grows in a second.
    Rate,
}

/// The charts of one daemon.
#[derive(Clone, Default)]
pub struct History {
    charts: Arc<Mutex<Vec<Chart>>>,
}

struct Chart {
    title: &'static str,
    unit: &'static str,
    measure: Measure,
    read: Box<dyn Fn() -> Option<u64> + Send + Sync>,
    samples: VecDeque<(Instant, f64)>,
}

/// A chart as it is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) title: &'static str,
    pub(crate) unit: &'static str,
    /// Seconds ago and value, the oldest first.
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) now: Option<f64>,
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<_> = self.lock().iter().map(|chart| chart.title).collect();
        f.debug_struct("History").field("charts", &titles).finish()
    }
}

impl History {
    /// Adds a chart; `read` is called each second and gives nothing while the number is not known.
    pub fn chart(
        &self,
        title: &'static str,
        unit: &'static str,
        measure: Measure,
        read: impl Fn() -> Option<u64> + Send + Sync + 'static,
    ) {
        let mut charts = self.lock();
        charts.retain(|chart| chart.title != title);
        charts.push(Chart {
            title,
            unit,
            measure,
            read: Box::new(read),
            samples: VecDeque::with_capacity(MOST),
        });
    }

    /// Takes samples for as long as somebody may look.
    pub(crate) async fn keep(&self) {
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.sample(Instant::now());
        }
    }

    fn sample(&self, now: Instant) {
        for chart in self.lock().iter_mut() {
            let Some(value) = (chart.read)() else {
                continue;
            };
            if chart.samples.len() == MOST {
                chart.samples.pop_front();
            }
            #[expect(
                clippy::cast_precision_loss,
                reason = "no curve shows one record among 2^53"
            )]
            chart.samples.push_back((now, value as f64));
        }
    }

    /// All charts as they are now.
    pub(crate) fn curves(&self) -> Vec<Curve> {
        let now = Instant::now();
        self.lock().iter().map(|chart| chart.curve(now)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Chart>> {
        self.charts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Chart {
    fn curve(&self, now: Instant) -> Curve {
        let recent = self
            .samples
            .iter()
            .filter(|(at, _)| now.duration_since(*at) <= SPAN + EVERY);
        let samples: Vec<(Instant, f64)> = recent.copied().collect();
        let ago = |at: Instant| now.duration_since(at).as_secs_f64();
        let points = match self.measure {
            Measure::Level => samples
                .iter()
                .map(|(at, value)| (ago(*at), *value))
                .collect(),
            Measure::Rate => samples
                .iter()
                .zip(samples.iter().skip(1))
                .filter_map(|(from, to)| Some((ago(to.0), rate(*from, *to)?)))
                .collect(),
        };
        let last = samples.last().copied();
        let now = match self.measure {
            Measure::Level => last.map(|(_, value)| value),
            Measure::Rate => last.and_then(|last| {
                let first = samples.iter().find(|(at, _)| last.0 - *at <= NOW)?;
                rate(*first, last)
            }),
        };
        Curve {
            title: self.title,
            unit: self.unit,
            points,
            now,
        }
    }
}

/// Growth a second between two samples of a counter.
fn rate((earlier, from): (Instant, f64), (later, to): (Instant, f64)) -> Option<f64> {
    let seconds = later.duration_since(earlier).as_secs_f64();
    (seconds > 0.0).then(|| (to - from).max(0.0) / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn rates_are_counted_from_successive_counters_and_only_a_span_is_kept() {
        let (history, counter) = (History::default(), Arc::new(AtomicU64::new(0)));
        let read = Arc::clone(&counter);
        history.chart("Records", "records/s", Measure::Rate, move || {
            Some(read.load(Ordering::Relaxed))
        });
        let began = Instant::now();
        for second in 0..400 {
            history.sample(began + EVERY * second);
            counter.fetch_add(10, Ordering::Relaxed);
        }
        let curve = history.lock()[0].curve(began + EVERY * 399);
        assert_eq!(curve.points.len(), MOST - 1);
        assert!(
            curve
                .points
                .iter()
                .all(|(_, rate)| (rate - 10.0).abs() < 1e-6)
        );
        assert!(
            curve.points.first() > curve.points.last(),
            "the oldest first"
        );
        assert!((curve.now.unwrap() - 10.0).abs() < 1e-6);
    }

    #[test]
    fn a_level_that_is_not_known_has_no_points() {
        let history = History::default();
        history.chart("Lag", "records", Measure::Level, || None);
        history.sample(Instant::now());
        let curve = &history.curves()[0];
        assert!(curve.points.is_empty() && curve.now.is_none());
    }
}
