//! The parts of the stream, each with tasks and telemetry of its own.

use crate::cli::Cli;
use anyhow::Context;
use client::kafka::mock::MockCluster;
use consumer::config::ConsumerConfig;
use producer::{Gate, Progress};
use registry_stub::StubConfig;
use runtime::config::{Admin, Config, Reader, Settings, Sources, mask_user_info};
use runtime::daemon::{self, ConfigArgs};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// The topic, in as many partitions as the mock needs to hold what is under way.
const TOPIC: &str = "orders";
const PARTITIONS: i32 = 6;
/// How many records the producer may be ahead of the consumer.
pub(crate) const MAX_AHEAD: u64 = 20_000;

/// Everything that runs.
pub(crate) struct Parts {
    pub(crate) producer: Tasks,
    pub(crate) progress: Progress,
    pub(crate) consumer: Tasks,
    pub(crate) sink: Arc<consumer::Consumer>,
    pub(crate) stub: Tasks,
    pub(crate) admin: Tasks,
    /// The addresses that people may look at.
    pub(crate) addresses: Vec<(&'static str, String)>,
    /// Dropped last: the clients must have left before their cluster goes.
    pub(crate) _cluster: MockCluster,
}

impl Parts {
    /// Starts the cluster, the registry, the producer behind a gate, and the consumer.
    pub(crate) async fn start(cli: &Cli) -> Result<Self, Failure> {
        let cluster = MockCluster::start(1).context("start the embedded Kafka")?;
        cluster
            .create_topic(TOPIC, PARTITIONS)
            .context("create the topic")?;
        let mut addresses = Vec::new();
        let (stub, admin) = (Tasks::new(), Tasks::new());
        let endpoint = match &cli.registry_endpoint {
            Some(endpoint) => endpoint.clone(),
            None => start_stub(cli, &stub).await?,
        };
        addresses.push(("schema registry", mask_user_info(&endpoint)));
        let shared = Shared {
            cli,
            topic: TOPIC,
            bootstrap: cluster.bootstrap_servers(),
            endpoint,
            admin: admin.clone(),
        };
        let (producer, consumer) = (Tasks::new(), Tasks::new());
        let sink = Arc::new(OnceLock::new());
        // The producer registers its schema and then waits at the gate: a consumer that reads records as the newest
        // version has to find one.
        let (progress, producer_admin) = shared.start_producer(&producer, gate(&sink)).await?;
        let (sink, consumer_admin) = shared.start_consumer(&consumer, &sink).await?;
        addresses.push(("producer", format!("http://{producer_admin}/")));
        addresses.push(("consumer", format!("http://{consumer_admin}/")));
        Ok(Self {
            producer,
            progress,
            consumer,
            sink,
            stub,
            admin,
            addresses,
            _cluster: cluster,
        })
    }
}

/// Open once the consumer has its partitions, and while it is not too far behind.
fn gate(sink: &Arc<OnceLock<Arc<consumer::Consumer>>>) -> Gate {
    let sink = Arc::clone(sink);
    Gate::new(move |sent| {
        let Some(sink) = sink.get() else {
            return false;
        };
        (sent > 0 || sink.assigned() > 0) && sent.saturating_sub(sink.ended()) < MAX_AHEAD
    })
}

/// Starts the registry stub, and gives its URL.
pub(crate) async fn start_stub(cli: &Cli, tasks: &Tasks) -> Result<String, Failure> {
    let listen = free_unless_named(cli.stub_listen, 8181);
    let set = vec![("stub.listen".to_owned(), listen.to_string())];
    let settings = load::<StubConfig>(&cli.sources(set))?;
    let telemetry = Telemetry::new("registry-stub");
    let stub = registry_stub::start(settings.config, tasks.clone(), telemetry.clone()).await?;
    telemetry.health().started();
    Ok(stub.url())
}

/// A default port that is taken gives way to a free one; a named one does not.
fn free_unless_named(named: Option<SocketAddr>, port: u16) -> SocketAddr {
    let default = SocketAddr::from(([127, 0, 0, 1], port));
    named.unwrap_or_else(|| match TcpListener::bind(default) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => SocketAddr::from(([127, 0, 0, 1], 0)),
        _ => default,
    })
}

