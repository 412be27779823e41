//! Pages for people: what is there, what changed, why a version was refused, who called.
//!
//! Made here, without a script; every text that clients sent is escaped (`html`).

mod calls;
mod check;
mod diff;
mod explain;
mod front;
mod schema;
mod verdict;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{self, IntoResponse, Response};
use axum::routing::get;
use runtime::admin::{self, Frame, Html, PAGE_HEADERS};

use crate::Shared;
use crate::store::{Page, StoreError, Wanted};

/// At most so many registries of a region, schemas of a registry and versions of a schema.
const MOST: usize = 100;

/// A page that is longer gets no more schemas and versions.
const FULL_BYTES: usize = 4 << 20;

/// Why a page cannot be shown.
enum Trouble {
    NotFound(&'static str),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// All pages but `/`, which shares its path with the API.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/style.css", get(admin::style))
        .route("/schema", get(schema::show))
        .route("/diff", get(diff::show))
        .route("/calls", get(calls::show))
        .route("/explain/{id}", get(explain::show))
        .merge(check::routes())
}

pub(crate) use front::show;

/// A page of ours with its title and its body.
fn framed(title: &str, body: &Html) -> String {
    let mut navigation = Html::default();
    navigation.raw("<nav aria-label=\"Pages\"><a href=\"/\">Registries</a> <a href=\"/calls\">Calls</a> <a href=\"/check\">Check a definition</a></nav>");
    let frame = Frame {
        binary: "registry-stub",
        head: "",
        navigation,
        footer: &[
            ("/metrics", "metrics"),
            ("/live", "live"),
            ("/ready", "ready"),
            ("/version", "version"),
        ],
    };
    Html::page(&frame, title, body)
}

/// Makes something of the store where it may wait for the disk.
async fn work<T: Send + 'static>(
    shared: Arc<Shared>,
    make: impl FnOnce(&Shared) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Response> {
    let failed = |what| (StatusCode::INTERNAL_SERVER_ERROR, what).into_response();
    let settled = move || {
        shared.service.settle()?;
        make(&shared)
    };
    match tokio::task::spawn_blocking(settled).await {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(Trouble::NotFound(what))) => Err((StatusCode::NOT_FOUND, what).into_response()),
        Ok(Err(Trouble::Store(error))) => {
            tracing::error!(%error, "a page cannot be made");
            Err(failed("the store cannot be read\n"))
        }
        Err(_) => Err(failed("the page cannot be made\n")),
    }
}

/// Makes a page: its title and its body.
async fn page(
    shared: Arc<Shared>,
    make: impl FnOnce(&Shared) -> Result<(String, Html), Trouble> + Send + 'static,
) -> Response {
    match work(shared, make).await {
        Ok((title, body)) => (PAGE_HEADERS, response::Html(framed(&title, &body))).into_response(),
        Err(answer) => answer,
    }
}

/// Says that there is more of something than a page shows.
fn rest<I>(page: &Page<I>, what: &'static str, out: &mut Html) {
    if page.next.is_some() {
        out.raw("<p>… and more ").raw(what);
        out.raw("; the API lists them all.</p>");
    }
}

fn first(limit: usize) -> Wanted {
    Wanted { after: None, limit }
}
