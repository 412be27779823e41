//! The admin port: health, metrics, state and the log level, for probes, Prometheus and people.

mod chart;
mod guard;
mod html;
mod page;
mod parts;
mod routes;

pub use guard::{AllowedHosts, Foreign, guard};
pub use html::{Frame, Html, PAGE_HEADERS, STYLE, style};
pub use routes::{health_routes, routes};

use axum::Router;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Binds a listener; port 0 takes a free one.
///
/// # Errors
/// When the address is taken or not ours.
pub async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), std::io::Error> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until `until` is cancelled; requests under way are finished.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    until: CancellationToken,
) -> Result<(), std::io::Error> {
    axum::serve(listener, router)
        .with_graceful_shutdown(until.cancelled_owned())
        .await
}
