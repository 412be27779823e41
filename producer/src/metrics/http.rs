//! The metrics of the `http` source; those of records are the producer's.

use std::time::Duration;

use prometheus::{Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Registry};

use super::{SECONDS, named};
use crate::source::http::statuses;

/// The handles.
#[derive(Clone, Debug)]
pub(crate) struct HttpMetrics {
    answered: Vec<(u16, IntCounter)>,
    under_way: IntGauge,
    open: IntGauge,
    seconds: Histogram,
}

/// One more, until it is dropped.
#[derive(Debug)]
pub(crate) struct OneMore(IntGauge);

impl OneMore {
    fn of(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for OneMore {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl HttpMetrics {
    /// Registers all metrics; every counter is there at 0 from now on, whatever the source is.
    ///
    /// # Errors
    /// When a name is taken in this registry.
    pub(super) fn register(registry: &Registry) -> Result<Self, prometheus::Error> {
        let counters = IntCounterVec::new(
            named(
                "http_requests_total",
                "Requests to the `http` source that were answered, by status.",
            ),
            &["status"],
        )?;
        let under_way = IntGauge::with_opts(named(
            "http_requests_in_flight",
            "Requests to the `http` source that are not answered yet.",
        ))?;
        let open = IntGauge::with_opts(named(
            "http_connections",
            "Connections of the `http` source.",
        ))?;
        let seconds = Histogram::with_opts(
            HistogramOpts::from(named(
                "http_request_duration_seconds",
                "Time from the head of a request to the `http` source to its answer.",
            ))
            .buckets(SECONDS.to_vec()),
        )?;
        registry.register(Box::new(counters.clone()))?;
        registry.register(Box::new(under_way.clone()))?;
        registry.register(Box::new(open.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        let counter = |status: hyper::StatusCode| {
            let counter = counters.with_label_values(&[status.as_str()]);
            (status.as_u16(), counter)
        };
        Ok(Self {
            answered: statuses().map(counter).collect(),
            under_way,
            open,
            seconds,
        })
    }

    /// A request was answered.
    pub(crate) fn answered(&self, status: u16, time: Duration) {
        if let Some((_, counter)) = self.answered.iter().find(|(known, _)| *known == status) {
            counter.inc();
        }
        self.seconds.observe(time.as_secs_f64());
    }

    /// A request that is not answered yet.
    pub(crate) fn under_way(&self) -> OneMore {
        OneMore::of(&self.under_way)
    }

    /// A connection.
    pub(crate) fn open(&self) -> OneMore {
        OneMore::of(&self.open)
    }
}
