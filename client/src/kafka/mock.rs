//! librdkafka's mock cluster: an embedded Kafka for quickstart and tests.
//!
//! Made through librdkafka's C interface, because the safe one cannot set the delay before the
//! first rebalance (3 s by default, 0 here). One of the two modules that may use `unsafe`. The mock
//! keeps at most 5 MiB or 100,000 batches a partition and drops older ones silently.
#![expect(
    unsafe_code,
    reason = "the safe interface lacks the rebalance delay; reviewed here"
)]

use rdkafka::client::{Client, ClientContext, DefaultClientContext};
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr, RDKafkaType};
use rdkafka_sys as sys;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use tokio::net::TcpSocket;

/// A cluster inside this process; it lives as long as this value.
pub struct MockCluster {
    cluster: *mut sys::rd_kafka_mock_cluster_t,
    /// The ports of brokers that are down: the mock ends the process when somebody has one before its broker is back.
    held: Mutex<BTreeMap<i32, TcpSocket>>,
    // The cluster runs on this client's threads: it is dropped after the cluster is destroyed.
    _host: Client<DefaultClientContext>,
}

// SAFETY: the cluster's state belongs to its own thread; every call here either sends that thread a
// message and waits, or reads the bootstrap text, which never changes.
unsafe impl Send for MockCluster {}
// SAFETY: as above; no call needs exclusive access, and `Drop` has it.
unsafe impl Sync for MockCluster {}

impl fmt::Debug for MockCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockCluster")
            .field("bootstrap_servers", &self.bootstrap_servers())
            .finish()
    }
}

