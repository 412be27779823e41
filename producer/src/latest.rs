//! The resolution `latest`: looks for a newer version after each while, and hands it to the workers.

use client::connect::Connected;
use common::metrics::{CodecMetrics, Refresh, RegistryMetrics, Role};
use common::registry::SchemaVersion;
use common::registry::resolution::{Pin, Refusal, pinned};
use common::registry::retry::Retry;
use common::serializer::Serializer;
use runtime::lifecycle::Tasks;
use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use crate::config::Config;
use crate::definition::Definition;
use crate::progress::Progress;
use crate::schema;

/// What records are written with, and how it was found.
pub(crate) struct Writer {
    pub(crate) version: SchemaVersion,
    /// The version that was wanted and refused, if this one stands in for it.
    pub(crate) refusal: Option<Box<Refusal>>,
    pub(crate) serializer: Serializer,
    pub(crate) connected: Connected,
    pub(crate) calls: RegistryMetrics,
    pub(crate) codec: CodecMetrics,
}

/// Where workers get their serializer from; under `latest` a newer one comes now and then.
pub(crate) type Newest = watch::Receiver<Serializer>;

/// Shares the writer among workers, and keeps it the newest if that is how it is configured.
pub(crate) fn follow(
    config: &Config,
    writer: Writer,
    progress: &Progress,
    tasks: &Tasks,
) -> Newest {
    let (sender, newest) = watch::channel(writer.serializer);
    writer.calls.expect_refreshes(&config.registry.schema());
    let shape = Definition::of(&writer.version, &config.codec);
    if config.registry.following().is_some()
        && let Ok(shape) = shape
    {
        let follower = Follower {
            config: config.clone(),
            shape,
            current: writer.version.id,
            connected: writer.connected,
            calls: writer.calls,
            codec: writer.codec,
            progress: progress.clone(),
            sender,
        };
        let draining = tasks.draining().clone();
        tasks.spawn("newest schema", async move {
            tokio::select! {
                () = follower.run() => {}
                () = draining.cancelled() => {}
            }
            Ok(())
        });
    }
    newest
}

struct Follower {
    config: Config,
    /// What the source's records were first written with.
    shape: Definition,
    current: Uuid,
    connected: Connected,
    calls: RegistryMetrics,
    codec: CodecMetrics,
    progress: Progress,
    sender: watch::Sender<Serializer>,
}

impl Follower {
    async fn run(mut self) {
        while let Some(ttl) = self.config.registry.following() {
            let next = Instant::now() + ttl;
            tokio::time::sleep_until(next).await;
            let end = self.look(&Retry::until(next + ttl, &self.calls)).await;
            self.calls.refreshed(&self.config.registry.schema(), end);
        }
    }

    /// Asks once, through an outage for as long as the version is young enough.
    async fn look(&mut self, retry: &Retry) -> Refresh {
        let name = self.config.registry.schema();
        let format = self.config.codec.data_format();
        let registry = self.connected.registry.as_ref();
        let found = pinned(registry, &name, Pin::Latest, format, retry).await;
        let version = match found {
            Ok(version) => version,
            Err(error) => {
                let is_away = error.is_unreachable() || error.is_denied();
                let error = anyhow::Error::new(error);
                tracing::warn!(schema = %name, error = format!("{error:#}"), "no newer version to write with: going on with the old one");
                return if is_away {
                    Refresh::Unavailable
                } else {
                    Refresh::Unusable
                };
            }
        };
        if version.id == self.current {
            return Refresh::Unchanged;
        }
        match schema::fitting(&self.config, &version, &self.shape) {
            Ok(serializer) => {
                self.take_over(version, &serializer).await;
                Refresh::TakenOver
            }
            Err(error) => {
                self.progress.unusable(&error);
                tracing::error!(schema = %name, version_id = %version.id, version = version.number, error = format!("{error:#}"), "the newest version cannot be written with: going on with the old one");
                Refresh::Unusable
            }
        }
    }

    async fn take_over(&mut self, version: SchemaVersion, serializer: &Serializer) {
        let name = self.config.registry.schema();
        tracing::info!(schema = %name, version_id = %version.id, version = version.number, "writing with a newer version from the next batch on");
        self.calls.version_in_use(&version, Role::Writer);
        self.current = version.id;
        if let Some(snapshot) = &self.connected.snapshot {
            snapshot.save(vec![version.clone()]).await;
        }
        self.progress.resolved(version);
        let serializer = serializer.clone().with_metrics(&self.codec);
        self.sender.send_replace(serializer);
    }
}
