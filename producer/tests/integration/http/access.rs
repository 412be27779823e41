//! Who is let in: by a token, by a certificate, by an address.

use std::sync::Arc;

use runtime::lifecycle::Exit;
use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{Line, post, start};
use crate::app::World;
use crate::front::pem;
use crate::ndjson::{SCHEMA_FILE, order};
use crate::process::Process;

const TOKEN: &str = "a-token-of-24-characters";

/// Connects with TLS, and with a certificate where one is named.
async fn connect(
    address: std::net::SocketAddr,
    certificate: Option<&str>,
) -> std::io::Result<Line<TlsStream<TcpStream>>> {
    let mut roots = RootCertStore::empty();
    let ours = CertificateDer::from_pem_file(pem("ca.pem")).expect("a certificate");
    roots.add(ours).expect("an authority");
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots);
    let config = match certificate {
        None => builder.with_no_client_auth(),
        Some(name) => {
            let chain =
                CertificateDer::from_pem_file(pem(&format!("{name}.pem"))).expect("a certificate");
            let key = PrivateKeyDer::from_pem_file(pem(&format!("{name}.key"))).expect("a key");
            builder
                .with_client_auth_cert(vec![chain], key)
                .expect("they belong together")
        }
    };
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(address).await?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    Ok(Line(stream))
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_token_is_let_in() {
    let world = World::new().await;
    let (app, address) = start(&world, &[("source.token", TOKEN)]).await;
    let right = format!("Bearer {TOKEN}");
    for wrong in [
        "",
        "Bearer",
        "Bearer wrong-of-24-characters!!",
        "Basic a-token-of-24-characters",
    ] {
        let answer = post(address, &[("Authorization", wrong)], order(1).as_bytes()).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (401, "unauthorized"),
            "{wrong}"
        );
        let asked = answer
            .header("www-authenticate")
            .expect("what is asked for");
        assert!(asked.starts_with("Bearer"), "{asked}");
    }
    let mut line = Line::open(address).await;
    line.send("GET /openapi.json", &[], b"").await;
    assert_eq!(
        line.hear().await.expect("an answer").status,
        401,
        "the description too"
    );
    // Who is not let in keeps no place from others.
    line.end().await;
    let mut line = Line::open(address).await;
    line.send("GET /openapi.json", &[("Authorization", &right)], b"")
        .await;
    let document = line.hear().await.expect("an answer").json();
    assert!(document["components"]["securitySchemes"]["token"].is_object());
    // Who has the token may use any name, but no foreign page.
    let named = [
        ("Authorization", right.as_str()),
        ("Host", "records.example"),
    ];
    assert_eq!(post(address, &named, order(2).as_bytes()).await.status, 200);
    let foreign = [named[0], named[1], ("Origin", "https://evil.example")];
    assert_eq!(
        post(address, &foreign, order(3).as_bytes()).await.status,
        403
    );
    app.drained().await;
    assert_eq!(world.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_only_who_shows_a_certificate_of_ours_is_let_in() {
    let world = World::new().await;
    let (certificate, key, ca) = (pem("server.pem"), pem("server.key"), pem("ca.pem"));
    let more = [
        ("source.listen", "0.0.0.0:0"),
        ("source.tls_certificate_file", certificate.as_str()),
        ("source.tls_key_file", &key),
        ("source.tls_client_ca_file", &ca),
    ];
    let (app, address) = start(&world, &more).await;
    let address = ([127, 0, 0, 1], address.port()).into();
    let mut line = connect(address, Some("client")).await.expect("let in");
    line.send(
        "POST /records",
        &[("Host", "records.example")],
        order(1).as_bytes(),
    )
    .await;
    assert_eq!(line.hear().await.expect("an answer").status, 200);
    // Under TLS 1.3 a client hears only after its first words that its certificate was not taken.
    for wrong in [None, Some("elsewhere")] {
        if let Ok(mut line) = connect(address, wrong).await {
            let said = tokio::io::AsyncWriteExt::write_all(
                &mut line.0,
                b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
            )
            .await;
            assert!(
                said.is_err() || line.hear().await.is_none(),
                "{wrong:?} is let in"
            );
        }
    }
    // Without TLS there is no answer at all.
    let mut plain = Line::open(address).await;
    plain.send("POST /records", &[], order(2).as_bytes()).await;
    assert!(plain.hear().await.is_none(), "it speaks without TLS");
    app.drained().await;
    assert_eq!(world.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_let_everybody_in_or_cannot_work_ends_with_78() {
    let world = World::new().await;
    let held = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = held.local_addr().expect("bound").to_string();
    let (certificate, ca, elsewhere) = (pem("server.pem"), pem("ca.pem"), pem("elsewhere.key"));
    for (more, said) in [
        (
            vec![("source.listen", "0.0.0.0:0")],
            "source.listen: anybody",
        ),
        (vec![("source.listen", taken.as_str())], "(source.listen)"),
        (
            vec![
                ("source.tls_certificate_file", certificate.as_str()),
                ("source.tls_key_file", &ca),
            ],
            "source.tls_key_file",
        ),
        (
            vec![
                ("source.tls_certificate_file", certificate.as_str()),
                ("source.tls_key_file", &elsewhere),
            ],
            "source.tls_certificate_file with source.tls_key_file",
        ),
    ] {
        let base = [
            ("source.kind", "http"),
            ("source.listen", "127.0.0.1:0"),
            ("registry.schema_file", SCHEMA_FILE),
        ];
        let ended = Process::start(&["run"], &world.settings(&[&base[..], &more].concat())).ended();
        assert_eq!(
            ended.code,
            Some(Exit::Configuration as i32),
            "{}",
            ended.err
        );
        assert!(ended.err.contains(said), "{said}: {}", ended.err);
    }
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_never_shown() {
    let world = World::new().await;
    let more = [
        ("source.kind", "http"),
        ("source.listen", "0.0.0.0:0"),
        ("source.token", TOKEN),
        ("registry.schema_file", SCHEMA_FILE),
    ];
    let ended = Process::start(&["validate"], &world.settings(&more)).ended();
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert!(ended.out.contains("token = \"***\""), "{}", ended.out);
    assert!(
        !ended.out.contains(TOKEN) && !ended.err.contains(TOKEN),
        "{}",
        ended.err
    );
}
