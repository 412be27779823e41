//! `kafka.auth = "msk-iam"`: a token for the cluster, signed with AWS credentials.
//!
//! The token is a `GET` of `kafka-cluster:Connect`, presigned for the service's host and written as base64. Nobody
//! ever sends that request: the broker recomputes its signature.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::config::Section;

use super::{Auth, used_under};
use crate::aws::Role;

/// How long a token is good for.
pub const LIFETIME: Duration = Duration::from_mins(15);
/// What the broker is asked to allow.
const QUERY: &str = "/?Action=kafka-cluster%3AConnect";
/// The service that the signature is for.
const SERVICE: &str = "kafka-cluster";
/// What the token says of its maker.
const AGENT: &str = concat!("gluestream/", env!("CARGO_PKG_VERSION"));

/// Whom a token is signed for, and by whom.
#[derive(Clone, Debug)]
pub struct MskIam {
    /// The cluster's region.
    pub region: Option<String>,
    /// The role that is assumed for it.
    pub role: Option<Role>,
    /// The host that it is signed for, where it is not the region's own.
    pub host: Option<String>,
}

/// Decides about the other keys of a role.
const ROLE: &str = "kafka.assume_role_arn";
const ROLE_HELP: &str = "ARN of a role that is assumed to sign tokens for `msk-iam`, such as one of the account that has the cluster; the registry's credentials stay what they are.";

impl MskIam {
    /// Reads the keys; nothing under another `kafka.auth`.
    pub(super) fn read(kafka: &mut Section<'_>, way: Auth) -> Option<Self> {
        let region: Option<String> = kafka.get_optional(
            "region",
            "AWS region of the cluster, for `msk-iam`; found by the AWS SDK when not set.",
        );
        let role = Role::read(kafka, ROLE, ROLE_HELP);
        let host: Option<String> = kafka.get_optional(
            "signing_host",
            "Host that tokens for `msk-iam` are signed for; `kafka.<region>.amazonaws.com` when not set.",
        );
        used_under(
            kafka,
            &["region", "assume_role_arn", "signing_host"],
            way,
            &[Auth::MskIam],
        );
        for (key, text) in [("region", &region), ("signing_host", &host)] {
            if text.as_deref().is_some_and(|text| !is_host(text)) {
                kafka.problem(key, "letters, digits, `.` and `-` are expected");
            }
        }
        (way == Auth::MskIam).then_some(Self { region, role, host })
    }
}

fn is_host(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    (1..=253).contains(&text.len()) && text.bytes().all(legal)
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The credentials are over, and there are no newer ones yet.
    #[error("the AWS credentials have expired, and no newer ones could be read")]
    Expired,
    /// The signature could not be computed.
    #[error("the token could not be signed: {0}")]
    Signature(String),
}

/// What a client shows to a broker.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    expires: SystemTime,
}

impl Token {
    /// The token itself, for handing on to a client.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// When it ends: 15 minutes after it was signed, or with the credentials that signed it.
    pub const fn expires(&self) -> SystemTime {
        self.expires
    }

    /// When it ends, in milliseconds since 1970.
    pub fn expires_millis(&self) -> i64 {
        let since = self.expires.duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// The place that tokens are signed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    region: String,
    host: String,
}

impl Signer {
    /// Signs for a region; `host` stands in for the region's own.
    pub fn new(region: &str, host: Option<&str>) -> Self {
        Self {
            region: region.to_owned(),
            host: host.map_or_else(|| format!("kafka.{region}.amazonaws.com"), str::to_owned),
        }
    }

    /// Signs a token; this takes microseconds and asks nobody.
    ///
    /// # Errors
    /// The credentials are over at `now`.
    pub fn sign(&self, credentials: &Credentials, now: SystemTime) -> Result<Token, SigningError> {
        let mut expires = now + LIFETIME;
        if let Some(end) = credentials.expiry() {
            if end <= now {
                return Err(SigningError::Expired);
            }
            expires = expires.min(end);
        }
        let said = |error: &dyn fmt::Display| SigningError::Signature(error.to_string());
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(LIFETIME);
        let identity = credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(now)
            .settings(settings)
            .build()
            .map_err(|error| said(&error))?
            .into();
        let mut url = format!("https://{}{QUERY}", self.host);
        let body = SignableBody::Bytes(&[]);
        let request = SignableRequest::new("GET", url.as_str(), std::iter::empty(), body)
            .map_err(|error| said(&error))?;
        let signed = sign(request, &parameters).map_err(|error| said(&error))?;
        for (name, value) in signed.output().params() {
            append(&mut url, name, value);
        }
        // What comes after the signature is no part of it.
        append(&mut url, "User-Agent", AGENT);
        Ok(Token {
            text: URL_SAFE_NO_PAD.encode(url),
            expires,
        })
    }
}

/// Appends `&name=value`, with everything escaped that RFC 3986 does not leave alone.
fn append(url: &mut String, name: &str, value: &str) {
    url.push('&');
    url.push_str(name);
    url.push('=');
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            url.push('%');
            url.push(char::from(DIGITS[usize::from(byte >> 4)]));
            url.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
