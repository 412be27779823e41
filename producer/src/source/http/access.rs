//! Who is let in: the token, and the certificates of both sides.

use std::sync::Arc;

use anyhow::Context as _;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use runtime::config::Secret;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use crate::config::http::Tls;

/// What a client has to show, if anything.
#[derive(Clone, Debug)]
pub(super) struct Token(Option<[u8; 32]>);

impl Token {
    pub(super) fn new(token: Option<&Secret>) -> Self {
        Self(token.map(|token| Sha256::digest(token.expose()).into()))
    }

    /// Whether one is asked for.
    pub(super) const fn is_asked_for(&self) -> bool {
        self.0.is_some()
    }

    /// Whether a request may pass. The time that this takes says nothing of the token: digests are compared, which have
    /// one length, and all of them is.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(wanted) = &self.0 else { return true };
        let mut shown = headers.get_all(AUTHORIZATION).iter();
        let (Some(shown), None) = (shown.next(), shown.next()) else {
            return false;
        };
        let Some(shown) = bearer(shown.as_bytes()) else {
            return false;
        };
        Sha256::digest(shown).ct_eq(wanted).into()
    }
}

/// The token in `Bearer TOKEN`; the scheme's case does not matter.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii())
}

/// Reads the certificates and makes of them what speaks TLS 1.2 and 1.3.
///
/// # Errors
/// A file holds no certificate or key, or they do not belong together.
pub(super) fn tls(config: &Tls) -> anyhow::Result<TlsAcceptor> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let chain = certificates(&config.certificate, "source.tls_certificate_file")?;
    let key = PrivateKeyDer::from_pem_file(&config.key).with_context(|| {
        format!(
            "use the key in {} (source.tls_key_file)",
            config.key.display()
        )
    })?;
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .context("choose the versions of TLS")?;
    let builder = if let Some(path) = &config.client_ca {
        let mut roots = RootCertStore::empty();
        for authority in certificates(path, "source.tls_client_ca_file")? {
            roots
                .add(authority)
                .context("use an authority of source.tls_client_ca_file")?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .context("use source.tls_client_ca_file")?;
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let mut server = builder
        .with_single_cert(chain, key)
        .context("use source.tls_certificate_file with source.tls_key_file")?;
    server.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}

/// All certificates of a file, at least one.
fn certificates(path: &std::path::Path, key: &str) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let place = || format!("use the certificates in {} ({key})", path.display());
    let found = CertificateDer::pem_file_iter(path).with_context(place)?;
    let found: Vec<_> = found.collect::<Result<_, _>>().with_context(place)?;
    anyhow::ensure!(!found.is_empty(), "{}: there is none", place());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn only_the_token_itself_is_let_in() {
        let token = Token::new(Some(&Secret::new("0123456789abcdef")));
        for (shown, is_let_in) in [
            (&["Bearer 0123456789abcdef"][..], true),
            (&["bearer  0123456789abcdef "], true),
            (&[], false),
            (&["Bearer 0123456789abcdeg"], false),
            (&["Bearer 0123456789abcde"], false),
            (&["Bearer 0123456789abcdef0"], false),
            (&["Bearer "], false),
            (&["Bearer"], false),
            (&["Basic 0123456789abcdef"], false),
            (&["0123456789abcdef"], false),
            (
                &["Bearer 0123456789abcdef", "Bearer 0123456789abcdef"],
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for value in shown {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            assert_eq!(token.admits(&headers), is_let_in, "{shown:?}");
        }
        assert!(Token::new(None).admits(&HeaderMap::new()));
    }
}