impl MockCluster {
    /// Starts `brokers` brokers on loopback ports; groups form without delay.
    ///
    /// # Errors
    /// When librdkafka cannot make the client or the cluster.
    pub fn start(brokers: i32) -> KafkaResult<Self> {
        let config = ClientConfig::new();
        let mut quiet = config.clone();
        quiet.set_log_level(RDKafkaLogLevel::Error);
        let host = Client::new(
            &quiet,
            quiet.create_native_config()?,
            RDKafkaType::RD_KAFKA_PRODUCER,
            DefaultClientContext,
        )?;
        // SAFETY: `host` is a live client and outlives the cluster, see `Drop` and the field order.
        let cluster = unsafe { sys::rd_kafka_mock_cluster_new(host.native_ptr(), brokers) };
        if cluster.is_null() {
            return Err(KafkaError::MockCluster(RDKafkaErrorCode::Fail));
        }
        // SAFETY: `cluster` was just made and is not shared yet.
        unsafe { sys::rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 0) };
        Ok(Self {
            cluster,
            held: Mutex::default(),
            _host: host,
        })
    }

    /// Makes a topic with a leader for each partition.
    ///
    /// # Errors
    /// When the topic exists or its name is impossible.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> KafkaResult<()> {
        let topic = CString::new(topic)
            .map_err(|_| KafkaError::MockCluster(RDKafkaErrorCode::InvalidTopic))?;
        // SAFETY: the cluster is alive, and the name is copied by the callee.
        answer(unsafe {
            sys::rd_kafka_mock_topic_create(self.cluster, topic.as_ptr(), partitions, 1)
        })
    }

    /// The addresses to reach the cluster by.
    pub fn bootstrap_servers(&self) -> String {
        // SAFETY: the cluster is alive and owns the text, which is copied before it can change.
        let text = unsafe { CStr::from_ptr(sys::rd_kafka_mock_cluster_bootstraps(self.cluster)) };
        text.to_string_lossy().into_owned()
    }

    /// Takes a broker (-1: all) down: connections break and are refused.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn broker_down(&self, broker: i32) -> KafkaResult<()> {
        // SAFETY: the cluster is alive; the call is handed to its own thread.
        answer(unsafe { sys::rd_kafka_mock_broker_set_down(self.cluster, broker) })?;
        let ports = self.ports().filter(|(id, _)| [*id, -1].contains(&broker));
        let held = ports.filter_map(|(id, port)| Some((id, hold(port)?)));
        self.held().extend(held);
        Ok(())
    }

    /// Brings a broker (-1: all) back.
    ///
    /// # Errors
    /// When there is no such broker.
    pub fn broker_up(&self, broker: i32) -> KafkaResult<()> {
        // SAFETY: the cluster is alive; the call is handed to its own thread.
        answer(unsafe { sys::rd_kafka_mock_broker_set_up(self.cluster, broker) })?;
        self.held().retain(|id, _| ![*id, -1].contains(&broker));
        Ok(())
    }

    /// Brokers and their ports.
    fn ports(&self) -> impl Iterator<Item = (i32, u16)> {
        let servers = self.bootstrap_servers();
        let ports: Vec<_> = servers
            .split(',')
            .filter_map(|server| server.rsplit(':').next()?.parse().ok())
            .collect();
        (1..).zip(ports)
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeMap<i32, TcpSocket>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells clients another address of a broker than its own, such as one of a proxy.
    ///
    /// # Errors
    /// When the host is no text for C.
    pub fn advertise(&self, broker: i32, host: &str, port: u16) -> KafkaResult<()> {
        let host = CString::new(host)
            .map_err(|_| KafkaError::MockCluster(RDKafkaErrorCode::InvalidArgument))?;
        // SAFETY: the cluster is alive, the host is copied by the callee, which hands the call to its own thread.
        unsafe {
            sys::rd_kafka_mock_broker_set_host_port(
                self.cluster,
                broker,
                host.as_ptr(),
                i32::from(port),
            );
        }
        Ok(())
    }

    /// Makes every look at a topic end with this error from here on.
    ///
    /// # Errors
    /// When the topic's name is impossible.
    pub fn fail_topic(&self, topic: &str, error: RDKafkaRespErr) -> KafkaResult<()> {
        let topic = CString::new(topic)
            .map_err(|_| KafkaError::MockCluster(RDKafkaErrorCode::InvalidTopic))?;
        // SAFETY: the cluster is alive, the name is copied by the callee, which hands the call to its own thread.
        unsafe { sys::rd_kafka_mock_topic_set_error(self.cluster, topic.as_ptr(), error) };
        Ok(())
    }

    /// Makes the next requests of a kind fail, one for each error.
    pub fn fail_requests(&self, request: Request, errors: &[RDKafkaRespErr]) {
        // SAFETY: the cluster is alive, and the errors are copied under its lock.
        unsafe {
            sys::rd_kafka_mock_push_request_errors_array(
                self.cluster,
                request as i16,
                errors.len(),
                errors.as_ptr(),
            );
        }
    }

    /// Remembers every request from here on.
    pub fn track_requests(&self) {
        // SAFETY: the cluster is alive; the call takes its lock.
        unsafe { sys::rd_kafka_mock_start_request_tracking(self.cluster) };
    }

    /// The kinds of the requests that were tracked, by their numbers in Kafka's protocol.
    pub fn tracked_requests(&self) -> BTreeSet<i16> {
        let mut count = 0;
        // SAFETY: the cluster is alive; the list that it gives is ours, and so are its `count` requests, until they are
        // destroyed together.
        unsafe {
            let requests = sys::rd_kafka_mock_get_requests(self.cluster, &raw mut count);
            let kinds = (0..count)
                .map(|at| sys::rd_kafka_mock_request_api_key(*requests.add(at)))
                .collect();
            sys::rd_kafka_mock_request_destroy_array(requests, count);
            kinds
        }
    }

    /// Takes back what [`Self::fail_requests`] has still in store for a kind of request.
    pub fn clear_failures(&self, request: Request) {
        // SAFETY: the cluster is alive; the errors are freed under its lock.
        unsafe { sys::rd_kafka_mock_clear_request_errors(self.cluster, request as i16) };
    }
}

