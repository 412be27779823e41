//! `assume_role_arn` and what goes with it: a registry or a cluster in another account.

use runtime::config::Section;

/// How the session is called unless it is named.
const SESSION: &str = "gluestream";

/// A role that is assumed for the section that names it, and for nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role's ARN.
    pub arn: String,
    /// What the role's account asks for beside the ARN.
    pub external_id: Option<String>,
    /// The session's name, by which the role's account sees who called.
    pub session_name: String,
}

impl Role {
    /// Reads the keys; nothing without a role. `decider` is the full name of `assume_role_arn`, which `help` explains.
    pub(crate) fn read(
        section: &mut Section<'_>,
        decider: &'static str,
        help: &'static str,
    ) -> Option<Self> {
        let arn: Option<String> = section.get_optional("assume_role_arn", help);
        let external_id: Option<String> = section.get_optional(
            "external_id",
            "External id that the role's account asks for when the role is assumed.",
        );
        let session_name = section.get(
            "session_name",
            SESSION.to_owned(),
            "Name of the role's session, which the role's account sees in its logs.",
        );
        for key in ["external_id", "session_name"] {
            section.used_only(key, decider, arn.is_some(), decider);
        }
        let arn = arn?;
        if !is_role(&arn) {
            let message =
                "a role's ARN is expected, such as `arn:aws:iam::000000000000:role/schemas`";
            section.problem("assume_role_arn", message);
        }
        if !external_id
            .as_deref()
            .is_none_or(|id| is_text(id, 2..=1224, b"+=,.@:/-_"))
        {
            let message = "an external id has 2 to 1224 letters, digits or `+=,.@:/-_`";
            section.problem("external_id", message);
        }
        if !is_text(&session_name, 2..=64, b"+=,.@-_") {
            let message = "a session's name has 2 to 64 letters, digits or `+=,.@-_`";
            section.problem("session_name", message);
        }
        Some(Self {
            arn,
            external_id,
            session_name,
        })
    }
}

fn is_role(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (start, partition, service) = (next(), next(), next());
    let (region, account, resource) = (next(), next(), next());
    let name = resource.strip_prefix("role/").unwrap_or_default();
    start == "arn"
        && partition.starts_with("aws")
        && service == "iam"
        && region.is_empty()
        && is_text(account, 12..=12, b"")
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && is_text(name, 1..=1024, b"+=,.@-_/")
}

/// Whether a text has this length, and nothing but letters, digits and the marks.
fn is_text(text: &str, length: std::ops::RangeInclusive<usize>, marks: &[u8]) -> bool {
    let is_good = |byte: u8| byte.is_ascii_alphanumeric() || marks.contains(&byte);
    length.contains(&text.len()) && text.bytes().all(is_good)
}
