//! `kafka.auth`: how the clients prove who they are, and how the brokers prove it to them.

pub mod msk_iam;
pub mod scram;
pub mod tls;
pub mod token;

use rdkafka::ClientConfig;
use runtime::choice;
use runtime::config::Section;

use msk_iam::MskIam;
use scram::Scram;
use tls::Tls;

choice! {
    /// How the clients prove who they are.
    pub enum Auth {
        /// They do not: plaintext, for a broker on a trusted network.
        None = "none",
        /// They do not, but the brokers do, and nobody listens.
        Tls = "tls",
        /// With a user name and a password, over TLS.
        ScramSha512 = "scram-sha-512",
        /// With a certificate of their own.
        Mtls = "mtls",
        /// With the AWS credentials of the process, over TLS.
        MskIam = "msk-iam",
    }
}

/// `kafka.auth` and the keys that it needs.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// The way itself.
    pub way: Auth,
    /// What connections are encrypted with.
    pub tls: Option<Tls>,
    /// Name and password, for `scram-sha-512`.
    pub scram: Option<Scram>,
    /// Whom a token is signed for, for `msk-iam`.
    pub msk_iam: Option<MskIam>,
}

/// Decides which of the other keys are used.
const AUTH: &str = "kafka.auth";

impl AuthConfig {
    /// Reads the keys; those that the chosen way has no use for are refused.
    pub(crate) fn read(kafka: &mut Section<'_>) -> Self {
        let way = kafka.get(
            "auth",
            Auth::None,
            "How the client authenticates: `none` is plaintext, `tls` encrypts only, `scram-sha-512` takes a user name and a password, `mtls` a certificate of the client, `msk-iam` the AWS credentials of the process. All but `none` are encrypted, and check the broker's certificate and host name.",
        );
        Self {
            way,
            tls: Tls::read(kafka, way),
            scram: Scram::read(kafka, way),
            msk_iam: MskIam::read(kafka, way),
        }
    }

    /// Says loudly what must not stay so; for each start.
    pub(super) fn warn(&self) {
        if self.tls.as_ref().is_some_and(|tls| tls.is_unchecked) {
            tracing::error!(
                "kafka.insecure_skip_verify is set: whoever is on the way to the brokers can read and change everything"
            );
        }
    }

    /// Writes librdkafka's settings, over whatever stands there.
    pub(super) fn apply(&self, client: &mut ClientConfig) {
        let Some(tls) = &self.tls else {
            client.set("security.protocol", "PLAINTEXT");
            return;
        };
        tls.apply(client);
        client.set("security.protocol", "SSL");
        if let Some(scram) = &self.scram {
            client.set("security.protocol", "SASL_SSL");
            scram.apply(client);
        }
        if self.msk_iam.is_some() {
            client
                .set("security.protocol", "SASL_SSL")
                .set("sasl.mechanisms", "OAUTHBEARER");
        }
    }
}

/// Reports keys that are set although `kafka.auth` has no use for them.
fn used_under(kafka: &mut Section<'_>, keys: &[&str], way: Auth, ways: &[Auth]) {
    let names: Vec<_> = ways
        .iter()
        .map(|way| format!("\"{}\"", way.as_str()))
        .collect();
    let condition = format!("{AUTH} = {}", names.join(" or "));
    for key in keys {
        kafka.used_only(key, AUTH, ways.contains(&way), &condition);
    }
}

/// Reports a key that is needed and not set.
fn needed(kafka: &mut Section<'_>, key: &str, way: Auth) {
    if !kafka.is_set(key) {
        let message = format!("{AUTH} is \"{}\", so it is needed", way.as_str());
        kafka.problem(key, message);
    }
}

#[cfg(test)]
mod tests;
