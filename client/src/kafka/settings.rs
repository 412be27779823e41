//! librdkafka's settings: the guarantees, our defaults, and what users may change.

use super::auth::Auth;
use super::group::GroupConfig;
use crate::config::KafkaConfig;
use rdkafka::ClientConfig;
use std::time::Duration;

/// Settings that carry a guarantee or have a key of their own, and why they are refused.
const REFUSED: &[(&str, &str)] = &[
    ("bootstrap.servers", "set kafka.bootstrap_servers"),
    ("metadata.broker.list", "set kafka.bootstrap_servers"),
    ("client.id", "set kafka.client_id"),
    ("group.id", "set kafka.group_id"),
    ("group.protocol", "set consumer.group_protocol"),
    ("delivery.timeout.ms", "set kafka.delivery_timeout"),
    ("message.timeout.ms", "set kafka.delivery_timeout"),
    (
        "enable.auto.offset.store",
        "offsets move only after the sink has acknowledged",
    ),
    (
        "enable.auto.commit",
        "offsets move only after the sink has acknowledged",
    ),
    (
        "auto.commit.enable",
        "offsets move only after the sink has acknowledged",
    ),
    ("offset.store.method", "offsets are kept by the brokers"),
    (
        "enable.idempotence",
        "records are written once and in order",
    ),
    (
        "enable.gapless.guarantee",
        "records are written once and in order",
    ),
    ("max.in.flight", "records are written once and in order"),
    (
        "max.in.flight.requests.per.connection",
        "records are written once and in order",
    ),
    ("queuing.strategy", "records are written once and in order"),
    ("retries", "delivery is tried until kafka.delivery_timeout"),
    (
        "message.send.max.retries",
        "delivery is tried until kafka.delivery_timeout",
    ),
    (
        "acks",
        "a record counts as delivered when all replicas have it",
    ),
    (
        "request.required.acks",
        "a record counts as delivered when all replicas have it",
    ),
    ("partitioner", "keys go where the Java clients send them"),
    ("msg_order_cmp", "records are written once and in order"),
    ("transactional.id", "transactions are not offered"),
    ("security.protocol", "set kafka.auth"),
    (
        "enable.ssl.certificate.verification",
        "certificates are always checked",
    ),
    (
        "ssl.endpoint.identification.algorithm",
        "certificates are always checked",
    ),
    ("ssl.ca.location", "set kafka.ca_file"),
    ("ssl.ca.pem", "set kafka.ca_file"),
    (
        "ssl.certificate.location",
        "set kafka.client_certificate_file",
    ),
    ("ssl.certificate.pem", "set kafka.client_certificate_file"),
    ("ssl.keystore.location", "set kafka.client_certificate_file"),
    ("ssl.key.location", "set kafka.client_key_file"),
    ("ssl.key.pem", "set kafka.client_key_file"),
    ("plugin.library.paths", "no foreign code is loaded"),
    ("ssl.engine.location", "no foreign code is loaded"),
    ("ssl.providers", "no foreign code is loaded"),
    ("enabled_events", "events are the daemon's own"),
    ("log.queue", "events are the daemon's own"),
    (
        "auto.commit.interval.ms",
        "offsets are committed each second",
    ),
    ("check.crcs", "records are always checked"),
    (
        "delivery.report.only.error",
        "every record's delivery is counted",
    ),
    ("enable.partition.eof", "events are the daemon's own"),
    ("enable.sasl.oauthbearer.unsecure.jwt", "set kafka.auth"),
    (
        "internal.termination.signal",
        "signals are the daemon's own",
    ),
    (
        "queue.buffering.max.messages",
        "set source.in_flight_records",
    ),
    ("queue.buffering.max.kbytes", "set source.in_flight_bytes"),
    ("statistics.interval.ms", "statistics are the daemon's own"),
];

/// Families of settings that are refused as a whole.
const REFUSED_PREFIXES: [(&str, &str); 2] = [
    ("sasl.", "set kafka.auth"),
    ("test.", "test hooks do not belong in a daemon"),
];

/// Other names of settings that we have a default for.
const ALIASES: [(&str, &str); 2] = [
    ("linger.ms", "queue.buffering.max.ms"),
    ("compression.codec", "compression.type"),
];

