//! Tests of the sections `registry.*` and `codec.*`.

use std::net::{Ipv4Addr, SocketAddr};

use runtime::config::{Base, Config, Problems, Settings, Sources};

use super::*;
use crate::codec::CodecConfig;
use common::avro::UnknownFields;
use common::compression::Compression;
use common::deserializer::Trailing;
use common::foreign::Framing;
use common::limits::Limits;
use common::registry::{Compatibility, DataFormat};

/// A binary that reads these two sections only.
#[derive(Debug)]
struct Sections {
    base: Base,
    registry: RegistryConfig,
    codec: CodecConfig,
}

impl Config for Sections {
    const BINARY: &'static str = "test";

    fn read(reader: &mut Reader) -> Self {
        Self {
            base: Base::read(reader),
            registry: RegistryConfig::read(reader, "orders"),
            codec: CodecConfig::read(reader),
        }
    }

    fn base(&self) -> &Base {
        &self.base
    }

    fn admin(&self) -> Option<&runtime::config::Admin> {
        None
    }

    fn listen(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, 0).into()
    }
}

fn load(pairs: &[(&str, &str)]) -> Result<Settings<Sections>, Problems> {
    Reader::load(&Sources::from_pairs(pairs.iter().copied()))
}

/// The section as it is when nothing is set.
pub(crate) fn defaults() -> RegistryConfig {
    load(&[]).unwrap().config.registry
}

#[test]
fn defaults_look_up_orders_value_in_customer() {
    let Sections {
        registry, codec, ..
    } = load(&[]).unwrap().config;
    assert_eq!(
        registry.schema(),
        SchemaName::new("customer", "orders-value")
    );
    assert_eq!(
        registry.way(),
        Way::Definition(resolution::Resolution::Lookup)
    );
    let wanted = registry.wanted("{}".to_owned(), &codec);
    assert_eq!(wanted.compatibility, Compatibility::Backward);
    assert_eq!(wanted.data_format, DataFormat::Avro);
    assert!(wanted.create_registry);
    assert_eq!(codec.limits(), Limits::default());
    assert_eq!(
        codec.serializer_options(UnknownFields::Refuse).compression,
        Compression::None
    );
    assert_eq!(codec.deserializer_options().trailing, Trailing::Ignore);
    assert!(codec.workers >= 1);
}

#[test]
fn values_reach_what_they_are_for() {
    let settings = load(&[
        ("registry.name", "sales"),
        ("registry.schema_name", "orders"),
        ("registry.resolution", "register"),
        ("registry.create", "false"),
        ("registry.compatibility", "FULL_ALL"),
        ("registry.cache_entries", "7"),
        ("registry.negative_ttl", "5s"),
        ("registry.lookups_per_second", "3"),
        ("registry.cache_ttl", "2h"),
        ("registry.max_calls", "9"),
        (
            "registry.prewarm",
            "[\"latest 3\", \"75db6fea-2b3f-4283-8abc-805f5381fee9\"]",
        ),
        ("codec.compression", "zlib"),
        ("codec.max_payload", "1MiB"),
        ("codec.trailing", "refuse"),
    ]);
    let Sections {
        registry, codec, ..
    } = settings.unwrap().config;
    assert_eq!(
        registry.way(),
        Way::Definition(resolution::Resolution::Register)
    );
    let wanted = registry.wanted(String::new(), &codec);
    assert_eq!(wanted.name, SchemaName::new("sales", "orders"));
    assert_eq!(
        (wanted.compatibility, wanted.create_registry),
        (Compatibility::FullAll, false)
    );
    let cache = registry.cache_options(&codec);
    assert_eq!(
        (
            cache.entries,
            cache.negative_entries,
            cache.lookups_per_second
        ),
        (7, 7, 3)
    );
    assert_eq!(cache.negative_ttl, Duration::from_secs(5));
    assert_eq!((cache.ttl, cache.concurrency), (Duration::from_hours(2), 9));
    let id = Uuid::from_u128(0x75db_6fea_2b3f_4283_8abc_805f_5381_fee9);
    let warm = [Warm::Latest(3), Warm::Id(id)];
    assert_eq!(registry.cache.prewarm, warm);
    assert_eq!(cache.limits.payload_bytes, 1 << 20);
    assert_eq!(cache.limits.json_bytes, 8 << 20);
    assert_eq!(
        codec.serializer_options(UnknownFields::Ignore).compression,
        Compression::Zlib
    );
    assert_eq!(codec.deserializer_options().trailing, Trailing::Refuse);
}

