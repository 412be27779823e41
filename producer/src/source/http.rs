//! The `http` source: `POST /records` takes records and is answered when Kafka has them.
//!
//! ```text
//! server ── connection ── intake ──job──> worker ──all or none──> publish ──> Kafka
//!                           ^               │                        │
//!                           └── answer <── problem      receipts <───┘ delivery reports
//! ```
//!
//! A request, not a record, is the unit here, so this is no [`Source`](super::Source): its records are sent all or none,
//! and it is answered once, when all of them are settled.
//!
//! **What the control plane does.** `server` accepts within a number of connections and speaks TLS; `intake` looks at
//! the head of a request first (whose page, which token, which path, type, encoding and length), takes one of
//! `source.max_requests` slots, and only then reads the body, up to `source.max_body`. Nothing there waits for a slot:
//! who gets none is told 429. A slot is free again when the body is gone and the answer's last byte is sent, so bodies take no more memory
//! than slots times the largest body, however slow clients are. Whose head, body or reading stands still for
//! `source.idle_timeout` loses the connection, and no body takes longer than `source.request_timeout`.
//!
//! **What workers do.** Encoders are synchronous and have a thread each ([`worker`]), as for any other source. A worker
//! inflates a body within its limit, cuts it ([`records`]), and encodes all records into one buffer by one schema
//! version: a newer one is taken over between two requests. A record that is no good makes the request a problem that
//! names line, field and reason, and none of its records is sent. Then the room of the whole request is taken at once,
//! or the client is told 429: while Kafka is away, what is in flight fills the room and requests are turned away, never
//! kept. Nothing of a request that was turned away has been sent, and none of its good records counts as read.
//!
//! **How an answer comes back.** Each record carries a number through Kafka's client. Its delivery report finds the
//! request by it (`publish/receipts`) and notes partition and offset, or why there are none; the last report wakes the
//! request. If some were acknowledged and others not, the problem says which. A client that goes away changes nothing
//! once its records are handed over: they are settled and counted like any. If it goes before, they are not sent.
//!
//! **Draining.** From its first moment new requests are told 503, and so are those whose body is still coming. Those
//! handed over are answered as their records are settled, within the drain's time; what is given up then is answered
//! too. Only when nothing is in flight does the address close.

mod access;
mod answer;
mod intake;
mod openapi;
mod patience;
mod problem;
mod records;
mod server;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use client::codec::Format;
use runtime::admin::AllowedHosts;
use runtime::lifecycle::{Exit, Failure};
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config};
use crate::key::Key;
use crate::source::supply::Crew;
use access::Token;
use intake::Intake;
pub(crate) use intake::statuses;
use server::Server;
use worker::{Most, Worker};

/// The source, its address taken but not listened on: who connects too early is refused and comes again.
pub(crate) struct Http {
    config: config::http::Http,
    topic: String,
    socket: TcpSocket,
    tls: Option<TlsAcceptor>,
    key: Option<Key>,
    takes_avro: bool,
    workers: usize,
    most: Most,
}

impl Http {
    /// Takes the address and reads the certificates.
    ///
    /// # Errors
    /// 78 when the address is not to be had, or a certificate cannot be used.
    pub(crate) fn open(config: &Config, key: Option<Key>) -> Result<Self, Failure> {
        let (source, http) = (&config.source, &config.source.http);
        let misconfigured = |error| Failure::new(Exit::Configuration, error);
        let tls = http.tls.as_ref().map(access::tls).transpose();
        let socket =
            bind(http.listen).with_context(|| format!("listen on {} (source.listen)", http.listen));
        Ok(Self {
            tls: tls.map_err(misconfigured)?,
            socket: socket.map_err(misconfigured)?,
            config: http.clone(),
            topic: config.kafka.topic.clone(),
            key,
            takes_avro: config.codec.format == Format::Avro,
            workers: source.workers,
            most: Most {
                body: http.max_body.bytes(),
                records: http.max_body_records,
                encoded: source.in_flight_bytes.bytes(),
            },
        })
    }

    /// How many threads encode.
    pub(crate) const fn workers(&self) -> usize {
        self.workers
    }

    /// Starts the workers and listens; gives the address. `settled` says when no record is in flight any more.
    ///
    /// # Errors
    /// The operating system refuses.
    pub(crate) fn start(
        self,
        crew: &Crew<'_>,
        settled: &CancellationToken,
    ) -> Result<SocketAddr, Failure> {
        // As many as there are slots: a request that has one never finds it full.
        let (jobs, waiting) = crossbeam_channel::bounded(self.config.max_requests);
        for _ in 0..self.workers {
            let (hand, rules) = (crew.hand(), crew.rules.clone());
            let worker = Worker::new(
                waiting.clone(),
                crew.newest.clone(),
                hand,
                rules,
                (self.key.clone(), self.most),
            );
            crew.spawn(move || Ok(worker.run()))?;
        }
        let intake = self.intake(jobs, crew);
        let listener = self
            .socket
            .listen(server::BACKLOG)
            .context("listen (source.listen)")?;
        let address = listener.local_addr().context("ask for the own address")?;
        tracing::info!(
            %address,
            tls = self.tls.is_some(),
            token = intake.token.is_asked_for(),
            "taking records over HTTP"
        );
        let server = Server {
            listener,
            tls: self.tls,
            most_connections: self.config.max_connections,
            intake: Arc::new(intake),
            settled: settled.clone(),
        };
        crew.tasks
            .spawn("http server", server.run(crew.tasks.clone()));
        Ok(address)
    }

    fn intake(&self, jobs: crossbeam_channel::Sender<worker::Job>, crew: &Crew<'_>) -> Intake {
        let config = &self.config;
        let token = Token::new(config.token.as_ref());
        let needs_certificate = config
            .tls
            .as_ref()
            .is_some_and(|tls| tls.client_ca.is_some());
        // A foreign page can send what everybody may send, but neither a token nor, but for the same name, to us.
        let mut hosts = AllowedHosts::new(&[]).with_guarded_prefixes(&["/"]);
        if token.is_asked_for() || needs_certificate {
            hosts = hosts.with_any_name();
        }
        let description = openapi::document(openapi::Described {
            topic: &self.topic,
            takes_avro: self.takes_avro,
            needs_token: token.is_asked_for(),
            needs_certificate,
            max_records: config.max_body_records,
        });
        Intake {
            topic: self.topic.clone(),
            token,
            hosts,
            takes_avro: self.takes_avro,
            max_body: config.max_body.bytes(),
            idle: config.idle_timeout,
            patience: config.request_timeout,
            slots: Arc::new(Semaphore::new(config.max_requests)),
            jobs,
            draining: crew.rules.draining.clone(),
            description: description.to_string().into_bytes(),
            metrics: crew.rules.metrics.http.clone(),
        }
    }
}

/// Takes an address without listening on it.
fn bind(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Without it a restart would wait for the connections of the run before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}
