//! Checks signatures of requests: AWS Signature Version 4 with one fixed pair of keys.
//!
//! Session tokens are ignored, so none is ever expired.

use std::collections::BTreeMap;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};
use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use runtime::config::Secret;
use sha2::{Digest, Sha256};

use crate::config::is_region;

/// How far the clocks of both sides may be apart.
const MAX_SKEW: SignedDuration = SignedDuration::from_mins(5);
const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
const TARGET: &str = "x-amz-target";

/// The one pair of keys that is accepted.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: Secret,
}

/// Why a request is not taken for its sender's.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Refusal {
    #[error("Missing Authentication Token")]
    Missing,
    #[error("Authorization header requires {0}.")]
    Incomplete(&'static str),
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    #[error(
        "Credential should be scoped to a valid region, to the service 'glue' and to the date of the request."
    )]
    Scope,
    #[error("'Host' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    #[error("'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")]
    TargetNotSigned,
    #[error("Signature expired: {signed} is now earlier than {now} - 5 min.")]
    Early { signed: Timestamp, now: Timestamp },
    #[error("Signature not yet current: {signed} is still later than {now} + 5 min.")]
    Late { signed: Timestamp, now: Timestamp },
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."
    )]
    Mismatch,
}

impl Refusal {
    /// The exception's name.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            _ => "InvalidSignatureException",
        }
    }
}

impl Keys {
    /// Checks the signature of a request at the time `now`; gives the region that it was made for.
    ///
    /// # Errors
    /// Why it is refused.
    pub(crate) fn verify(
        &self,
        head: &Parts,
        body: &[u8],
        now: Timestamp,
    ) -> Result<String, Refusal> {
        let authorization = Authorization::of(&head.headers)?;
        if authorization.access_key_id != self.access_key_id {
            return Err(Refusal::UnknownKey);
        }
        let date = text(&head.headers, DATE)
            .ok_or(Refusal::Incomplete("existence of a 'X-Amz-Date' header"))?;
        check_time(date, now)?;
        authorization.check_scope(date)?;
        let mut signed: Vec<&str> = authorization.signed_headers.split(';').collect();
        if !signed.contains(&"host") {
            return Err(Refusal::HostNotSigned);
        }
        // Without a signature of it, another operation could be put in its place.
        if !signed.contains(&TARGET) {
            return Err(Refusal::TargetNotSigned);
        }
        signed.sort_unstable();
        let request = canonical_request(head, &signed, body);
        let scope = authorization.scope();
        let digest = hex::encode(Sha256::digest(request));
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{digest}");
        let signature = hex::decode(authorization.signature).map_err(|_| Refusal::Mismatch)?;
        let mac = self.mac(&authorization, &to_sign);
        mac.verify_slice(&signature)
            .map_err(|_| Refusal::Mismatch)?;
        Ok(authorization.region.to_owned())
    }

    fn mac(&self, authorization: &Authorization<'_>, to_sign: &str) -> Hmac<Sha256> {
        let mut key = format!("AWS4{}", self.secret_access_key.expose()).into_bytes();
        for part in [
            authorization.date,
            authorization.region,
            "glue",
            "aws4_request",
        ] {
            key = keyed(&key, part).finalize().into_bytes().to_vec();
        }
        keyed(&key, to_sign)
    }
}

fn keyed(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac
}

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    access_key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    end: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn of(headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let line = text(headers, header::AUTHORIZATION.as_str()).ok_or(Refusal::Missing)?;
        let parameters = line
            .strip_prefix(ALGORITHM)
            .ok_or(Refusal::Incomplete("the algorithm 'AWS4-HMAC-SHA256'"))?;
        let mut known = BTreeMap::new();
        for (name, value) in parameters
            .split(',')
            .filter_map(|parameter| parameter.trim().split_once('='))
        {
            if known.insert(name, value).is_some() {
                return Err(Refusal::Incomplete("each parameter once"));
            }
        }
        let parameter = |name, missing| {
            let value = known.get(name).copied();
            value.ok_or(Refusal::Incomplete(missing))
        };
        let credential = parameter("Credential", "'Credential' parameter")?;
        // Access keys may hold slashes, the scope behind them has four parts.
        let mut parts = credential.rsplitn(5, '/');
        let mut next = || {
            let part = parts.next();
            part.ok_or(Refusal::Incomplete("a 'Credential' of five parts"))
        };
        let (end, service, region, date) = (next()?, next()?, next()?, next()?);
        Ok(Self {
            access_key_id: next()?,
            date,
            region,
            service,
            end,
            signed_headers: parameter("SignedHeaders", "'SignedHeaders' parameter")?,
            signature: parameter("Signature", "'Signature' parameter")?,
        })
    }

    /// `date` is that of the request.
    fn check_scope(&self, date: &str) -> Result<(), Refusal> {
        let is_sound = self.service == "glue"
            && self.end == "aws4_request"
            && is_region(self.region)
            && date.split('T').next() == Some(self.date);
        is_sound.then_some(()).ok_or(Refusal::Scope)
    }

    fn scope(&self) -> String {
        [self.date, self.region, self.service, self.end].join("/")
    }
}

fn check_time(date: &str, now: Timestamp) -> Result<(), Refusal> {
    let malformed = || Refusal::Incomplete("a 'X-Amz-Date' such as '20261122T051921Z'");
    let signed = DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .map_err(|_| malformed())?
        .timestamp();
    let age = now.duration_since(signed);
    if age > MAX_SKEW {
        return Err(Refusal::Early { signed, now });
    }
    if age < -MAX_SKEW {
        return Err(Refusal::Late { signed, now });
    }
    Ok(())
}

/// The request in the form that is signed; `signed` are the names of headers in it, sorted.
fn canonical_request(head: &Parts, signed: &[&str], body: &[u8]) -> String {
    let mut headers = String::new();
    for name in signed {
        headers.push_str(name);
        headers.push(':');
        headers.push_str(&canonical_value(&head.headers, name));
        headers.push('\n');
    }
    [
        head.method.as_str(),
        &canonical_path(head.uri.path()),
        &canonical_query(&head.uri),
        &headers,
        &signed.join(";"),
        &hex::encode(Sha256::digest(body)),
    ]
    .join("\n")
}

/// All values of a header, without needless spaces.
fn canonical_value(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).into_iter().map(|value| {
        let text = String::from_utf8_lossy(value.as_bytes());
        text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
    });
    values.collect::<Vec<_>>().join(",")
}

/// The path without dots and empty segments, escaped once more than it came.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    let mut canonical = String::new();
    for segment in &segments {
        canonical.push('/');
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                canonical.push(char::from(byte));
            } else {
                canonical.push('%');
                canonical.push_str(&hex::encode_upper([byte]));
            }
        }
    }
    if canonical.is_empty() || path.ends_with('/') {
        canonical.push('/');
    }
    canonical
}

/// The parameters by name, as they came.
fn canonical_query(uri: &Uri) -> String {
    let parameters = uri.query().unwrap_or_default().split('&');
    let mut parameters: Vec<(&str, &str)> = parameters
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
        .collect();
    parameters.sort_unstable();
    let parameters = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"));
    parameters.collect::<Vec<_>>().join("&")
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
