//! S3: a bucket, with the credentials and the region that all of AWS has here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_types::service_config::ServiceConfigKey;
use object_store::aws::{AmazonS3Builder, AwsCredential};
use object_store::{ClientOptions, CredentialProvider, ObjectStore, RetryConfig};

use crate::aws::{AwsError, Caller, sdk_config};
use crate::registry::Credentials;

/// The longest time of one request; a file of the default size takes a second or two.
const TIMEOUT: Duration = Duration::from_secs(30);
/// For how long one call is made again by itself; who calls tries again after that.
const RETRIES: Duration = Duration::from_secs(10);

/// A bucket, and where it is if the AWS SDK's own settings do not say it.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its region.
    pub region: Option<&'a str>,
    /// A service that speaks S3, in place of AWS's own.
    pub endpoint: Option<&'a str>,
}

/// Why there can be no client for S3.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3Error {
    /// No region, or nobody to sign as.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The bucket's name or the endpoint cannot be used.
    #[error(transparent)]
    Client(#[from] object_store::Error),
}

/// Makes the client for a bucket; nothing is sent yet.
///
/// The endpoint is the one given, else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or a profile's, else the region's own.
///
/// # Errors
///
/// No region is known, or the endpoint is no URL.
pub async fn open(bucket: &Bucket<'_>) -> Result<Arc<dyn ObjectStore>, S3Error> {
    let caller = Caller {
        region: bucket.region.map(str::to_owned),
        region_key: "sink.region",
        credentials: Credentials::Default,
        role: None,
        timeout: TIMEOUT,
    };
    let shared = sdk_config(&caller).await?;
    let region = shared.region().map_or("", Region::as_ref);
    let options = ClientOptions::new().with_timeout(TIMEOUT);
    let retry = RetryConfig {
        retry_timeout: RETRIES,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket.name)
        .with_region(region)
        .with_client_options(options)
        .with_retry(retry);
    if let Some(provider) = shared.credentials_provider() {
        builder = builder.with_credentials(Arc::new(Signing(provider)));
    }
    if let Some(endpoint) = bucket
        .endpoint
        .map(str::to_owned)
        .or_else(|| endpoint(&shared))
    {
        builder = builder
            .with_allow_http(endpoint.starts_with("http://"))
            .with_endpoint(endpoint);
    } else {
        builder = builder.with_virtual_hosted_style_request(true);
    }
    Ok(Arc::new(builder.build()?))
}

/// The endpoint that the AWS SDK would take by itself.
fn endpoint(shared: &SdkConfig) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id("S3")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_s3 = || shared.service_config()?.load_config(key.ok()?);
    of_s3().or_else(|| shared.endpoint_url().map(str::to_owned))
}

/// The AWS SDK's credentials, which it fetches and renews by itself.
struct Signing(SharedCredentialsProvider);

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signing")
    }
}

#[async_trait]
impl CredentialProvider for Signing {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let found = self.0.provide_credentials().await;
        let found = found.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: Box::new(error),
        })?;
        Ok(Arc::new(AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        }))
    }
}
