//! librdkafka's statistics as metrics: what the whole client does, and a few gauges for each of a bounded number of
//! brokers.

use prometheus::{Error, GaugeVec, IntCounter, IntGauge, IntGaugeVec, Opts, Registry};
use rdkafka::Statistics;
use rdkafka::statistics::{Broker, Window};
use runtime::telemetry::maker::Maker;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Brokers with gauges of their own; of a larger cluster those with the lowest numbers.
const MOST_BROKERS: usize = 100;

/// Handles of what comes out of the statistics.
#[derive(Clone, Debug)]
pub struct StatisticsMetrics {
    connections: IntGaugeVec,
    waiting: IntGauge,
    rtt: GaugeVec,
    throttle: GaugeVec,
    bytes_sent: Total,
    bytes_received: Total,
    requests: Total,
    retries: Total,
    timeouts: Total,
    disconnects: Total,
}

/// A counter that follows a total of librdkafka's. A total that shrinks, because a broker left, counts on from there.
#[derive(Clone, Debug)]
struct Total {
    counter: IntCounter,
    last: Arc<AtomicU64>,
}

impl Total {
    fn register(make: Maker<'_>, name: &str, help: &str) -> Result<Self, Error> {
        Ok(Self {
            counter: make.counter(name, help)?,
            last: Arc::default(),
        })
    }

    fn follow(&self, total: u64) {
        let last = self.last.swap(total, Ordering::Relaxed);
        self.counter.inc_by(total.saturating_sub(last));
    }
}

impl StatisticsMetrics {
    pub(super) fn register(registry: &Registry) -> Result<Self, Error> {
        let maker = Maker::new(registry);
        let total = |name, help| Total::register(maker, name, help);
        let a_broker = |name, help| {
            let made = GaugeVec::new(Opts::new(name, help), &["broker"])?;
            registry.register(Box::new(made.clone()))?;
            Ok::<_, Error>(made)
        };
        let connections = maker.gauges(
            "kafka_connections",
            "Brokers the client knows, by the state of their connection.",
            &["broker_state"],
        )?;
        for state in ["up", "down"] {
            connections.with_label_values(&[state]).set(0);
        }
        Ok(Self {
            connections,
            waiting: maker.gauge(
                "kafka_waiting_requests",
                "Requests that wait to be sent or answered.",
            )?,
            rtt: a_broker(
                "gluestream_kafka_broker_rtt_seconds",
                "Average round trip to a broker over the last statistics interval.",
            )?,
            throttle: a_broker(
                "gluestream_kafka_broker_throttle_seconds",
                "Average time that a broker made the client wait for its quota, over the last statistics interval.",
            )?,
            bytes_sent: total("kafka_bytes_sent_total", "Bytes sent to brokers.")?,
            bytes_received: total("kafka_bytes_received_total", "Bytes received from brokers.")?,
            requests: total("kafka_requests_total", "Requests sent to brokers.")?,
            retries: total(
                "kafka_request_retries_total",
                "Requests that were sent again.",
            )?,
            timeouts: total(
                "kafka_request_timeouts_total",
                "Requests that no broker answered in time.",
            )?,
            disconnects: total(
                "kafka_broker_disconnects_total",
                "Connections to brokers that ended.",
            )?,
        })
    }

    /// Shows one report; returns how many brokers are connected.
    pub fn show(&self, statistics: &Statistics) -> i64 {
        let mut brokers: Vec<_> = statistics
            .brokers
            .values()
            .filter(|broker| broker.nodeid >= 0)
            .collect();
        brokers.sort_unstable_by_key(|broker| broker.nodeid);
        let up = brokers.iter().filter(|broker| broker.state == "UP").count();
        let (up, down) = (whole(up), whole(brokers.len() - up));
        self.connections.with_label_values(&["up"]).set(up);
        self.connections.with_label_values(&["down"]).set(down);
        for broker in brokers.iter().take(MOST_BROKERS) {
            self.show_broker(broker);
        }
        let all = |of: fn(&Broker) -> u64| statistics.brokers.values().map(of).sum::<u64>();
        self.bytes_sent.follow(unsigned(statistics.tx_bytes));
        self.bytes_received.follow(unsigned(statistics.rx_bytes));
        self.requests.follow(unsigned(statistics.tx));
        self.retries.follow(all(|broker| broker.txretries));
        self.timeouts.follow(all(|broker| broker.req_timeouts));
        self.disconnects
            .follow(all(|broker| unsigned(broker.disconnects.unwrap_or(0))));
        let waiting = all(|broker| unsigned(broker.outbuf_cnt) + unsigned(broker.waitresp_cnt));
        self.waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        up
    }

    fn show_broker(&self, broker: &Broker) {
        let label = broker.nodeid.to_string();
        let windows = [
            (&self.rtt, &broker.rtt, 1e6),
            (&self.throttle, &broker.throttle, 1e3),
        ];
        for (gauge, window, parts) in windows {
            if let Some(Window { avg, .. }) = window {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "an average of milliseconds or microseconds is far below 2^53"
                )]
                gauge.with_label_values(&[&label]).set(*avg as f64 / parts);
            }
        }
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broker(nodeid: i32, state: &str, retries: u64) -> (String, Broker) {
        let broker = Broker {
            nodeid,
            state: state.to_owned(),
            txretries: retries,
            ..Broker::default()
        };
        (nodeid.to_string(), broker)
    }

    #[test]
    fn totals_count_on_when_a_broker_leaves_and_only_so_many_brokers_have_gauges() {
        let metrics = StatisticsMetrics::register(&Registry::new()).unwrap();
        let report = |count: i32, retries| Statistics {
            brokers: (0..count).map(|id| broker(id, "UP", retries)).collect(),
            tx: i64::from(count) * 10,
            ..Statistics::default()
        };
        assert_eq!(metrics.show(&report(150, 2)), 150);
        assert_eq!(metrics.retries.counter.get(), 300);
        metrics.show(&report(10, 3));
        metrics.show(&report(10, 4));
        assert_eq!(metrics.retries.counter.get(), 310);
        assert_eq!(metrics.requests.counter.get(), 1500);
        let window = |mut report: Statistics| {
            for broker in report.brokers.values_mut() {
                broker.rtt = Some(Window::default());
            }
            report
        };
        metrics.show(&window(report(150, 5)));
        let families = prometheus::core::Collector::collect(&metrics.rtt);
        assert_eq!(families[0].get_metric().len(), MOST_BROKERS);
    }
}
