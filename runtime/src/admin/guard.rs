//! Refuses requests that a foreign web page could make through somebody's browser.
//!
//! A `Host` that is neither an IP address, `localhost` nor configured means that a foreign name was
//! made to point here; a foreign `Origin` on a request that changes something means that a foreign
//! page sent it. Both are answered 403.

use axum::Router;
use axum::extract::State;
use axum::http::{Method, Request, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// The names that a `Host` header may carry beside IP addresses and `localhost`.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts {
    names: Arc<[String]>,
    guarded_prefixes: &'static [&'static str],
    takes_any_name: bool,
}

/// What shows that a foreign page may be behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// The name that the request was sent to.
    Host,
    /// The page that sent it.
    Origin,
}

impl AllowedHosts {
    /// The configured names.
    pub fn new(names: &[String]) -> Self {
        Self {
            names: names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            guarded_prefixes: &[],
            takes_any_name: false,
        }
    }

    /// Any name at all, for who is asked for a proof that a foreign page does not have.
    #[must_use]
    pub const fn with_any_name(mut self) -> Self {
        self.takes_any_name = true;
        self
    }

    /// Paths whose every request must come from our own origin, whatever its method.
    #[must_use]
    pub fn with_guarded_prefixes(mut self, prefixes: &'static [&'static str]) -> Self {
        self.guarded_prefixes = prefixes;
        self
    }

    /// What is foreign about a request, if anything is.
    pub fn find_foreign<B>(&self, request: &Request<B>) -> Option<Foreign> {
        let host = request
            .uri()
            .authority()
            .map(ToString::to_string)
            .or_else(|| text_of(request, header::HOST));
        let Some(host) = host.filter(|host| self.allows(host)) else {
            return Some(Foreign::Host);
        };
        let is_foreign = |origin: String| {
            origin
                .split_once("://")
                .is_none_or(|(_, rest)| !rest.eq_ignore_ascii_case(&host))
        };
        let origin = text_of(request, header::ORIGIN).filter(|_| self.guards(request));
        origin.is_some_and(is_foreign).then_some(Foreign::Origin)
    }

    fn allows(&self, host: &str) -> bool {
        let name = host_name(host).to_ascii_lowercase();
        self.takes_any_name
            || name == "localhost"
            || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
            || self.names.contains(&name)
    }

    fn guards<B>(&self, request: &Request<B>) -> bool {
        request.method() == Method::PUT
            || self
                .guarded_prefixes
                .iter()
                .any(|prefix| request.uri().path().starts_with(prefix))
    }
}

/// Puts the guard before every route of `router`.
pub fn guard(router: Router, hosts: AllowedHosts) -> Router {
    router.layer(middleware::from_fn_with_state(hosts, check))
}

async fn check(
    State(hosts): State<AllowedHosts>,
    request: axum::extract::Request,
    next: Next,
) -> Response {
    let said = match hosts.find_foreign(&request) {
        None => return next.run(request).await,
        Some(Foreign::Host) => "this name is not allowed here: add it to allowed_hosts\n",
        Some(Foreign::Origin) => "requests from other origins are not allowed here\n",
    };
    (StatusCode::FORBIDDEN, said).into_response()
}

fn text_of<B>(request: &Request<B>, name: header::HeaderName) -> Option<String> {
    let value = request.headers().get(name)?;
    Some(value.to_str().unwrap_or("?").to_owned())
}

/// The host of `host:port`, `[v6]:port` or `host`.
fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if !port.contains(']') && (!name.contains(':') || name.ends_with(']')) =>
        {
            name
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_localhost_and_configured_names_are_allowed() {
        let hosts = AllowedHosts::new(&["Producer".to_owned()]);
        for host in [
            "127.0.0.1:9464",
            "localhost",
            "LOCALHOST:1",
            "[::1]:9464",
            "::1",
            "10.1.2.3",
            "producer:9464",
        ] {
            assert!(hosts.allows(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:9464",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "",
            ":9464",
        ] {
            assert!(!hosts.allows(host), "{host}");
        }
    }
}
