//! Who owns the token for MSK: one per daemon, shared by its clients, renewed by a task of its own.
//!
//! ```text
//! task "kafka token" ──credentials──> Tokens ──push──> every client
//! poll threads ──librdkafka asks──> Tokens: signed from what is in memory
//! ```
//!
//! Only the task waits for AWS. Whoever polls a client is answered at once, from the credentials read last.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use arc_swap::ArcSwap;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use rdkafka::admin::AdminClient;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext, ThreadedProducer};
use runtime::lifecycle::{Exit, Failure, Tasks};
use runtime::telemetry::{Health, Latch};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::AuthConfig;
use super::msk_iam::{MskIam, Signer, SigningError, Token};
use crate::aws::{self, Caller};
use crate::kafka::metrics::TokenMetrics;
use crate::kafka::native;
use crate::registry::Credentials as Kind;

/// The longest that AWS may take to give credentials.
const FETCH: Duration = Duration::from_secs(10);
/// Credentials with less time than this are read again before they sign.
const SHORT: Duration = Duration::from_mins(5);
/// The part of a token's life after which there is a new one; librdkafka itself asks at 80 %.
const SHARE: f64 = 0.6;
/// Bounds of the time between two tokens.
const RESTS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(9));
/// Time to the next try when credentials could not be read.
const RETRY: Duration = Duration::from_secs(10);
/// Time to the next try at start.
const START_RETRY: Duration = Duration::from_millis(500);
/// What AWS says of credentials that will be no better at the next try.
const DENIALS: [&str; 6] = [
    "AccessDenied",
    "ExpiredToken",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "UnrecognizedClient",
    "ValidationError",
];

/// The tokens of a daemon.
#[derive(Debug)]
pub struct Tokens {
    signer: Signer,
    provider: SharedCredentialsProvider,
    /// The credentials read last.
    credentials: ArcSwap<Credentials>,
    clients: Mutex<Vec<Weak<dyn TakesToken>>>,
    metrics: TokenMetrics,
    /// Whether clients have a token that is not over.
    ready: Latch,
    /// Somebody needs newer credentials than these.
    wanted: Notify,
}

impl Tokens {
    /// Reads credentials and keeps tokens fresh from then on, until the drain; nothing unless `kafka.auth` needs them.
    /// Where it does, a daemon is ready only while it has a token that is not over.
    ///
    /// # Errors
    /// 78 when no region is known, 77 when there are no credentials within `patience`, or none at all.
    pub async fn open(
        config: &AuthConfig,
        (metrics, health): (&TokenMetrics, &Health),
        patience: Duration,
        tasks: &Tasks,
    ) -> Result<Option<Arc<Self>>, Failure> {
        config.warn();
        let Some(msk_iam) = &config.msk_iam else {
            return Ok(None);
        };
        // What the AWS SDK does to find its settings is large, and it is done once.
        let (signer, provider) = Box::pin(signer(msk_iam)).await?;
        let first = first(&provider, patience).await?;
        let watched = (metrics.clone(), health.latch("token"));
        let tokens = Arc::new(Self::new(signer, provider, first, watched));
        let (kept, draining) = (Arc::clone(&tokens), tasks.draining().clone());
        tasks.spawn("kafka token", async move {
            tokio::select! {
                () = kept.keep() => {}
                () = draining.cancelled() => {}
            }
            Ok(())
        });
        Ok(Some(tokens))
    }

    fn new(
        signer: Signer,
        provider: SharedCredentialsProvider,
        first: Credentials,
        (metrics, ready): (TokenMetrics, Latch),
    ) -> Self {
        Self {
            signer,
            provider,
            credentials: ArcSwap::from_pointee(first),
            clients: Mutex::default(),
            metrics,
            ready,
            wanted: Notify::new(),
        }
    }

    /// A token signed now, from the credentials in memory.
    ///
    /// # Errors
    /// The credentials are over; newer ones are being read.
    pub fn token(&self) -> Result<Token, SigningError> {
        let left = left(&self.credentials.load(), SystemTime::now());
        if left.is_some_and(|left| left < SHORT) {
            self.wanted.notify_one();
        }
        self.sign()
    }

    fn sign(&self) -> Result<Token, SigningError> {
        let signed = self
            .signer
            .sign(&self.credentials.load(), SystemTime::now());
        match &signed {
            Ok(token) => {
                self.metrics.signed(token.expires());
                self.ready.set(true);
            }
            Err(error) => {
                self.metrics.failed();
                self.ready.set(!self.metrics.is_over());
                tracing::warn!(%error, "no token for kafka");
            }
        }
        signed
    }

    /// Renews the token again and again.
    async fn keep(&self) {
        let mut rest = self.rest();
        loop {
            tokio::select! {
                () = sleep(rest) => {}
                () = self.wanted.notified() => sleep(START_RETRY).await,
            }
            rest = if self.read().await {
                self.rest()
            } else {
                RETRY
            };
            self.push();
        }
    }

    /// Time until the next token is due.
    fn rest(&self) -> Duration {
        let left = left(&self.credentials.load(), SystemTime::now());
        let life = left.map_or(RESTS.1, |left| left.mul_f64(SHARE));
        life.clamp(RESTS.0, RESTS.1)
    }

    /// Reads the credentials anew; those in memory stay when that fails.
    async fn read(&self) -> bool {
        match fetch(&self.provider).await {
            Ok(credentials) => {
                self.credentials.store(Arc::new(credentials));
                true
            }
            Err(error) => {
                self.metrics.failed();
                let error = format!("{:#}", anyhow::Error::new(error));
                tracing::warn!(error, "the AWS credentials for kafka could not be read");
                false
            }
        }
    }

