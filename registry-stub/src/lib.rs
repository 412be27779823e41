//! A local AWS Glue Schema Registry, faithful enough for unmodified AWS SDKs.
//!
//! [`start`] opens the store, binds the address and answers until the drain.
//! Requests go by `X-Amz-Target` to one function an operation, over a store
//! that survives restarts when it has a file. A version that breaks its
//! schema's compatibility mode is registered as failed, with the reasons.

mod api;
mod auth;
mod calls;
mod chaos;
pub mod cli;
mod config;
mod control;
mod definition;
mod faults;
mod ids;
mod line;
mod metrics;
mod page;
mod store;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::routing::{get, post};
use runtime::admin::{self, AllowedHosts};
use runtime::config::{Problems, Reader, Sources};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::Telemetry;
use tokio_util::sync::CancellationToken;

use api::Service;
use calls::Calls;
pub use config::{Behaviour, DefinitionMatch, Incompatible, Quotas, Rules, StubConfig, Validation};
use faults::Faults;
use ids::Ids;
use line::{Cuttable, Line, Lines};
use metrics::Metrics;
pub use store::OpenError;
use store::Store;

/// How long requests under way may take once a drain has begun.
const DRAIN_GRACE: Duration = Duration::from_secs(2);

/// Where a request from a web page of somebody else is refused whatever its method.
const GUARDED: &[&str] = &["/_stub", "/moto-api", "/check"];

/// A running stub.
#[derive(Clone, Copy, Debug)]
pub struct Stub {
    /// The address it listens on.
    pub address: SocketAddr,
}

impl Stub {
    /// The base URL for clients, such as `http://127.0.0.1:8181`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// What every request needs.
struct Shared {
    service: Service,
    metrics: Metrics,
    /// Requests have to be signed with these, if there are any.
    keys: Option<auth::Keys>,
    faults: Faults,
    lines: Lines,
    calls: Calls,
    /// The region of requests that are not signed.
    region: String,
}

/// Defaults for a stub that keeps everything in memory; for tests and for use inside another process.
///
/// # Errors
/// None that the built-in defaults could cause.
pub fn in_memory(listen: SocketAddr) -> Result<StubConfig, Problems> {
    let sources = Sources::from_pairs([("stub.listen", listen.to_string())]);
    Reader::load(&sources).map(|settings| settings.config)
}

/// Opens the store, binds the address and serves until the drain.
///
/// # Errors
/// Exit code 78 when the data file or the address cannot be used.
pub async fn start(
    config: StubConfig,
    tasks: Tasks,
    telemetry: Telemetry,
) -> Result<Stub, Failure> {
    let unusable = |error: anyhow::Error| Failure::new(Exit::Configuration, error);
    let store = match &config.data {
        Some(path) => Store::open(path, &config.account_id)
            .context("open stub.data")
            .map_err(unusable)?,
        None => Store::in_memory(&config.account_id).context("make a store in memory")?,
    };
    let metrics = Metrics::register(telemetry.registry()).context("register the stub's metrics")?;
    let (quotas, behaviour) = (config.quotas, config.behaviour);
    let service = Service::new(
        store,
        config.account_id,
        quotas,
        behaviour,
        Ids::new(config.seed),
    )
    .context("read the store")?;
    let shared = Arc::new(Shared {
        service,
        metrics,
        keys: config.keys,
        faults: Faults::new(config.faults, config.seed),
        lines: Lines::default(),
        calls: Calls::default(),
        region: config.region,
    });
    shared.count_schemas();
    let router = admin::guard(
        routes(&shared, &telemetry),
        AllowedHosts::new(&config.allowed_hosts).with_guarded_prefixes(GUARDED),
    );
    let (listener, address) = admin::bind(config.listen)
        .await
        .with_context(|| format!("listen on {} (stub.listen)", config.listen))
        .map_err(unusable)?;
    let listener = Cuttable {
        listener,
        lines: shared.lines.clone(),
    };
    let draining = tasks.draining().clone();
    tasks.spawn("stub-api", serve(listener, router, draining));
    let data = config
        .data
        .as_deref()
        .map_or("in memory".to_owned(), |path| path.display().to_string());
    tracing::info!(%address, data, "registry stub open");
    let faults = shared.faults.count();
    if faults > 0 {
        tracing::warn!(faults, "requests meet the faults of stub.faults");
    }
    Ok(Stub { address })
}

impl Shared {
    /// Brings the gauge to what the store holds.
    fn count_schemas(&self) {
        if let Ok(count) = self.service.store.read(store::Snapshot::all_schemas) {
            self.metrics
                .schemas
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

fn routes(shared: &Arc<Shared>, telemetry: &Telemetry) -> Router {
    let own = Router::new()
        .route("/", get(page::show).post(api::answer))
        .merge(page::routes())
        // Clients may have a base URL with a path.
        .fallback_service(post(api::answer).with_state(Arc::clone(shared)));
    let own = own.merge(control::routes()).with_state(Arc::clone(shared));
    admin::health_routes(telemetry).merge(own)
}

/// Serves until the drain, and then as long as requests under way may take.
async fn serve(
    listener: Cuttable,
    router: Router,
    draining: CancellationToken,
) -> Result<(), Failure> {
    let lines = listener.lines.clone();
    let service = router.into_make_service_with_connect_info::<Line>();
    let serving =
        axum::serve(listener, service).with_graceful_shutdown(draining.clone().cancelled_owned());
    let overdue = async {
        draining.cancelled().await;
        tokio::time::sleep(DRAIN_GRACE).await;
    };
    tokio::select! {
        served = serving => Ok(served.context("serve the registry API")?),
        () = overdue => {
            lines.cut_all();
            tracing::debug!("requests were cut off");
            Ok(())
        }
    }
}
