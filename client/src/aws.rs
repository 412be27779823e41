//! AWS: region, credentials, endpoint, and the Glue client made of them.

mod role;

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_glue::Client;
use aws_types::service_config::ServiceConfigKey;
use common::registry::arn::RegistryArn;

use crate::registry::{Credentials as Kind, RegistryConfig};
pub use role::Role;

/// The longest time to open a connection to AWS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// The region for anonymous credentials when none is set: the one that local registries assume.
const LOCAL_REGION: Region = Region::from_static("us-east-1");

/// Why there can be no client for AWS.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AwsError {
    /// No region is known, so there is neither an endpoint nor a signature.
    #[error("no AWS region is known: set {key}, AWS_REGION, or the region of an AWS profile")]
    NoRegion {
        /// The key that may name it.
        key: &'static str,
    },
}

/// Who calls AWS, from where, and how patiently.
#[derive(Debug)]
pub(crate) struct Caller<'a> {
    /// The region, where it is configured.
    pub(crate) region: Option<String>,
    /// The key that configures it.
    pub(crate) region_key: &'static str,
    /// Where credentials come from.
    pub(crate) credentials: Kind,
    /// The role that is assumed with them.
    pub(crate) role: Option<&'a Role>,
    /// The longest time of one call.
    pub(crate) timeout: Duration,
}

impl<'a> Caller<'a> {
    fn of_registry(config: &'a RegistryConfig) -> Self {
        let region = || config.arn.as_ref().map(|arn| arn.region().to_owned());
        Self {
            region: config.region.clone().or_else(region),
            region_key: "registry.region",
            credentials: config.credentials,
            role: config.role.as_ref(),
            timeout: config.timeout,
        }
    }
}

/// The client for the schema registry.
#[derive(Clone, Debug)]
pub struct Glue {
    /// The client.
    pub client: Client,
    /// Endpoint, region and ARN in one text, which tells this registry service from others.
    pub service: String,
}

/// Builds the client for the schema registry; nothing is sent to the registry yet.
///
/// The endpoint is `registry.endpoint`, else what the AWS SDK finds by itself (`AWS_ENDPOINT_URL_GLUE`,
/// `AWS_ENDPOINT_URL`, a profile), else the region's own. Each call is made once, without the SDK's retries.
///
/// # Errors
///
/// No region is known.
pub async fn glue_client(config: &RegistryConfig) -> Result<Glue, AwsError> {
    let shared = sdk_config(&Caller::of_registry(config)).await?;
    let mut glue = aws_sdk_glue::config::Builder::from(&shared);
    if let Some(endpoint) = &config.endpoint {
        glue = glue.endpoint_url(endpoint);
    }
    Ok(Glue {
        client: Client::from_conf(glue.build()),
        service: service(config, &shared),
    })
}

fn service(config: &RegistryConfig, shared: &SdkConfig) -> String {
    let key = ServiceConfigKey::builder()
        .service_id("Glue")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_glue = || shared.service_config()?.load_config(key.ok()?);
    let endpoint = config.endpoint.clone().or_else(of_glue);
    let endpoint = endpoint.or_else(|| shared.endpoint_url().map(str::to_owned));
    let endpoint = endpoint.map_or_else(
        || "aws".to_owned(),
        |url| runtime::config::mask_user_info(url.trim_end_matches('/')),
    );
    let region = shared.region().map_or("", Region::as_ref);
    let arn = config.arn.as_ref().map_or("", RegistryArn::as_str);
    format!("{endpoint} {region} {arn}").trim_end().to_owned()
}

