//! The address of a registry in AWS, which says its account and region beside its name.

use std::fmt;
use std::str::FromStr;

use crate::error::text::short;

/// The ARN of a registry.
///
/// ```
/// use common::registry::arn::RegistryArn;
///
/// let arn: RegistryArn = "arn:aws:glue:eu-central-1:000000000000:registry/customer".parse()?;
/// assert_eq!((arn.name(), arn.region()), ("customer", "eu-central-1"));
/// assert_eq!(
///     arn.schema("orders-value"),
///     "arn:aws:glue:eu-central-1:000000000000:schema/customer/orders-value",
/// );
/// # Ok::<(), common::registry::arn::ArnError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryArn {
    text: Box<str>,
    /// Bytes in front of the words `registry/`.
    head: usize,
    region: Box<str>,
}

/// A text is no ARN of a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{}\" is no ARN of a registry, such as `arn:aws:glue:eu-central-1:000000000000:registry/customer`",
    short(.text)
)]
pub struct ArnError {
    /// The text.
    pub text: String,
}

const RESOURCE: &str = "registry/";

impl RegistryArn {
    /// The registry's name.
    pub fn name(&self) -> &str {
        &self.text[self.head + RESOURCE.len()..]
    }

    /// The region that the registry is in.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of a schema in the registry.
    pub fn schema(&self, schema: &str) -> String {
        format!("{}schema/{}/{schema}", &self.text[..self.head], self.name())
    }
}

impl FromStr for RegistryArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        parse(text).ok_or_else(|| ArnError {
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for RegistryArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn parse(text: &str) -> Option<RegistryArn> {
    let mut parts = text.splitn(6, ':');
    let (arn, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let name = resource.strip_prefix(RESOURCE)?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = !name.is_empty() && !name.contains([':', '/']);
    let is_arn = arn == "arn" && partition.starts_with("aws") && service == "glue";
    (is_arn && !region.is_empty() && is_account && is_name).then(|| RegistryArn {
        text: text.into(),
        head: text.len() - resource.len(),
        region: region.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_registry_is_one() {
        for good in [
            "arn:aws:glue:us-east-1:000000000000:registry/customer",
            "arn:aws-cn:glue:cn-north-1:123456789012:registry/a.b$c",
        ] {
            assert_eq!(good.parse::<RegistryArn>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "customer",
            "arn:aws:glue:us-east-1:000000000000:schema/customer/orders-value",
            "arn:aws:glue:us-east-1:000000000000:registry/",
            "arn:aws:glue:us-east-1:000000000000:registry/a/b",
            "arn:aws:glue:us-east-1:00000000000:registry/customer",
            "arn:aws:glue::000000000000:registry/customer",
            "arn:aws:s3:us-east-1:000000000000:registry/customer",
            "arn:gcp:glue:us-east-1:000000000000:registry/customer",
        ] {
            assert!(bad.parse::<RegistryArn>().is_err(), "{bad}");
        }
    }
}
