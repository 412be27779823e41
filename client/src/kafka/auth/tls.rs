//! `kafka.auth = "tls"` and `"mtls"`: certificates, and what they are checked against.

use std::fs::File;
use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;
use runtime::config::{Secret, Section};

use super::{Auth, needed, used_under};

/// Where distributions keep the authorities that they trust; the OpenSSL that is built in knows of none of them.
const SYSTEM: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How a connection is encrypted.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The authorities that brokers' certificates are checked against; the system's own when not set.
    pub ca_file: Option<PathBuf>,
    /// The certificate that the client shows.
    pub identity: Option<Identity>,
    /// Whether any certificate and any host name will do.
    pub is_unchecked: bool,
}

/// A client's certificate.
#[derive(Clone, Debug)]
pub struct Identity {
    certificate: PathBuf,
    key: PathBuf,
    password: Option<Secret>,
}

impl Tls {
    /// Reads the keys; nothing where nothing is encrypted.
    pub(super) fn read(kafka: &mut Section<'_>, way: Auth) -> Option<Self> {
        let ca_file = file(
            kafka,
            "ca_file",
            "File with the certificates, in PEM, that brokers' certificates are checked against; the system's own authorities when not set.",
        );
        let identity = Identity::read(kafka, way);
        let is_unchecked = kafka.get(
            "insecure_skip_verify",
            false,
            "Takes any broker's certificate and host name, for a test cluster; each start logs an error. Not with `msk-iam`.",
        );
        let encrypted = [Auth::Tls, Auth::ScramSha512, Auth::Mtls, Auth::MskIam];
        used_under(kafka, &["ca_file"], way, &encrypted);
        let may_be_unchecked = &encrypted[..3];
        used_under(kafka, &["insecure_skip_verify"], way, may_be_unchecked);
        (way != Auth::None).then_some(Self {
            ca_file,
            identity,
            is_unchecked: is_unchecked && may_be_unchecked.contains(&way),
        })
    }

    pub(super) fn apply(&self, client: &mut ClientConfig) {
        let system = || SYSTEM.iter().map(Path::new).find(|path| path.is_file());
        if let Some(path) = self.ca_file.as_deref().or_else(system) {
            client.set("ssl.ca.location", path.to_string_lossy());
        }
        let (verifies, names) = if self.is_unchecked {
            ("false", "none")
        } else {
            ("true", "https")
        };
        client
            .set("enable.ssl.certificate.verification", verifies)
            .set("ssl.endpoint.identification.algorithm", names);
        if let Some(identity) = &self.identity {
            client
                .set(
                    "ssl.certificate.location",
                    identity.certificate.to_string_lossy(),
                )
                .set("ssl.key.location", identity.key.to_string_lossy());
            if let Some(password) = &identity.password {
                client.set("ssl.key.password", password.expose());
            }
        }
    }
}

impl Identity {
    fn read(kafka: &mut Section<'_>, way: Auth) -> Option<Self> {
        let certificate = file(
            kafka,
            "client_certificate_file",
            "File with the client's certificate and those between it and its authority, in PEM, for `mtls`.",
        );
        let key = file(
            kafka,
            "client_key_file",
            "File with the private key of the client's certificate, in PEM, for `mtls`.",
        );
        let password = kafka.get_optional(
            "client_key_password",
            "Password of the private key, if it has one.",
        );
        let keys = [
            "client_certificate_file",
            "client_key_file",
            "client_key_password",
        ];
        used_under(kafka, &keys, way, &[Auth::Mtls]);
        if way != Auth::Mtls {
            return None;
        }
        for key in &keys[..2] {
            needed(kafka, key, way);
        }
        Some(Self {
            certificate: certificate?,
            key: key?,
            password,
        })
    }
}

/// Reads the path of a file that has to be readable.
fn file(kafka: &mut Section<'_>, key: &'static str, help: &'static str) -> Option<PathBuf> {
    let path: Option<PathBuf> = kafka.get_optional(key, help);
    if let Some(Err(error)) = path.as_ref().map(File::open) {
        kafka.problem(key, format!("the file cannot be read: {error}"));
    }
    path
}
