//! The environment variables of the Python demo, which still work and lose to the new names.

/// A variable of the demo, the key it stands for, and how its value is rewritten.
pub(super) struct Legacy {
    pub(super) variable: &'static str,
    pub(super) key: &'static str,
    rewrite: fn(&str) -> String,
}

/// `AWS_DEFAULT_REGION` loses to the AWS SDK's own `AWS_REGION` as well.
pub(super) const VARIABLES: [Legacy; 6] = [
    Legacy {
        variable: "BOOTSTRAP_SERVERS",
        key: "kafka.bootstrap_servers",
        rewrite: str::to_owned,
    },
    Legacy {
        variable: "TOPIC_NAME",
        key: "kafka.topic",
        rewrite: str::to_owned,
    },
    Legacy {
        variable: "REGISTRY_NAME",
        key: "registry.name",
        rewrite: str::to_owned,
    },
    Legacy {
        variable: "MAX_RUN_SEC",
        key: "source.max_run",
        rewrite: seconds,
    },
    Legacy {
        variable: "USE_MORE",
        key: "source.variant",
        rewrite: variant,
    },
    Legacy {
        variable: "AWS_DEFAULT_REGION",
        key: "registry.region",
        rewrite: str::to_owned,
    },
];

impl Legacy {
    pub(super) fn value(&self, text: &str) -> String {
        (self.rewrite)(text)
    }
}

fn seconds(text: &str) -> String {
    format!("{}s", text.trim())
}

/// The demo used the evolved record for any value but an empty one.
fn variant(text: &str) -> String {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "no" => "order".to_owned(),
        _ => "order_more".to_owned(),
    }
}
