//! Tests of the token's owner, with credentials of their own making.

use std::collections::VecDeque;

use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::future::ProvideCredentials as Answer;
use prometheus::Registry;
use rdkafka::ClientConfig;
use runtime::telemetry::Telemetry;

use super::*;
use crate::kafka::metrics::KafkaMetrics;

const PATIENCE: Duration = Duration::from_secs(20);

/// Answers with these in turn, and with the last one again and again.
#[derive(Debug)]
struct Script(Mutex<VecDeque<Result<Credentials, &'static str>>>);

impl ProvideCredentials for Script {
    fn provide_credentials<'a>(&'a self) -> Answer<'a>
    where
        Self: 'a,
    {
        let mut script = self.0.lock().unwrap();
        let next = match script.len() {
            1 => script[0].clone(),
            _ => script.pop_front().unwrap(),
        };
        Answer::ready(next.map_err(|said| match said {
            "none" => CredentialsError::not_loaded("none"),
            said => CredentialsError::provider_error(said),
        }))
    }
}

fn provider(script: Vec<Result<Credentials, &'static str>>) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Script(Mutex::new(script.into())))
}

fn credentials(key: &str, left: Duration) -> Credentials {
    let end = SystemTime::now() + left;
    Credentials::new(key, "secret", None, Some(end), "test")
}

fn tokens(
    first: Credentials,
    then: Vec<Result<Credentials, &'static str>>,
) -> (Arc<Tokens>, Registry) {
    let registry = Registry::new();
    let metrics = KafkaMetrics::register(&registry).unwrap().token;
    let signer = Signer::new("eu-west-1", None);
    let ready = Telemetry::new("test").health().latch("token");
    (
        Arc::new(Tokens::new(signer, provider(then), first, (metrics, ready))),
        registry,
    )
}

fn count(registry: &Registry, result: &str) -> u32 {
    let count = value(
        registry,
        "gluestream_kafka_auth_token_refresh_total",
        result,
    );
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts in a test are small whole numbers"
    )]
    let count = count as u32;
    count
}

fn value(registry: &Registry, name: &str, label: &str) -> f64 {
    let families = registry.gather();
    let family = families
        .iter()
        .find(|family| family.name() == name)
        .unwrap();
    let has = |metric: &&prometheus::proto::Metric| {
        let labels = metric.get_label();
        labels.is_empty() || labels.iter().any(|pair| pair.value() == label)
    };
    let metric = family.get_metric().iter().find(has).unwrap();
    metric.get_counter().get_value() + metric.get_gauge().get_value()
}

type Told = Arc<Mutex<Vec<Result<SystemTime, String>>>>;

/// Remembers what it was told.
struct Client(Told);

impl TakesToken for Client {
    fn take_token(&self, token: &Token) -> Result<(), String> {
        self.0.lock().unwrap().push(Ok(token.expires()));
        Ok(())
    }

