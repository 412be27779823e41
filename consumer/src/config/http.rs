//! What the sink `http` reads from the configuration: where it posts, what it shows and signs, and how long it waits.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use runtime::config::{Secret, Section, Size, Value};
use std::fmt;
use std::fs::File;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// A longer request would look like a consumer that stands still.
const LONGEST_REQUEST: Duration = Duration::from_mins(5);
/// A shorter signing key can be guessed.
const SHORTEST_KEY: usize = 16;
/// A longer token or secret is none but the wrong file.
const LONGEST_SECRET: usize = 4096;
/// What a signing key begins with that is written in base64, as Standard Webhooks has it.
const KEY_PREFIX: &str = "whsec_";
/// The keys that only this sink reads.
const KEYS: [&str; 13] = [
    "http_url",
    "http_plaintext",
    "http_token",
    "http_token_file",
    "http_secret",
    "http_secret_file",
    "http_timeout",
    "http_connect_timeout",
    "http_ca_file",
    "http_body",
    "http_max_body",
    "http_compression",
    "http_on_refusal",
];
/// Headers that the sink or its connection sets.
const OURS: [&str; 17] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "idempotency-key",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];

runtime::choice! {
    /// What a body is.
    pub enum HttpBody {
        /// One JSON object a line.
        Lines = "ndjson",
        /// One JSON array of them.
        Array = "array",
    }
}

runtime::choice! {
    /// How bodies are compressed.
    pub enum HttpCompression {
        /// Not at all.
        None = "none",
        /// gzip.
        Gzip = "gzip",
    }
}

runtime::choice! {
    /// What is done when the receiver refuses records for good.
    pub enum OnRefusal {
        /// The consumer ends with 65.
        Stop = "stop",
        /// They are sent again until they are taken.
        Retry = "retry",
    }
}

/// `sink.http_url`: who takes records. Shown without its query, which may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver(Url);

impl Receiver {
    /// The whole URL.
    pub const fn url(&self) -> &Url {
        &self.0
    }