#[test]
fn every_text_that_is_no_pattern_is_a_problem_of_its_own() {
    let problems = load(&[("codec.allowed_schemas", "[\"a\", \"b/c\", \"d\"]")]).unwrap_err();
    assert_eq!(problems.0.len(), 2, "{problems}");
}

#[test]
fn every_mode_of_the_configuration_is_a_mode_of_glue() {
    for mode in Compatibility::ALL {
        let config = load(&[("registry.compatibility", mode.as_str())])
            .unwrap()
            .config;
        assert_eq!(
            config
                .registry
                .wanted(String::new(), &config.codec)
                .compatibility,
            *mode
        );
    }
}

#[test]
fn what_is_not_there_yet_is_refused_with_what_is() {
    let cases = [
        (
            "registry.resolution",
            "newest",
            "lookup, register, latest, version, id",
        ),
        ("codec.format", "thrift", "avro, json, protobuf"),
        ("registry.credentials", "role", "default, anonymous"),
    ];
    for (key, value, possible) in cases {
        let problems = load(&[(key, value)]).unwrap_err().to_string();
        assert!(
            problems.contains(key) && problems.contains(possible),
            "{problems}"
        );
    }
}

#[test]
fn bad_values_are_all_reported_at_once() {
    let pairs = [
        ("registry.name", "two words"),
        ("registry.schema_name", ""),
        ("registry.endpoint", "localhost:8181"),
        ("registry.region", ""),
        ("registry.timeout", "0s"),
        ("registry.cache_entries", "0"),
        ("registry.lookups_per_second", "0"),
        ("registry.cache_ttl", "1ms"),
        ("registry.max_calls", "0"),
        ("registry.prewarm", "[\"latest 0\"]"),
        ("registry.schema_naming", "{x}"),
        ("registry.assume_role_arn", "arn:aws:iam::1:role/x"),
        ("registry.external_id", "x"),
        ("registry.session_name", "two words"),
        ("codec.workers", "0"),
        ("codec.compression_level", "10"),
        ("codec.message", "M"),
        ("codec.allowed_schemas", "orders"),
        ("codec.foreign", "decode"),
        ("codec.max_payload", "0B"),
        ("codec.max_depth", "513"),
        ("codec.max_items", "0"),
    ];
    let problems = load(&pairs).unwrap_err();
    assert_eq!(problems.0.len(), pairs.len(), "{problems}");
    for (key, _) in pairs {
        assert!(
            problems.to_string().contains(key),
            "{key} is missing in: {problems}"
        );
    }
}

#[test]
fn a_pin_is_named_where_the_resolution_asks_for_it_and_nowhere_else() {
    const ID: &str = "75db6fea-2b3f-4283-8abc-805f5381fee9";
    let way = |pairs: &[(&str, &str)]| load(pairs).map(|settings| settings.config.registry.way());
    let number = [
        ("registry.resolution", "version"),
        ("registry.schema_version", "3"),
    ];
    assert_eq!(way(&number).unwrap(), Way::Pin(Pin::Number(3)));
    let id = [
        ("registry.resolution", "id"),
        ("registry.schema_version_id", ID),
    ];
    let id = way(&id).unwrap();
    assert_eq!(id, Way::Pin(Pin::Id(Uuid::try_parse(ID).unwrap())));

    let refused: [(&[(&str, &str)], &str); 6] = [
        (
            &[("registry.resolution", "version")],
            "registry.schema_version",
        ),
        (
            &[("registry.resolution", "id")],
            "registry.schema_version_id",
        ),
        (&[("registry.schema_version", "3")], "\"version\" only"),
        (&[("registry.schema_version_id", ID)], "\"id\" only"),
        (
            &[
                ("registry.resolution", "version"),
                ("registry.schema_version", "0"),
            ],
            "counted from 1",
        ),
        (
            &[
                ("registry.resolution", "id"),
                ("registry.schema_version_id", "three"),
            ],
            "an id looks like",
        ),
    ];
    for (pairs, words) in refused {
        let problems = load(pairs).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert!(problems.to_string().contains(words), "{problems}");
    }
}

