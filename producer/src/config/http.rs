//! What the `http` source reads from the configuration: where it listens, who is let in, and its limits.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use runtime::config::{Reader, Secret, Section, Size};

/// Where it listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9480);
/// A shorter token can be guessed.
const SHORTEST_TOKEN: usize = 16;
/// A longer one is no token but the wrong file.
const LONGEST_TOKEN: usize = 4096;
/// The keys that only this source reads.
const KEYS: [&str; 12] = [
    "listen",
    "token",
    "token_file",
    "tls_certificate_file",
    "tls_key_file",
    "tls_client_ca_file",
    "max_body",
    "max_body_records",
    "max_requests",
    "max_connections",
    "idle_timeout",
    "request_timeout",
];
/// The keys of other sources that would seem to hold here: clients decide how much comes, and hear of what is no good.
const OTHERS: [&str; 6] = [
    "path",
    "rate",
    "batch",
    "max_records",
    "on_reject",
    "max_line",
];

/// `source.*` of the `http` source.
#[derive(Clone, Debug)]
pub struct Http {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// What a client has to show in `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// How connections are encrypted.
    pub tls: Option<Tls>,
    /// Largest body, inflated.
    pub max_body: Size,
    /// Most records in a body.
    pub max_body_records: usize,
    /// Most requests at a time.
    pub max_requests: usize,
    /// Most connections at a time.
    pub max_connections: usize,
    /// How long a client may say nothing, or take nothing.
    pub idle_timeout: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
}

/// The certificate that the source shows.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The certificate, and those between it and its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The authorities of clients' certificates; without, clients need none.
    pub client_ca: Option<PathBuf>,
}

impl Http {
    /// Reads the keys; `is_used` says whether this is the source at work.
    pub(super) fn read(section: &mut Section<'_>, is_used: bool) -> Self {
        let condition = "source.kind = \"http\"";
        for key in KEYS {
            section.used_only(key, "source.kind", is_used, condition);
        }
        for key in OTHERS {
            let condition = "source.kind = \"orders\" and \"ndjson\"";
            section.used_only(key, "source.kind", !is_used, condition);
        }
        let http = Self {
            listen: section.get("listen", LISTEN, "Where the `http` source takes records: `POST /records`. Any address but loopback needs `token`, `token_file` or `tls_client_ca_file`; port 0 takes a free one."),
            token: token(section),
            tls: Tls::read(section),
            max_body: section.get("max_body", Size::mib(1), "Largest body of a request to the `http` source, also when it is inflated; a larger one is answered 413. `max_requests` times this is the memory that bodies can take."),
            max_body_records: section.get("max_body_records", 10_000, "Most records in one request to the `http` source; more are answered 413."),
            max_requests: section.get("max_requests", 128, "Most requests to the `http` source at a time, from their head to the end of their answer; one more is answered 429."),
            max_connections: section.get("max_connections", 512, "Most connections to the `http` source at a time; further ones wait to be accepted."),
            idle_timeout: section.get("idle_timeout", Duration::from_secs(30), "How long a client of the `http` source may take for the head of a request, between two parts of its body, before it takes more of an answer, and between two requests."),
            request_timeout: section.get("request_timeout", Duration::from_mins(1), "How long a request to the `http` source may take: its body in all, and its records' acknowledgements. One whose body is late is answered 408, one that Kafka has not acknowledged 504."),
        };
        if is_used {
            http.check(section);
        }
        http
    }

    fn check(&self, section: &mut Section<'_>) {
        let has_client_ca = section.is_set("tls_client_ca_file");
        let has_token = section.is_set("token") || section.is_set("token_file");
        if !self.listen.ip().is_loopback() && !has_token && !has_client_ca {
            section.problem("listen", "anybody who reaches this address could write to the topic: set source.token_file (or source.token), or source.tls_client_ca_file for clients with certificates");
        }
        let zeros = [
            ("max_body", self.max_body.0 == 0),
            ("max_body_records", self.max_body_records == 0),
            ("max_requests", self.max_requests == 0),
            ("max_connections", self.max_connections == 0),
            ("idle_timeout", self.idle_timeout.is_zero()),
            ("request_timeout", self.request_timeout.is_zero()),
        ];
        for (key, _) in zeros.into_iter().filter(|(_, is_zero)| *is_zero) {
            section.problem(key, "it must be more than zero");
        }
    }