/// A kind of request, by its number in Kafka's protocol.
#[derive(Clone, Copy, Debug)]
#[repr(i16)]
pub enum Request {
    /// Records are written.
    Produce = 0,
    /// Records are read.
    Fetch = 1,
    /// Offsets are looked up.
    ListOffsets = 2,
    /// Topics are looked at.
    Metadata = 3,
    /// A group's offsets are committed.
    OffsetCommit = 8,
    /// The broker that looks after a group is looked up.
    FindCoordinator = 10,
    /// A member says that it is there.
    Heartbeat = 12,
    /// A client asks what a broker understands.
    ApiVersions = 18,
    /// A client asks whether its own numbers are wanted.
    GetTelemetrySubscriptions = 71,
}

/// Produces a record to partition 0 with a header whose name may be any bytes: what a foreign client
/// may do to us, and the safe interface cannot. For tests.
///
/// # Panics
/// When the topic's name has a zero byte or librdkafka refuses the record.
pub fn produce_with_header<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    (name, header): (&[u8], &[u8]),
    value: &[u8],
) {
    let topic = CString::new(topic).expect("a topic's name has no zero byte");
    // SAFETY: the list is made here and handed over, or destroyed when it is refused; every slice
    // outlives the call, and MSG_F_COPY makes librdkafka copy the value.
    let answer = unsafe {
        let headers = sys::rd_kafka_headers_new(1);
        sys::rd_kafka_header_add(
            headers,
            name.as_ptr().cast(),
            name.len().cast_signed(),
            header.as_ptr().cast(),
            header.len().cast_signed(),
        );
        let answer = sys::rd_kafka_producev(
            client.native_ptr(),
            sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_TOPIC,
            topic.as_ptr(),
            sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_PARTITION,
            0_i32,
            sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_MSGFLAGS,
            sys::RD_KAFKA_MSG_F_COPY,
            sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_VALUE,
            value.as_ptr(),
            value.len(),
            sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_HEADERS,
            headers,
            sys::rd_kafka_vtype_t::RD_KAFKA_VTYPE_END,
        );
        if answer != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            sys::rd_kafka_headers_destroy(headers);
        }
        answer
    };
    assert_eq!(
        answer,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR,
        "librdkafka takes the record"
    );
}

/// Makes a client fail for good, as if this error had come from a broker. For tests.
pub fn raise_fatal<C: ClientContext>(client: &Client<C>, error: RDKafkaRespErr) {
    // SAFETY: the client is alive for this call, which copies the text.
    unsafe {
        sys::rd_kafka_test_fatal_error(client.native_ptr(), error, c"for a test".as_ptr());
    }
}

impl Drop for MockCluster {
    fn drop(&mut self) {
        // SAFETY: made by `start`, destroyed once, while its host client is still alive.
        unsafe { sys::rd_kafka_mock_cluster_destroy(self.cluster) };
    }
}

/// Takes a port so that nobody is given it, and the mock, which may share it, gets it again.
fn hold(port: u16) -> Option<TcpSocket> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.set_reuseaddr(true).ok()?;
    socket
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .ok()?;
    Some(socket)
}

fn answer(error: RDKafkaRespErr) -> KafkaResult<()> {
    match error {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        error => Err(KafkaError::MockCluster(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_is_down_keeps_its_port() {
        let cluster = MockCluster::start(2).unwrap();
        let ports: Vec<_> = cluster.ports().collect();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports[1].1));
        cluster.broker_down(2).unwrap();
        let taken = TcpSocket::new_v4().unwrap().bind(address);
        assert!(taken.is_err(), "somebody else is given the port");
        cluster.broker_up(2).unwrap();
        std::net::TcpStream::connect(address).unwrap();
        assert!(cluster.held().is_empty());
        assert_eq!(ports.len(), 2);
    }
}