#[test]
fn a_text_from_the_registry_and_one_from_a_file_exclude_each_other() {
    let mut pairs = vec![
        ("registry.resolution", "version"),
        ("registry.schema_version", "3"),
    ];
    assert!(load(&pairs).is_ok());
    pairs.push(("registry.schema_file", "order.avsc"));
    let problems = load(&pairs).unwrap_err().to_string();
    assert!(problems.contains("registry.schema_file"), "{problems}");
}

#[test]
fn every_key_has_a_help_text() {
    let settings = load(&[]).unwrap();
    for key in settings.effective {
        assert!(
            key.help.ends_with('.') && key.help.len() > 10,
            "{}: {}",
            key.path,
            key.help
        );
    }
}

#[test]
fn what_concerns_other_serializers_is_refused_where_nothing_is_decoded() {
    let keys = [
        ("codec.foreign_format", "json"),
        ("codec.foreign_framing", "none"),
        ("codec.foreign_schema_file", "theirs.avsc"),
    ];
    for policy in ["reject", "pass"] {
        let mut pairs = vec![("codec.foreign", policy)];
        pairs.extend(keys);
        let problems = load(&pairs).unwrap_err();
        assert_eq!(problems.0.len(), keys.len(), "{problems}");
        for (key, _) in keys {
            let said = format!("{key}: it is used under codec.foreign = \"decode\" only");
            assert!(problems.to_string().contains(&said), "{problems}");
        }
    }
    let mut pairs = vec![("codec.foreign", "decode")];
    pairs.extend(keys);
    let foreign = load(&pairs).unwrap().config.codec.foreign;
    assert_eq!(foreign.framing.codec(), Framing::None);
    let default = load(&[]).unwrap().config.codec.foreign;
    assert_eq!(default.framing.codec(), Framing::Detect);
}

const ARN: &str = "arn:aws:glue:eu-west-3:000000000000:registry/customer";

#[test]
fn a_registry_goes_by_its_name_or_its_arn() {
    let registry = |pairs: &[(&str, &str)]| load(pairs).map(|loaded| loaded.config.registry);
    let by_arn = registry(&[("registry.name", ARN)]).unwrap();
    assert_eq!(by_arn.schema(), SchemaName::new("customer", "orders-value"));
    assert_eq!(by_arn.arn.unwrap().as_str(), ARN);
    for (more, words) in [
        (
            ("registry.region", "eu-west-1"),
            "registry.name is in eu-west-3",
        ),
        (
            ("registry.name", "arn:aws:glue:x"),
            "is no ARN of a registry",
        ),
    ] {
        let problems = registry(&[("registry.name", ARN), more]).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert!(problems.to_string().contains(words), "{problems}");
    }
}

#[test]
fn a_role_is_whole_and_has_somebody_who_assumes_it() {
    let role = |pairs: &[(&str, &str)]| load(pairs).map(|loaded| loaded.config.registry.role);
    let arn = (
        "registry.assume_role_arn",
        "arn:aws:iam::000000000000:role/a/b",
    );
    let external = ("registry.external_id", "ours");
    let known = role(&[arn, external]).unwrap().unwrap();
    assert_eq!(
        (known.external_id.as_deref(), known.session_name.as_str()),
        (Some("ours"), "gluestream")
    );
    assert_eq!(role(&[]).unwrap(), None);
    for (pairs, words) in [
        ([external, ("registry.region", "x")], "assume_role_arn only"),
        (
            [arn, ("registry.credentials", "anonymous")],
            "no role can be assumed",
        ),
    ] {
        let problems = role(&pairs).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert!(problems.to_string().contains(words), "{problems}");
    }
}

