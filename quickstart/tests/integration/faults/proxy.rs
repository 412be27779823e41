//! A door before the embedded Kafka that can be slow, narrow, silent, broken or shut.

use client::kafka::mock::MockCluster;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// Bytes handed on at once.
const CHUNK: usize = 16 << 10;
/// Chunks on their way, each with a time of its own: latency is then no limit of the width.
const UNDER_WAY: usize = 64;

/// What the door does to whatever passes.
#[derive(Debug, Default)]
struct Faults {
    latency_ms: AtomicU64,
    jitter_ms: AtomicU64,
    /// 0: as wide as it goes.
    bytes_per_second: AtomicU64,
    is_silent: AtomicBool,
    is_shut: AtomicBool,
    connections: AtomicUsize,
}

/// The door. It is there until it is dropped.
pub(crate) struct Proxy {
    pub(crate) servers: String,
    faults: Arc<Faults>,
    /// Whoever waits behind it resets its connection when this changes.
    resets: watch::Sender<u64>,
    _tasks: Mutex<JoinSet<()>>,
}

impl Proxy {
    /// Opens before a cluster of one broker; clients are led here from now on.
    pub(crate) async fn open(cluster: &MockCluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let behind = cluster.bootstrap_servers();
        cluster.advertise(1, "127.0.0.1", port).unwrap();
        let (resets, reset) = watch::channel(0);
        let faults = Arc::<Faults>::default();
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, behind, Arc::clone(&faults), reset));
        Self {
            servers: format!("127.0.0.1:{port}"),
            faults,
            resets,
            _tasks: Mutex::new(tasks),
        }
    }

    /// Everything takes so long, and up to `jitter` longer.
    pub(crate) fn delay(&self, latency: Duration, jitter: Duration) {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        let faults = &self.faults;
        faults.latency_ms.store(millis(latency), Ordering::Relaxed);
        faults.jitter_ms.store(millis(jitter), Ordering::Relaxed);
    }

    /// Each connection takes so many bytes a second each way; 0 for all.
    pub(crate) fn narrow(&self, bytes_per_second: u64) {
        self.faults
            .bytes_per_second
            .store(bytes_per_second, Ordering::Relaxed);
    }

    /// Nothing passes, and nobody is told.
    pub(crate) fn be_silent(&self, silent: bool) {
        self.faults.is_silent.store(silent, Ordering::Relaxed);
    }

    /// All connections end in a reset, and new ones do as well.
    pub(crate) fn shut(&self, shut: bool) {
        self.faults.is_shut.store(shut, Ordering::Relaxed);
        if shut {
            self.reset();
        }
    }

    /// All connections end in a reset.
    pub(crate) fn reset(&self) {
        self.resets.send_modify(|count| *count += 1);
    }

    /// Connections that were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.faults.connections.load(Ordering::Relaxed)
    }
}

async fn accept(
    listener: TcpListener,
    behind: String,
    faults: Arc<Faults>,
    reset: watch::Receiver<u64>,
) {
    let mut pairs = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        faults.connections.fetch_add(1, Ordering::Relaxed);
        client.set_zero_linger().unwrap();
        if faults.is_shut.load(Ordering::Relaxed) {
            continue;
        }
        let Ok(broker) = TcpStream::connect(&behind).await else {
            continue;
        };
        let (faults, mut reset) = (Arc::clone(&faults), reset.clone());
        reset.mark_unchanged();
        pairs.spawn(async move {
            let (from_client, to_client) = client.into_split();
            let (from_broker, to_broker) = broker.into_split();
            tokio::select! {
                () = pass(from_client, to_broker, &faults) => {}
                () = pass(from_broker, to_client, &faults) => {}
                _ = reset.changed() => {}
            }
        });
        while pairs.try_join_next().is_some() {}
    }
}

/// One direction of one connection, until it ends.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, faults: &Faults) {
    let (queue, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    let read = async {
        let mut count = 0_u64;
        loop {
            let mut chunk = vec![0; CHUNK];
            match from.read(&mut chunk).await {
                Ok(read) if read > 0 => chunk.truncate(read),
                _ => return,
            }
            count += 1;
            let when = Instant::now() + faults.time_for(count);
            if queue.send((when, chunk)).await.is_err() {
                return;
            }
        }
    };
    let write = async {
        while let Some((when, chunk)) = due.recv().await {
            sleep_until(when).await;
            while faults.is_silent.load(Ordering::Relaxed) {
                sleep(Duration::from_millis(5)).await;
            }
            if to.write_all(&chunk).await.is_err() {
                return;
            }
            let width = faults.bytes_per_second.load(Ordering::Relaxed);
            let micros = (chunk.len() as u64 * 1_000_000).checked_div(width);
            sleep(Duration::from_micros(micros.unwrap_or(0))).await;
        }
    };
    tokio::select! {
        () = read => {}
        () = write => {}
    }
}

impl Faults {
    /// How long a chunk is under way; `count` stands in for chance.
    fn time_for(&self, count: u64) -> Duration {
        let latency = self.latency_ms.load(Ordering::Relaxed);
        let jitter = self.jitter_ms.load(Ordering::Relaxed);
        let more = if jitter > 0 { count * 7919 % jitter } else { 0 };
        Duration::from_millis(latency + more)
    }
}