impl Cli {
    /// The layers of a part: the user's own, then what makes the parts fit together.
    pub(crate) fn sources(&self, set: Vec<(String, String)>) -> Sources {
        let given = self.config();
        let all = given.set.iter().cloned().chain(set).collect();
        ConfigArgs {
            config: given.config.clone(),
            set: all,
        }
        .sources()
    }
}

pub(crate) fn load<C: Config>(sources: &Sources) -> Result<Settings<C>, Failure> {
    Reader::load::<C>(sources).map_err(|problems| Failure::new(Exit::Configuration, problems))
}

/// What producer and consumer are told alike.
pub(crate) struct Shared<'a> {
    pub(crate) cli: &'a Cli,
    pub(crate) topic: &'static str,
    pub(crate) bootstrap: String,
    pub(crate) endpoint: String,
    pub(crate) admin: Tasks,
}

impl Shared<'_> {
    async fn start_consumer(
        &self,
        tasks: &Tasks,
        slot: &OnceLock<Arc<consumer::Consumer>>,
    ) -> Result<(Arc<consumer::Consumer>, SocketAddr), Failure> {
        let listen = free_unless_named(self.cli.consumer_admin, 9465);
        let mut set = self.set(listen);
        set.push(("dead_letter.policy".to_owned(), "stop".to_owned()));
        let settings = load::<ConsumerConfig>(&self.cli.sources(set))?;
        let (config, telemetry) = (settings.config, Telemetry::new("consumer"));
        telemetry.configured(settings.effective);
        let address = self.serve(&config.admin, &telemetry).await?;
        let consumer = Arc::new(consumer::start(config, tasks.clone(), telemetry.clone()).await?);
        telemetry.health().started();
        slot.get_or_init(|| Arc::clone(&consumer));
        Ok((consumer, address))
    }

    async fn start_producer(
        &self,
        tasks: &Tasks,
        gate: Gate,
    ) -> Result<(Progress, SocketAddr), Failure> {
        let listen = free_unless_named(self.cli.producer_admin, 9464);
        let mut set = self.set(listen);
        set.push(("source.kind".to_owned(), "orders".to_owned()));
        let cli = self.cli;
        let format = cli.format.map(|format| format.as_str().to_owned());
        let options = [
            ("codec.format", format),
            ("source.rate", cli.rate.clone()),
            (
                "source.max_records",
                cli.max_records.map(|count| count.to_string()),
            ),
            ("source.max_run", cli.max_run.clone()),
        ];
        for (key, value) in options {
            set.extend(value.map(|value| (key.to_owned(), value)));
        }
        let settings = load::<producer::Config>(&self.cli.sources(set))?;
        let (config, telemetry) = (settings.config, Telemetry::new("producer"));
        telemetry.configured(settings.effective);
        let address = self.serve(&config.admin, &telemetry).await?;
        let progress =
            producer::start_gated(config, tasks.clone(), telemetry.clone(), Some(gate)).await?;
        telemetry.health().started();
        Ok((progress, address))
    }

    /// What makes the parts fit together.
    pub(crate) fn set(&self, admin: SocketAddr) -> Vec<(String, String)> {
        let credentials = if self.cli.registry_endpoint.is_some() {
            "default"
        } else {
            "anonymous"
        };
        let admin = admin.to_string();
        let pairs = [
            ("kafka.bootstrap_servers", self.bootstrap.as_str()),
            ("kafka.topic", self.topic),
            ("registry.name", "customer"),
            ("registry.endpoint", &self.endpoint),
            ("registry.credentials", credentials),
            ("registry.resolution", "register"),
            ("admin.listen", &admin),
        ];
        pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec()
    }

    /// Serves a part's admin port, until the admin tasks drain.
    async fn serve(&self, admin: &Admin, telemetry: &Telemetry) -> Result<SocketAddr, Failure> {
        let until: CancellationToken = self.admin.draining().clone();
        let port = daemon::serve_admin(admin, telemetry, until)
            .await
            .with_context(|| {
                format!(
                    "listen on {} (the admin port of {})",
                    admin.listen,
                    telemetry.binary()
                )
            })
            .map_err(|error| Failure::new(Exit::Configuration, error))?;
        let address = port.address;
        self.admin.spawn("admin port", async move {
            Ok(port.serving.await.context("serve the admin port")?)
        });
        Ok(address)
    }
}
