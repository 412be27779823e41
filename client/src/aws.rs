//! AWS: region, credentials, endpoint, and the Glue client made of them.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_glue::Client;

use crate::registry::{Credentials as Kind, RegistryConfig};

/// The longest time to open a connection to AWS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The region for anonymous credentials when none is set: the one that local registries assume.
const LOCAL_REGION: Region = Region::from_static("us-east-1");

/// Why there can be no client for AWS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AwsError {
    /// No region is known, so there is neither an endpoint nor a signature.
    #[error(
        "no AWS region is known: set registry.region, AWS_REGION, or the region of an AWS profile"
    )]
    NoRegion,
}

/// Builds the client for the schema registry; nothing is sent to the registry yet.
///
/// The endpoint is `registry.endpoint`, else what the AWS SDK finds by itself (`AWS_ENDPOINT_URL_GLUE`,
/// `AWS_ENDPOINT_URL`, a profile), else the region's own. Each call is made once, without the SDK's retries.
///
/// # Errors
///
/// No region is known.
pub async fn glue_client(config: &RegistryConfig) -> Result<Client, AwsError> {
    let shared = sdk_config(config).await?;
    let mut glue = aws_sdk_glue::config::Builder::from(&shared);
    if let Some(endpoint) = &config.endpoint {
        glue = glue.endpoint_url(endpoint);
    }
    Ok(Client::from_conf(glue.build()))
}

/// Region, credentials and time limits, for any AWS service.
async fn sdk_config(config: &RegistryConfig) -> Result<SdkConfig, AwsError> {
    let configured = config.region.clone().map(Region::new);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(config.timeout))
        .operation_attempt_timeout(config.timeout)
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .app_name(AppName::new("gluestream").expect("the name has letters only"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    let loader = match config.credentials {
        Kind::Default => {
            loader.region(RegionProviderChain::first_try(configured).or_default_provider())
        }
        // No look-up beyond the environment: off AWS it would wait for a metadata service that is not there.
        Kind::Anonymous => loader
            .region(
                RegionProviderChain::first_try(configured)
                    .or_else(EnvironmentVariableRegionProvider::new())
                    .or_else(LOCAL_REGION),
            )
            .credentials_provider(Credentials::new(
                "anonymous",
                "anonymous",
                None,
                None,
                "anonymous",
            )),
    };
    let shared = loader.load().await;
    match shared.region() {
        Some(_) => Ok(shared),
        None => Err(AwsError::NoRegion),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use common::registry::{SchemaName, SchemaRegistry};

    use super::*;

    fn local() -> RegistryConfig {
        RegistryConfig {
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            credentials: Kind::Anonymous,
            ..crate::registry::tests::defaults()
        }
    }

    #[tokio::test]
    async fn a_local_registry_needs_no_account_and_no_metadata_service() {
        let start = Instant::now();
        let client = glue_client(&local()).await.unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{:?}",
            start.elapsed()
        );
        assert!(client.config().region().is_some());
    }

    #[tokio::test]
    async fn the_configured_region_wins() {
        let config = RegistryConfig {
            region: Some("eu-central-1".to_owned()),
            ..local()
        };
        let client = glue_client(&config).await.unwrap();
        assert_eq!(
            client.config().region(),
            Some(&Region::from_static("eu-central-1"))
        );
    }

    #[tokio::test]
    async fn calls_go_to_the_configured_endpoint() {
        let metrics = common::metrics::RegistryMetrics::unregistered();
        let client = glue_client(&local()).await.unwrap();
        let registry = common::registry::glue::GlueRegistry::new(&client, &metrics);
        let name = SchemaName::new("customer", "orders-value");
        let error = registry.data_format(&name).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert!(error.message.contains("refused"), "{error}");
    }
}