    /// Has a request of the largest size fit into what may be in flight, so that no valid one is refused for ever.
    pub(super) fn check_room(&self, section: &mut Section<'_>, records: u64, bytes: Size) {
        if self.max_body_records as u64 > records {
            section.problem("max_body_records", format!("a request with so many records never has room: source.in_flight_records is {records}"));
        }
        if self.max_body > bytes {
            section.problem(
                "max_body",
                format!(
                    "a request of this size may never have room: source.in_flight_bytes is {bytes}"
                ),
            );
        }
    }

    /// Says what is dangerous, though it may be meant.
    pub(super) fn warn(&self, reader: &mut Reader) {
        if !self.listen.ip().is_loopback() && self.tls.is_none() {
            reader.notice(format!("source.listen is {} without TLS: on the way to it everybody can read the records and source.token, and then write themselves; set source.tls_certificate_file and source.tls_key_file unless a proxy that speaks TLS stands right before it", self.listen));
        }
    }
}

impl Tls {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let certificate = file(
            section,
            "tls_certificate_file",
            "File with the certificate that the `http` source shows and those between it and its authority, in PEM; with it connections are TLS.",
        );
        let key = file(
            section,
            "tls_key_file",
            "File with the private key of the `http` source's certificate, in PEM.",
        );
        let client_ca = file(
            section,
            "tls_client_ca_file",
            "File with the authorities, in PEM, of which clients of the `http` source have to show a certificate; beside a token both are asked for.",
        );
        match (certificate, key) {
            (Some(certificate), Some(key)) => Some(Self {
                certificate,
                key,
                client_ca,
            }),
            (Some(_), None) => {
                section.problem(
                    "tls_key_file",
                    "a certificate needs its key: set source.tls_key_file",
                );
                None
            }
            (None, Some(_)) => {
                section.problem(
                    "tls_certificate_file",
                    "a key needs its certificate: set source.tls_certificate_file",
                );
                None
            }
            (None, None) => {
                if client_ca.is_some() {
                    section.problem("tls_client_ca_file", "clients show certificates over TLS only: set source.tls_certificate_file and source.tls_key_file");
                }
                None
            }
        }
    }
}

/// The token.
fn token(section: &mut Section<'_>) -> Option<Secret> {
    let said = (
        "token",
        "What clients of the `http` source have to show as `Authorization: Bearer`; best given as the environment variable `GLUESTREAM_SOURCE__TOKEN`, or in `token_file`.",
    );
    let in_file = (
        "token_file",
        "File with that token and nothing else but a line end; it is read at the start.",
    );
    let (key, token) = section.secret(said, in_file, true)?;
    let text = token.expose();
    if !(SHORTEST_TOKEN..=LONGEST_TOKEN).contains(&text.len()) {
        section.problem(
            key,
            format!("a token has from {SHORTEST_TOKEN} to {LONGEST_TOKEN} characters"),
        );
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        section.problem(
            key,
            "a token has visible ASCII characters only: a header carries it",
        );
    }
    Some(token)
}

/// Reads the path of a file that has to be readable.
fn file(section: &mut Section<'_>, key: &'static str, help: &'static str) -> Option<PathBuf> {
    let path: Option<PathBuf> = section.get_optional(key, help);
    if let Some(Err(error)) = path.as_ref().map(File::open) {
        section.problem(key, format!("the file cannot be read: {error}"));
    }
    path
}

#[cfg(test)]
mod tests;