/// How often librdkafka reports its statistics.
const STATISTICS: Duration = Duration::from_secs(5);
/// librdkafka's bounds lie above the producer's own, so that its queue is not what pushes back.
const QUEUE_RECORDS: u32 = 1_000_000;
const QUEUE_KIB: u32 = 512 << 10;
/// Kafka's own bound is the topic's; this is only librdkafka's.
const LARGEST_LETTER: u32 = 64 << 20;
/// What Kafka takes for a batch, unless a topic or its brokers say otherwise.
const LARGEST_RECORD: &str = "1048588";
/// How long librdkafka tries to deliver a dead letter before it says that it cannot.
const LETTER_TIMEOUT: Duration = Duration::from_secs(5);
/// A group that never has a member.
const NO_GROUP: &str = "gluestream-tail";
/// How often the offsets of replayed letters are committed.
const LETTER_COMMITS: Duration = Duration::from_millis(200);

/// Whether a setting may be passed through, and whether librdkafka knows it.
///
/// # Errors
/// Why not; the value is not repeated.
pub fn check_property(name: &str, value: &str) -> Result<(), String> {
    let whole = REFUSED.iter().find(|(refused, _)| *refused == name);
    let family = REFUSED_PREFIXES
        .iter()
        .find(|(prefix, _)| name.starts_with(prefix));
    if let Some((_, why)) = whole.or(family) {
        return Err(format!("this setting is not yours to change: {why}"));
    }
    match ClientConfig::new().set(name, value).create_native_config() {
        Ok(_) => Ok(()),
        Err(rdkafka::error::KafkaError::ClientConfig(_, _, _, _)) => {
            Err("librdkafka does not know this setting, or not this value".to_owned())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// The settings of the producer's client: idempotent, all replicas, Java's partitioner.
pub fn producer(config: &KafkaConfig) -> ClientConfig {
    let mut client = common(config);
    client
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("partitioner", "murmur2_random")
        .set("delivery.timeout.ms", millis(config.delivery_timeout))
        .set("queue.buffering.max.messages", QUEUE_RECORDS.to_string())
        .set("queue.buffering.max.kbytes", QUEUE_KIB.to_string());
    default_to(&mut client, config, "linger.ms", "5");
    default_to(&mut client, config, "compression.codec", "lz4");
    client
}

/// The settings of the client that writes dead letters: as the producer's, but each goes out at once and by itself, so
/// that none suffers for another's size, and what is not taken soon is told: whoever sends it tries again for ever.
pub fn dead_letters(config: &KafkaConfig) -> ClientConfig {
    let mut client = producer(config);
    client
        .set("delivery.timeout.ms", millis(LETTER_TIMEOUT))
        .set("batch.num.messages", "1")
        .set("message.max.bytes", LARGEST_LETTER.to_string());
    client
}

/// The settings of the client that writes replayed records: as the producer's, but each goes out by itself, so that none
/// is refused for another's size.
pub fn replayed(config: &KafkaConfig) -> ClientConfig {
    let mut client = producer(config);
    client
        .set("batch.num.messages", "1")
        .set("message.max.bytes", LARGEST_LETTER.to_string());
    client
}

/// The settings of the client that writes a consumer's records to another topic: as the producer's, but no record is
/// given up for its age, and none is sent behind one that has failed.
pub fn target(config: &KafkaConfig) -> ClientConfig {
    let mut client = producer(config);
    client
        .set("delivery.timeout.ms", "0")
        .set("enable.gapless.guarantee", "true");
    default_to(&mut client, config, "message.max.bytes", LARGEST_RECORD);
    // All that there is is handed over at once; nothing more is to be waited for.
    default_to(&mut client, config, "linger.ms", "1");
    client
}

/// The largest record that a client with these settings takes, and librdkafka's own bound where they do not say.
pub fn max_bytes(settings: &ClientConfig) -> usize {
    let given = settings.get("message.max.bytes");
    given
        .and_then(|given| given.parse().ok())
        .unwrap_or(1_000_000)
}

/// The settings of the consumer's client: stored offsets only, from the earliest.
pub fn consumer(config: &KafkaConfig, group: &GroupConfig) -> ClientConfig {
    let mut client = reading(config);
    client
        .set("group.id", &config.group_id)
        .set("enable.auto.commit", "true");
    group.apply(&mut client, config);
    client
}

/// The settings of a client that looks at a topic: it commits nothing and is told of the end of partitions. Its group is
/// a name that librdkafka wants to hear; nobody joins it.
pub fn tail(config: &KafkaConfig) -> ClientConfig {
    let mut client = reading(config);
    client
        .set("group.id", NO_GROUP)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("enable.partition.eof", "true");
    client
}

fn reading(config: &KafkaConfig) -> ClientConfig {
    let mut client = common(config);
    client.set("enable.auto.offset.store", "false");
    let defaults = [
        ("auto.commit.interval.ms", "1000"),
        ("auto.offset.reset", "earliest"),
        ("allow.auto.create.topics", "false"),
        ("check.crcs", "true"),
        ("queued.min.messages", "10000"),
        ("queued.max.messages.kbytes", "16384"),
        ("fetch.queue.backoff.ms", "5"),
        ("fetch.wait.max.ms", "100"),
    ];
    for (name, value) in defaults {
        default_to(&mut client, config, name, value);
    }
    client
}

/// The settings of the client that reads dead letters: as the consumer's, but from the first letter on whatever is
/// configured, told of the end, and committing so often that little comes again after a crash.
pub fn letters(config: &KafkaConfig, group: &GroupConfig) -> ClientConfig {
    let mut client = consumer(config, group);
    client
        .set("auto.offset.reset", "earliest")
        .set("auto.commit.interval.ms", millis(LETTER_COMMITS))
        .set("enable.partition.eof", "true");
    client
}

/// The settings of a client that only asks and administers.
pub fn admin(config: &KafkaConfig) -> ClientConfig {
    common(config)
}

fn common(config: &KafkaConfig) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", &config.bootstrap_servers)
        .set("client.id", &config.client_id)
        .set("statistics.interval.ms", millis(STATISTICS));
    default_to(&mut client, config, "socket.keepalive.enable", "true");
    // A broker that stands still is seen after this long; until then librdkafka's thread for it may turn without rest.
    default_to(&mut client, config, "socket.timeout.ms", "30000");
    // MSK allows a broker only so many new connections a second.
    let (backoff, longest) = match config.auth.way {
        Auth::MskIam => ("1000", "10000"),
        _ => ("100", "2000"),
    };
    default_to(&mut client, config, "reconnect.backoff.ms", backoff);
    default_to(&mut client, config, "reconnect.backoff.max.ms", longest);
    for (name, value) in &config.properties {
        client.set(name, value);
    }
    config.auth.apply(&mut client);
    client
}

pub(super) fn default_to(client: &mut ClientConfig, config: &KafkaConfig, name: &str, value: &str) {
    let alias = ALIASES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, alias)| *alias);
    let given = [Some(name), alias]
        .into_iter()
        .flatten()
        .any(|name| config.properties.contains_key(name));
    if !given {
        client.set(name, value);
    }
}

pub(super) fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarantees_cannot_be_switched_off() {
        for name in [
            "delivery.report.only.error",
            "enable.auto.offset.store",
            "acks",
            "partitioner",
            "sasl.password",
            "test.mock.num.brokers",
            "plugin.library.paths",
            "enable.ssl.certificate.verification",
        ] {
            let refused = check_property(name, "1").unwrap_err();
            assert!(
                refused.starts_with("this setting is not yours to change"),
                "{name}: {refused}"
            );
        }
    }

    #[test]
    fn librdkafkas_own_names_and_values_pass() {
        for (name, value) in [
            ("linger.ms", "20"),
            ("compression.codec", "zstd"),
            ("socket.timeout.ms", "30000"),
        ] {
            assert_eq!(check_property(name, value), Ok(()), "{name}");
        }
        for (name, value) in [
            ("linger.mss", "20"),
            ("linger.ms", "soon"),
            ("compression.codec", "brotli"),
        ] {
            assert!(check_property(name, value).is_err(), "{name}={value}");
        }
    }
}
