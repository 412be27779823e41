//! What is known of each partition, as gauges that come and go with it, and for `/state`.

use prometheus::{Error, IntGauge, IntGaugeVec};
use runtime::telemetry::maker::Maker;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Partitions of one consumer that have gauges of their own; of more, only sums and the largest lag are shown.
const MOST_PARTITIONS: usize = 200;

/// Gauges a partition; they go when the partition goes.
#[derive(Clone, Debug)]
pub(crate) struct PartitionMetrics {
    topic: String,
    lag_max: IntGauge,
    queue_records: IntGauge,
    queue_bytes: IntGauge,
    lag: IntGaugeVec,
    lag_seconds: IntGaugeVec,
    position: IntGaugeVec,
    committed: IntGaugeVec,
    high_watermark: IntGaugeVec,
    views: Arc<Mutex<BTreeMap<i32, PartitionView>>>,
}

/// One partition as librdkafka's statistics show it; negative numbers are its word for unknown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PartitionView {
    /// Records behind what is finished.
    pub(crate) lag: i64,
    /// Age of the oldest record that is not finished.
    pub(crate) lag_seconds: i64,
    pub(crate) position: i64,
    pub(crate) committed: i64,
    pub(crate) high_watermark: i64,
    /// Fetched, and not read by us yet.
    pub(crate) queue_records: i64,
    pub(crate) queue_bytes: i64,
}

impl PartitionMetrics {
    pub(super) fn register(make: Maker<'_>, topic: &str) -> Result<Self, Error> {
        let gauges = |name, help| make.gauges(name, help, &["topic", "partition"]);
        let gauge = |name, help| {
            let gauges = make.gauges(name, help, &["topic"])?;
            Ok::<_, Error>(gauges.with_label_values(&[topic]))
        };
        Ok(Self {
            topic: topic.to_owned(),
            lag_max: gauge(
                "consumer_lag_max_records",
                "The largest lag of any partition of this consumer.",
            )?,
            queue_records: gauge(
                "consumer_queue_records",
                "Records fetched from Kafka and not read yet.",
            )?,
            queue_bytes: gauge("consumer_queue_bytes", "Bytes of those records.")?,
            lag: gauges(
                "consumer_lag_records",
                "Records behind what is finished, as of the last fetch; of up to 200 partitions.",
            )?,
            lag_seconds: gauges(
                "consumer_lag_seconds",
                "Age of the oldest record that is not finished, 0 when none is known.",
            )?,
            position: gauges("consumer_position_offset", "The next offset to finish.")?,
            committed: gauges("consumer_committed_offset", "The committed offset.")?,
            high_watermark: gauges(
                "consumer_high_watermark_offset",
                "The end of the partition, as of the last fetch.",
            )?,
            views: Arc::default(),
        })
    }

    /// Shows all partitions of one report.
    pub(crate) fn show(&self, views: BTreeMap<i32, PartitionView>) {
        let sum = |of: fn(&PartitionView) -> i64| views.values().map(of).sum();
        self.queue_records.set(sum(|view| view.queue_records));
        self.queue_bytes.set(sum(|view| view.queue_bytes));
        let lag_max = views.values().map(|view| view.lag).max();
        self.lag_max.set(lag_max.unwrap_or(0).max(0));
        if views.len() <= MOST_PARTITIONS {
            for (partition, view) in &views {
                self.show_one(*partition, view);
            }
        }
        *self.last() = views;
    }

    /// The last report.
    pub(crate) fn views(&self) -> BTreeMap<i32, PartitionView> {
        self.last().clone()
    }

    /// Records behind what is finished, of all partitions; nothing while none is known.
    pub(crate) fn lag(&self) -> Option<u64> {
        let views = self.last();
        let known = views.values().map(|view| u64::try_from(view.lag));
        let lags: Vec<u64> = known.filter_map(Result::ok).collect();
        (!lags.is_empty()).then(|| lags.iter().sum())
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<i32, PartitionView>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn show_one(&self, partition: i32, view: &PartitionView) {
        let partition = partition.to_string();
        let labels = &[self.topic.as_str(), partition.as_str()];
        let pairs = [
            (&self.lag, view.lag),
            (&self.lag_seconds, view.lag_seconds),
            (&self.position, view.position),
            (&self.committed, view.committed),
            (&self.high_watermark, view.high_watermark),
        ];
        for (gauge, value) in pairs {
            if value >= 0 {
                gauge.with_label_values(labels).set(value);
            }
        }
    }

    /// The partition is somebody else's now.
    pub(crate) fn forget(&self, partition: i32) {
        self.last().remove(&partition);
        let partition = partition.to_string();
        let labels = &[self.topic.as_str(), partition.as_str()];
        for gauge in [
            &self.lag,
            &self.lag_seconds,
            &self.position,
            &self.committed,
            &self.high_watermark,
        ] {
            // An error means that it was never shown.
            gauge.remove_label_values(labels).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::Registry;

    #[test]
    fn beyond_so_many_partitions_only_sums_and_the_largest_lag_are_shown() {
        let registry = Registry::new();
        let metrics = PartitionMetrics::register(Maker::new(&registry), "t").unwrap();
        let view = |lag| PartitionView {
            lag,
            queue_records: 2,
            ..PartitionView::default()
        };
        let show = |count: i32| metrics.show((0..count).map(|at| (at, view(at.into()))).collect());
        let series = || {
            let families = registry.gather();
            let lag = families
                .iter()
                .find(|family| family.name() == "gluestream_consumer_lag_records");
            lag.map_or(0, |family| family.get_metric().len())
        };
        show(201);
        assert_eq!(
            (series(), metrics.lag_max.get(), metrics.queue_records.get()),
            (0, 200, 402)
        );
        show(3);
        assert_eq!((series(), metrics.lag_max.get()), (3, 2));
        metrics.forget(1);
        assert_eq!((series(), metrics.views().len()), (2, 2));
    }
}
