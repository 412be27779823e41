//! What the stub reads from the configuration: the section `stub`.

mod behaviour;
mod rules;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use runtime::config::{Admin, Base, Config, Reader, Secret, Section};

use crate::auth::Keys;
use crate::faults;

pub use behaviour::{Behaviour, DefinitionMatch, Validation};
pub use rules::{Incompatible, Rules};

runtime::choice! {
    /// Which requests are accepted.
    enum Auth {
        /// All, signed or not.
        None = "none",
        /// Those that are signed with the configured keys.
        Verify = "verify",
    }
}

/// The configuration of one stub.
#[derive(Clone, Debug)]
pub struct StubConfig {
    /// Log, start and shutdown.
    pub base: Base,
    /// The address of the API, the page and the probes; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Names beside IP addresses and `localhost` that a `Host` header may carry.
    pub allowed_hosts: Vec<String>,
    /// The data file; without one everything is kept in memory and ends with the process.
    pub data: Option<PathBuf>,
    /// The account in every ARN, 12 digits.
    pub account_id: String,
    /// The region of requests that are not signed.
    pub region: String,
    /// How much a region may hold.
    pub quotas: Quotas,
    /// What may differ from one registry to the next.
    pub behaviour: Behaviour,
    /// What ids of schema versions are derived from; random ones without it.
    pub seed: Option<u64>,
    /// What requests to the API meet on purpose.
    pub(crate) faults: faults::Rules,
    /// The keys that requests have to be signed with, if signatures are checked.
    pub(crate) keys: Option<Keys>,
}

/// How much a region may hold; what goes beyond is refused as AWS does.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// Registries.
    pub registries: usize,
    /// Schemas of all registries.
    pub schemas: usize,
    /// Versions of all schemas.
    pub schema_versions: usize,
    /// Metadata pairs of one version.
    pub metadata: usize,
}

impl Quotas {
    fn read(stub: &mut Section<'_>) -> Self {
        Self {
            registries: stub.get(
                "quotas.registries",
                100,
                "Registries that the stub allows in a region.",
            ),
            schemas: stub.get(
                "quotas.schemas",
                10_000,
                "Schemas that the stub allows in a region.",
            ),
            schema_versions: stub.get(
                "quotas.schema_versions",
                10_000,
                "Schema versions that the stub allows in a region.",
            ),
            metadata: stub.get(
                "quotas.metadata",
                10,
                "Metadata pairs that the stub allows for a schema version.",
            ),
        }
    }
}

impl Config for StubConfig {
    const BINARY: &'static str = "registry-stub";

    fn read(reader: &mut Reader) -> Self {
        let base = Base::read(reader);
        let mut stub = reader.section("stub");
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8181));
        let listen = stub.get(
            "listen",
            listen,
            "Address of the registry stub: its API, its page, its probes; port 0 takes a free one.",
        );
        let allowed_hosts = stub.get("allowed_hosts", Vec::new(), "Names beside IP addresses and `localhost` that requests to the stub may carry in `Host`.");
        let data = stub.get_optional(
            "data",
            "Data file of the stub; without one it keeps everything in memory.",
        );
        let account_id = stub.get(
            "account_id",
            "000000000000".to_owned(),
            "AWS account in every ARN of the stub, 12 digits.",
        );
        if account_id.len() != 12 || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
            stub.problem("account_id", format!("\"{account_id}\" is not 12 digits"));
        }
        let region = stub.get(
            "region",
            "us-east-1".to_owned(),
            "Region of requests to the stub that are not signed; signed ones name theirs.",
        );
        if !is_region(&region) {
            stub.problem(
                "region",
                format!("\"{region}\" is not a region such as \"us-east-1\""),
            );
        }
        let quotas = Quotas::read(&mut stub);
        let behaviour = Behaviour::read(&mut stub);
        let seed = stub.get_optional("seed", "Makes the ids of schema versions, and the chance in faults, the same on each run: for golden tests. Ids are random without it.");
        let faults = read_faults(&mut stub);
        let keys = read_keys(&mut stub);
        Self {
            base,
            listen,
            allowed_hosts,
            data,
            account_id,
            region,
            quotas,
            behaviour,
            seed,
            faults,
            keys,
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&Admin> {
        None
    }

    fn listen(&self) -> SocketAddr {
        self.listen
    }
}

fn read_faults(stub: &mut Section<'_>) -> faults::Rules {
    let pairs = stub.map("faults", "Failures to practise, each under a name of its own: `faults.NAME.latency`, `.jitter`, `.throttle`, `.burst`, `.errors`, `.refuse`, `.operations`, `.for`; see REGISTRY-STUB.md.");
    let (faults, complaints) = faults::from_pairs(&pairs);
    for (place, message) in complaints {
        stub.problem(&format!("faults.{place}"), message);
    }
    faults
}

fn read_keys(stub: &mut Section<'_>) -> Option<Keys> {
    let auth = stub.get("auth", Auth::None, "Which requests the stub accepts: `none` takes all, signed or not, `verify` those that are signed with `access_key_id` and `secret_access_key`.");
    let verify = auth == Auth::Verify;
    let access_key_id: Option<String> = stub.get_optional(
        "access_key_id",
        "Access key that requests to the stub are signed with, for `auth` = `verify`.",
    );
    let secret_access_key: Option<Secret> = stub.get_optional(
        "secret_access_key",
        "Secret key that requests to the stub are signed with, for `auth` = `verify`.",
    );
    for key in ["access_key_id", "secret_access_key"] {
        stub.used_only(key, "stub.auth", verify, "stub.auth = \"verify\"");
        if verify && !stub.is_set(key) {
            stub.problem(key, "stub.auth is \"verify\", so it is needed");
        }
    }
    verify.then_some(Keys {
        access_key_id: access_key_id?,
        secret_access_key: secret_access_key?,
    })
}

/// Whether a text looks like a region's name.
pub(crate) fn is_region(text: &str) -> bool {
    let plausible = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&text.len()) && text.bytes().all(plausible)
}