    fn take_failure(&self, reason: &str) {
        self.0.lock().unwrap().push(Err(reason.to_owned()));
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn credentials_that_are_about_to_end_are_read_again_and_every_client_gets_the_new_token() {
    let next = credentials("SECOND", Duration::from_hours(6));
    let (tokens, registry) = tokens(credentials("FIRST", SHORT / 2), vec![Ok(next)]);
    let told = Told::default();
    let attached = Authenticated::new(Client(Arc::clone(&told)), Some(&tokens));
    assert_eq!(told.lock().unwrap().len(), 1, "at once");
    let keep = tokens.keep();
    tokio::select! {
        () = keep => {}
        () = until(|| told.lock().unwrap().len() >= 2) => {}
    }
    let ends: Vec<SystemTime> = told
        .lock()
        .unwrap()
        .iter()
        .map(|end| end.clone().unwrap())
        .collect();
    assert!(ends[1] > ends[0] + Duration::from_mins(10), "{ends:?}");
    assert_eq!(tokens.credentials.load().access_key_id(), "SECOND");
    assert!(count(&registry, "ok") >= 2);
    let left = value(&registry, "gluestream_kafka_auth_token_expiry_seconds", "");
    assert!((890.0..=900.0).contains(&left), "{left}");
    drop(attached);
    assert!(
        tokens.clients().is_empty(),
        "a client that has gone is told nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn aws_that_has_no_longer_credentials_is_not_asked_all_the_time() {
    let short = || credentials("K", Duration::from_secs(100));
    let (tokens, registry) = tokens(short(), vec![Ok(short())]);
    tokens.token().unwrap();
    let minute = timeout(Duration::from_mins(1), tokens.keep()).await;
    minute.unwrap_err();
    assert_eq!(
        count(&registry, "ok"),
        1 + 1,
        "one for the client, one for the task"
    );
}

#[tokio::test]
async fn good_credentials_go_on_signing_while_newer_ones_cannot_be_read() {
    let (tokens, registry) = tokens(credentials("FIRST", PATIENCE * 60), vec![Err("away")]);
    assert!(!tokens.read().await);
    tokens.token().unwrap();
    assert_eq!((count(&registry, "error"), count(&registry, "ok")), (1, 1));
}

#[tokio::test]
async fn a_daemon_is_ready_while_it_has_a_token_that_is_not_over() {
    let (tokens, _) = tokens(
        credentials("FIRST", Duration::from_secs(1)),
        vec![Err("away")],
    );
    assert!(!tokens.ready.is_set());
    tokens.token().unwrap();
    assert!(tokens.ready.is_set());
    until(|| tokens.token().is_err()).await;
    assert!(!tokens.ready.is_set());
}

#[tokio::test]
async fn clients_hear_that_there_is_no_token() {
    let (tokens, registry) = tokens(credentials("FIRST", Duration::ZERO), vec![Err("away")]);
    let told = Told::default();
    let _attached = Authenticated::new(Client(Arc::clone(&told)), Some(&tokens));
    tokens.push();
    let told = told.lock().unwrap();
    let reason = told[1].as_ref().unwrap_err();
    assert!(reason.contains("have expired"), "{reason}");
    assert_eq!(count(&registry, "error"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_start_without_credentials_ends_at_once_or_when_patience_is_over() {
    let good = || credentials("K", Duration::from_hours(1));
    let began = Instant::now();
    for denial in ["none", "AccessDenied: not you"] {
        let failure = first(&provider(vec![Err(denial)]), PATIENCE)
            .await
            .unwrap_err();
        assert_eq!(failure.exit, Exit::Authentication);
        assert!(failure.to_string().contains("kafka.auth"), "{failure}");
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    let late = first(
        &provider(vec![Err("away"), Err("away"), Ok(good())]),
        PATIENCE,
    )
    .await;
    assert_eq!(late.unwrap().access_key_id(), "K");
    let began = Instant::now();
    let failure = first(&provider(vec![Err("away")]), PATIENCE)
        .await
        .unwrap_err();
    assert_eq!(failure.exit, Exit::Authentication);
    assert!(began.elapsed() <= PATIENCE, "{:?}", began.elapsed());
}

#[test]
fn a_token_is_due_before_it_ends_and_not_all_the_time() {
    let rest = |left| tokens(credentials("K", left), vec![Err("away")]).0.rest();
    assert_eq!(rest(Duration::from_hours(6)), RESTS.1);
    assert!(rest(Duration::from_secs(100)) <= Duration::from_mins(1));
    assert_eq!(rest(Duration::ZERO), RESTS.0);
}

#[test]
fn librdkafka_takes_a_token_and_says_why_it_takes_none() {
    let plain: BaseProducer = ClientConfig::new().create().unwrap();
    let mut config = ClientConfig::new();
    config
        .set("security.protocol", "SASL_PLAINTEXT")
        .set("sasl.mechanisms", "OAUTHBEARER");
    let client: BaseProducer = config.create().unwrap();
    let (tokens, _) = tokens(credentials("K", PATIENCE), vec![Err("away")]);
    let token = tokens.token().unwrap();
    assert_eq!(client.take_token(&token), Ok(()));
    let said = plain.take_token(&token).unwrap_err();
    assert!(said.contains("OAUTHBEARER"), "{said}");
    client.take_failure("no token now");
    client.take_failure("a zero \0 byte");
}