/// Region, credentials and time limits, for any AWS service.
pub(crate) async fn sdk_config(caller: &Caller<'_>) -> Result<SdkConfig, AwsError> {
    let configured = caller.region.clone().map(Region::new);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(caller.timeout))
        .operation_attempt_timeout(caller.timeout)
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .app_name(AppName::new("gluestream").expect("the name has letters only"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    let loader = match caller.credentials {
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
    if shared.region().is_none() {
        let key = caller.region_key;
        return Err(AwsError::NoRegion { key });
    }
    Ok(match caller.role {
        Some(role) => assuming(role, shared).await,
        None => shared,
    })
}

/// The same with the credentials of a role, which are fetched when they are needed, and anew before they end.
async fn assuming(role: &Role, shared: SdkConfig) -> SdkConfig {
    let provider = AssumeRoleProvider::builder(&role.arn)
        .session_name(&role.session_name)
        .configure(&shared);
    let provider = match &role.external_id {
        Some(id) => provider.external_id(id),
        None => provider,
    };
    let credentials = SharedCredentialsProvider::new(provider.build().await);
    shared
        .into_builder()
        .credentials_provider(credentials)
        .build()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use aws_credential_types::provider::ProvideCredentials as _;
    use common::registry::{SchemaName, SchemaRegistry};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

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
        let client = glue_client(&local()).await.unwrap().client;
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
        let client = glue_client(&config).await.unwrap().client;
        assert_eq!(
            client.config().region(),
            Some(&Region::from_static("eu-central-1"))
        );
    }

    #[tokio::test]
    async fn the_region_of_an_arn_stands_in_for_a_configured_one() {
        let arn = "arn:aws:glue:eu-west-3:000000000000:registry/customer";
        let config = RegistryConfig {
            arn: Some(arn.parse().unwrap()),
            ..local()
        };
        let client = glue_client(&config).await.unwrap().client;
        assert_eq!(
            client.config().region(),
            Some(&Region::from_static("eu-west-3"))
        );
    }

    #[tokio::test]
    async fn each_registry_service_has_a_text_of_its_own_without_a_secret() {
        let of = async |config: RegistryConfig| glue_client(&config).await.unwrap().service;
        let region = |name: &str| RegistryConfig {
            region: Some(name.to_owned()),
            ..local()
        };
        let mut with_secret = region("eu-west-3");
        with_secret.endpoint = Some("http://me:secret@127.0.0.1:1/".to_owned());
        let mut with_arn = region("eu-west-3");
        let arn = "arn:aws:glue:eu-west-3:000000000000:registry/customer";
        with_arn.arn = Some(arn.parse().unwrap());
        assert_eq!(of(local()).await, "http://127.0.0.1:1 us-east-1");
        assert_eq!(
            of(region("eu-west-3")).await,
            "http://127.0.0.1:1 eu-west-3"
        );
        assert!(!of(with_secret).await.contains("secret"));
        assert_eq!(
            of(with_arn).await,
            format!("http://127.0.0.1:1 eu-west-3 {arn}")
        );
    }

    /// Answers one request with a role's credentials, and gives the request.
    async fn sts(listener: TcpListener) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !String::from_utf8_lossy(&request).contains("Action=AssumeRole") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
            <AssumedRoleUser><AssumedRoleId>ARO:s</AssumedRoleId><Arn>arn:aws:sts::000000000000:assumed-role/schemas/s</Arn></AssumedRoleUser>\
            <Credentials><AccessKeyId>ROLEKEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
            <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    #[tokio::test]
    async fn a_role_is_assumed_with_its_external_id_and_signs_in_place_of_the_caller() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let own = sdk_config(&Caller::of_registry(&local()))
            .await
            .unwrap()
            .into_builder();
        let role = Role {
            arn: "arn:aws:iam::000000000000:role/schemas".to_owned(),
            external_id: Some("ours".to_owned()),
            session_name: "orders".to_owned(),
        };
        let assumed = assuming(&role, own.endpoint_url(endpoint).build()).await;
        let provider = assumed.credentials_provider().unwrap();
        let (asked, got) = tokio::join!(sts(listener), provider.provide_credentials());
        assert_eq!(got.unwrap().access_key_id(), "ROLEKEY");
        for part in [
            "RoleArn=arn%3Aaws%3Aiam%3A%3A000000000000%3Arole%2Fschemas",
            "ExternalId=ours",
            "RoleSessionName=orders",
            "Credential=anonymous/",
        ] {
            assert!(asked.contains(part), "{part} is missing in: {asked}");
        }
    }

    #[tokio::test]
    async fn calls_go_to_the_configured_endpoint() {
        let metrics = common::metrics::RegistryMetrics::unregistered();
        let client = glue_client(&local()).await.unwrap().client;
        let registry = common::registry::glue::GlueRegistry::new(&client, &metrics);
        let name = SchemaName::new("customer", "orders-value");
        let error = registry.schema(&name).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert!(error.message.contains("refused"), "{error}");
    }
}