    /// Gives every client a token signed now, or the reason why there is none.
    fn push(&self) {
        let signed = self.sign();
        // Clients go under this lock only, so none of them is dropped, which may take long, by this task.
        for client in self.clients().iter().filter_map(Weak::upgrade) {
            give(client.as_ref(), &signed);
        }
    }

    fn clients(&self) -> MutexGuard<'_, Vec<Weak<dyn TakesToken>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands a token on to a client, or tells it to ask again.
fn give(client: &dyn TakesToken, signed: &Result<Token, SigningError>) {
    match signed {
        Ok(token) => {
            if let Err(reason) = client.take_token(token) {
                tracing::warn!(reason, "librdkafka takes no token");
                client.take_failure(&reason);
            }
        }
        Err(error) => client.take_failure(&error.to_string()),
    }
}

/// The time that credentials have left, if they ever end.
fn left(credentials: &Credentials, now: SystemTime) -> Option<Duration> {
    let end = credentials.expiry()?;
    Some(end.duration_since(now).unwrap_or_default())
}

async fn signer(config: &MskIam) -> Result<(Signer, SharedCredentialsProvider), Failure> {
    let caller = Caller {
        region: config.region.clone(),
        region_key: "kafka.region",
        credentials: Kind::Default,
        role: config.role.as_ref(),
        timeout: FETCH / 2,
    };
    let shared = aws::sdk_config(&caller)
        .await
        .map_err(|error| Failure::new(Exit::Configuration, error))?;
    let region = shared.region().context("find the AWS region")?;
    let provider = shared
        .credentials_provider()
        .context("find AWS credentials for kafka.auth = \"msk-iam\"")?;
    Ok((
        Signer::new(region.as_ref(), config.host.as_deref()),
        provider,
    ))
}

async fn fetch(provider: &SharedCredentialsProvider) -> Result<Credentials, CredentialsError> {
    match timeout(FETCH, provider.provide_credentials()).await {
        Ok(answer) => answer,
        Err(_) => Err(CredentialsError::provider_timed_out(FETCH)),
    }
}

/// The credentials to start with.
async fn first(
    provider: &SharedCredentialsProvider,
    patience: Duration,
) -> Result<Credentials, Failure> {
    let deadline = Instant::now() + patience;
    let give_up = |error: CredentialsError| {
        let error = anyhow::Error::new(error);
        let said = "no AWS credentials to sign a token with (kafka.auth = \"msk-iam\")";
        Failure::new(Exit::Authentication, error.context(said))
    };
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = match timeout(left, fetch(provider)).await {
            Ok(answer) => answer,
            Err(_) => Err(CredentialsError::provider_timed_out(patience)),
        };
        match answer {
            Ok(credentials) => return Ok(credentials),
            Err(error) if is_final(&error) || Instant::now() + START_RETRY >= deadline => {
                return Err(give_up(error));
            }
            Err(error) => {
                tracing::warn!(%error, "no AWS credentials for kafka yet");
                sleep(START_RETRY).await;
            }
        }
    }
}

/// Whether the same question will have no better answer.
fn is_final(error: &CredentialsError) -> bool {
    match error {
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => {
            true
        }
        error => {
            let text = format!("{error:?}");
            DENIALS.iter().any(|denial| text.contains(denial))
        }
    }
}

/// A client that authenticates by token.
pub trait TakesToken: Send + Sync + 'static {
    /// Authenticates by this token from now on.
    ///
    /// # Errors
    /// Why librdkafka does not take it.
    fn take_token(&self, token: &Token) -> Result<(), String>;

    /// Hears why there is no token; the client keeps the one it has, and asks again.
    fn take_failure(&self, reason: &str);
}

macro_rules! takes_token {
    ($client:ident, $context:ident, $native:ident) => {
        impl<C: $context + 'static> TakesToken for $client<C> {
            fn take_token(&self, token: &Token) -> Result<(), String> {
                native::set_token(self.$native(), token)
            }

            fn take_failure(&self, reason: &str) {
                native::set_token_failure(self.$native(), reason);
            }
        }
    };
}
takes_token!(BaseConsumer, ConsumerContext, client);
takes_token!(BaseProducer, ProducerContext, client);
takes_token!(ThreadedProducer, ProducerContext, client);
takes_token!(AdminClient, ClientContext, inner);

impl std::fmt::Debug for dyn TakesToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("client")
    }
}

/// A client that has a token from its first moment on, and every newer one as it comes; without tokens, just a client.
pub struct Authenticated<T: TakesToken> {
    client: Arc<T>,
    tokens: Option<Arc<Tokens>>,
}

impl<T: TakesToken> Authenticated<T> {
    /// Takes a client that was just made.
    pub fn new(client: T, tokens: Option<&Arc<Tokens>>) -> Self {
        let client = Arc::new(client);
        if let Some(tokens) = tokens {
            let weak: Weak<T> = Arc::downgrade(&client);
            tokens.clients().push(weak);
            give(client.as_ref(), &tokens.token());
        }
        Self {
            client,
            tokens: tokens.cloned(),
        }
    }
}

impl<T: TakesToken> Deref for Authenticated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.client
    }
}

impl<T: TakesToken> Drop for Authenticated<T> {
    fn drop(&mut self) {
        let Some(tokens) = &self.tokens else { return };
        let own = Arc::as_ptr(&self.client).cast::<()>();
        tokens
            .clients()
            .retain(|known| known.as_ptr().cast::<()>() != own);
    }
}

impl<T: TakesToken> std::fmt::Debug for Authenticated<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authenticated").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