    /// Whether nobody on the way can read or change what is sent.
    fn is_private(&self) -> bool {
        self.0.scheme() == "https" || self.0.host_str().is_some_and(is_loopback)
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        url.set_query(None);
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Value for Receiver {
    const KIND: &'static str = "URL";

    fn parse(text: &str) -> Result<Self, String> {
        let expected = "a URL is expected, such as `https://example.com/records`";
        let url = Url::parse(text).map_err(|_| expected)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(expected.to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("credentials do not belong into a URL: set sink.http_token_file, or `authorization` in sink.http_headers".to_owned());
        }
        if url.fragment().is_some() {
            return Err("what is behind a `#` is never sent: leave it away".to_owned());
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        let query = self.0.query().map_or("", |_| "?***");
        format!("{self}{query}").show()
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The key that requests are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads it from its text: base64 behind `whsec_`, else the text itself.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let key = match text.strip_prefix(KEY_PREFIX) {
            Some(rest) => BASE64_STANDARD
                .decode(rest)
                .map_err(|_| "what follows `whsec_` is base64")?,
            None => text.as_bytes().to_vec(),
        };
        if key.len() < SHORTEST_KEY {
            return Err("a signing key has at least 16 bytes");
        }
        Ok(Self(key))
    }

    /// The key itself.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

/// `sink.http_*`
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Who takes records.
    pub receiver: Receiver,
    /// What is shown in `Authorization: Bearer`.
    pub token: Option<Secret>,
    /// What requests are signed with.
    pub key: Option<SigningKey>,
    /// Further headers; their values may be secrets and are marked so.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How long a request may take, from its connection to the end of its answer.
    pub timeout: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// The only authorities that may vouch for the receiver.
    pub ca_file: Option<PathBuf>,
    /// What a body is.
    pub body: HttpBody,
    /// Its bytes, before they are compressed, at most.
    pub max_body: Size,
    /// How it is compressed.
    pub compression: HttpCompression,
    /// What is done when the receiver refuses records for good.
    pub on_refusal: OnRefusal,
}

impl HttpConfig {
    /// Reads the keys; `is_used` says whether this is the sink at work. Without a URL there is nothing to work with.
    pub(super) fn read(sink: &mut Section<'_>, is_used: bool) -> Option<Self> {
        for key in KEYS {
            only_here(sink, key, is_used);
        }
        let receiver = receiver(sink, is_used);
        let token = token(sink, is_used);
        let key = key(sink, is_used);
        let headers = headers(sink, is_used, token.is_some());
        let timeout = sink.get("http_timeout", Duration::from_secs(30), "How long a request of the sink `http` may take, from its connection to the end of its answer; then it is made again.");
        let connect_timeout = sink.get(
            "http_connect_timeout",
            Duration::from_secs(5),
            "How long a connection of the sink `http` may take.",
        );
        let ca_file = sink.get_optional("http_ca_file", "File with the authorities, in PEM, of which one has to vouch for the receiver of the sink `http`, in place of the system's.");
        let body = sink.get("http_body", HttpBody::Lines, "What the sink `http` posts: `ndjson`, the consumer's lines (`application/x-ndjson`), or `array`, a JSON array of them (`application/json`).");
        let max_body = sink.get("http_max_body", Size::mib(1), "Bytes of a body of the sink `http` before it is compressed, at most (one record may be larger); what is more goes in several requests.");
        let compression = sink.get(
            "http_compression",
            HttpCompression::None,
            "How the sink `http` compresses bodies (`Content-Encoding`).",
        );
        let on_refusal = sink.get("http_on_refusal", OnRefusal::Stop, "What the sink `http` does when the receiver refuses records for good (a status such as 400, or a redirect): `stop` ends the consumer with 65, and no offset moves behind them; `retry` sends them again until they are taken.");
        let config = Self {
            receiver: receiver?,
            token,
            key,
            headers,
            timeout,
            connect_timeout,
            ca_file,
            body,
            max_body,
            compression,
            on_refusal,
        };
        if is_used {
            config.check(sink);
        }
        Some(config)
    }

    fn check(&self, sink: &mut Section<'_>) {
        for (key, time) in [
            ("http_timeout", self.timeout),
            ("http_connect_timeout", self.connect_timeout),
        ] {
            if time.is_zero() || time > LONGEST_REQUEST {
                sink.problem(key, "it must be more than zero, and at most 5min");
            }
        }
        if self.max_body.0 == 0 {
            sink.problem("http_max_body", "a body has at least 1B");
        }
        if let Some(Err(error)) = self.ca_file.as_ref().map(File::open) {
            sink.problem("http_ca_file", format!("the file cannot be read: {error}"));
        }
        if self.ca_file.is_some() && self.receiver.url().scheme() == "http" {
            sink.problem(
                "http_ca_file",
                "nobody vouches for a receiver over http: sink.http_url is no https",
            );
        }
    }
}

fn only_here(sink: &mut Section<'_>, key: &str, is_used: bool) {
    sink.used_only(key, "sink.kind", is_used, "sink.kind = \"http\"");
}

fn receiver(sink: &mut Section<'_>, is_used: bool) -> Option<Receiver> {
    let receiver: Option<Receiver> = sink.get_optional("http_url", "Where the sink `http` posts records: `https://…`, or `http://…` on this machine. Its query is never shown.");
    let plaintext = sink.get(
        "http_plaintext",
        false,
        "Whether the sink `http` may post to another machine without TLS, where whoever is on the way reads everything.",
    );
    match &receiver {
        None if is_used && !sink.is_set("http_url") => {
            sink.problem("http_url", "sink.kind is \"http\", so a URL is needed");
        }
        Some(receiver) if is_used && !plaintext && !receiver.is_private() => {
            sink.problem("http_url", "without TLS whoever is on the way reads the records: use https, or set sink.http_plaintext = true if that is meant");
        }
        _ => {}
    }
    receiver
}

fn token(sink: &mut Section<'_>, is_used: bool) -> Option<Secret> {
    let said = (
        "http_token",
        "What the sink `http` shows as `Authorization: Bearer`; best given as the environment variable `GLUESTREAM_SINK__HTTP_TOKEN`, or in `http_token_file`.",
    );
    let in_file = (
        "http_token_file",
        "File with that token and nothing else but a line end; it is read at the start.",
    );
    let (key, token) = sink.secret(said, in_file, is_used)?;
    let text = token.expose();
    if text.is_empty() || text.len() > LONGEST_SECRET {
        sink.problem(key, "a token has from 1 to 4096 characters");
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        sink.problem(
            key,
            "a token has visible ASCII characters only: a header carries it",
        );
    }
    Some(token)
}

fn key(sink: &mut Section<'_>, is_used: bool) -> Option<SigningKey> {
    let said = (
        "http_secret",
        "The key that the sink `http` signs requests with, as Standard Webhooks has it: base64 behind `whsec_`, else the text's bytes. Best given as `GLUESTREAM_SINK__HTTP_SECRET`, or in `http_secret_file`.",
    );
    let in_file = (
        "http_secret_file",
        "File with that key and nothing else but a line end; it is read at the start.",
    );
    let (key, secret) = sink.secret(said, in_file, is_used)?;
    if secret.expose().len() > LONGEST_SECRET {
        sink.problem(key, "a signing key has at most 4096 characters");
    }
    let parsed = SigningKey::parse(secret.expose());
    parsed.map_err(|message| sink.problem(key, message)).ok()
}

/// `sink.http_headers.NAME`
fn headers(
    sink: &mut Section<'_>,
    is_used: bool,
    has_token: bool,
) -> Vec<(HeaderName, HeaderValue)> {
    let said = sink.map("http_headers", "Further headers of the sink `http`'s requests, by their names, in which `_` stands for `-`; their values are never shown.");
    let mut headers = Vec::with_capacity(said.len());
    for (name, value) in said {
        let key = format!("http_headers.{name}");
        only_here(sink, &key, is_used);
        match header(&name, &value, has_token) {
            Ok(header) => headers.push(header),
            Err(message) => sink.problem(&key, message),
        }
    }
    headers
}

fn header(
    name: &str,
    value: &str,
    has_token: bool,
) -> Result<(HeaderName, HeaderValue), &'static str> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let name = Some(name).filter(|name| name.bytes().all(legal));
    let name = name.and_then(|name| name.replace('_', "-").parse::<HeaderName>().ok());
    let name = name.ok_or("a header is named like `x-api-version`: letters, digits and `-`")?;
    if OURS.contains(&name.as_str()) {
        return Err("the sink sets this header itself");
    }
    if has_token && name == "authorization" {
        return Err("sink.http_token is in this header: leave one of them");
    }
    let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    let value = Some(value).filter(|value| value.bytes().all(visible));
    let value = value.and_then(|value| HeaderValue::from_str(value.trim()).ok());
    let mut value = value.ok_or("a header's value has visible ASCII characters and spaces only")?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests;