#[test]
fn a_schema_is_named_after_topic_and_record_unless_it_is_named_outright() {
    let named = |pairs: &[(&str, &str)], record: Option<&str>| {
        let mut registry = load(pairs).unwrap().config.registry;
        registry.name_after(record).map(|()| registry.schema_name)
    };
    let naming = |text| ("registry.schema_naming", text);
    assert_eq!(named(&[naming("topic")], None).unwrap(), "orders");
    let record = [naming("record-name")];
    assert_eq!(named(&record, Some("a.Order")).unwrap(), "a.Order");
    let both = [naming("{topic}-{record}")];
    assert_eq!(named(&both, Some("Order")).unwrap(), "orders-Order");
    let outright = [naming("record-name"), ("registry.schema_name", "s")];
    assert_eq!(named(&outright, None).unwrap(), "s");
    assert!(matches!(named(&record, None), Err(NamingError::NoRecord)));
    assert!(matches!(
        named(&record, Some("Order V1")),
        Err(NamingError::NoName)
    ));
}

#[test]
fn the_newest_version_has_no_record_to_be_found_by() {
    let latest = ("registry.resolution", "latest");
    let naming = ("registry.schema_naming", "record-name");
    let problems = load(&[latest, naming]).unwrap_err().to_string();
    assert!(problems.contains("set registry.schema_name"), "{problems}");
    let named = ("registry.schema_name", "orders");
    let registry = load(&[latest, naming, named]).unwrap().config.registry;
    assert_eq!(registry.way(), Way::Pin(Pin::Latest));
    assert_eq!(registry.following(), Some(Duration::from_mins(5)));

    let ttl = |value| ("registry.latest_ttl", value);
    for (pairs, words) in [
        (&[latest, ttl("10ms")][..], "at least `1s`"),
        (&[ttl("10s")], "\"latest\" only"),
    ] {
        let problems = load(pairs).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert!(problems.to_string().contains(words), "{problems}");
    }
}

#[test]
fn what_is_noted_about_new_schemas_is_within_what_glue_takes() {
    let register = ("registry.resolution", "register");
    let pairs = [
        register,
        ("registry.description", "orders of the shop"),
        ("registry.tags.team", "shop"),
        ("registry.metadata.commit", "4e5f"),
        ("registry.clean_failed", "true"),
        ("registry.on_failure", "keep_previous"),
    ];
    let Sections {
        registry, codec, ..
    } = load(&pairs).unwrap().config;
    assert_eq!(registry.registration.on_failure, OnFailure::KeepPrevious);
    let wanted = registry.wanted(String::new(), &codec);
    assert_eq!(wanted.description.as_deref(), Some("orders of the shop"));
    assert_eq!(wanted.tags["team"], "shop");
    assert_eq!(wanted.metadata["commit"], "4e5f");
    assert!(wanted.clean_failed);

    let long = "x".repeat(2049);
    for (pairs, words) in [
        ([register, ("registry.description", &long)], "2048 bytes"),
        ([register, ("registry.tags.team", &long)], "50 tags"),
        ([register, ("registry.metadata.team", "a\nb")], "10 entries"),
        ([register, ("registry.metadata.team", "")], "10 entries"),
        (
            [("registry.clean_failed", "true"), ("registry.name", "n")],
            "\"register\" only",
        ),
        (
            [
                ("registry.resolution", "latest"),
                ("registry.on_failure", "stop"),
            ],
            "\"register\" only",
        ),
    ] {
        let problems = load(&pairs).unwrap_err();
        assert_eq!(problems.0.len(), 1, "{problems}");
        assert!(problems.to_string().contains(words), "{problems}");
    }
}
