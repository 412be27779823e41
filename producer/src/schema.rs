//! The schema to write with: its text, its key fields, and its version in the registry.

mod previous;

use anyhow::Context as _;
use client::codec::{CodecConfig, Format};
use client::connect::Connected;
use client::reader::exit_of;
use client::registry::{OnFailure, Way};
use common::avro::{Schema, TypeKind, UnknownFields};
use common::json_schema::JsonSchema;
use common::metrics::{CodecMetrics, RegistryMetrics, Role};
use common::protobuf::ProtobufSchema;
use common::registry::resolution::{ResolveError, pinned, resolve};
use common::registry::retry::Retry;
use common::registry::{SchemaRegistry, SchemaVersion};
use common::serializer::{Serializer, SerializerOptions};
use runtime::lifecycle::{Exit, Failure};
use tokio::time::Instant;

use crate::config::{self, Config, SourceKind, Variant};
use crate::key::Key;
use crate::latest::Writer;
use crate::source::orders::Orders;

/// The schema of the `orders` source, as the Python demo registered it.
pub const ORDER: &str = include_str!("../../schemas/order.avsc");
/// The schema of the `orders` source's variant with one mandatory field more.
pub const ORDER_MORE: &str = include_str!("../../schemas/order_more.avsc");

/// The field that keys are made of unless the configuration says otherwise.
const DEFAULT_KEY: &str = "order_id";

/// A schema text that parses.
#[derive(Debug)]
pub(crate) struct Definition {
    text: String,
    /// The fields of the top-level record that the schema names.
    fields: Vec<String>,
    /// Their names in JSON, where Protobuf has others.
    json_names: Vec<String>,
    /// The schema where it is a JSON schema, which may let records have other fields.
    open: Option<JsonSchema>,
    /// The record's full name, the message's, or the schema's title.
    record: Option<String>,
}

impl Definition {
    /// Takes the configured file, or the text built in for the `orders` source, and names the schema after it if that
    /// is how it is named; nothing where the registry is to supply the text.
    ///
    /// # Errors
    /// When the file cannot be read, is no schema, or gives no name: exit code 78.
    pub(crate) fn find(config: &mut Config) -> Result<Option<Self>, Failure> {
        if config.registry.supplies_text() {
            return Ok(None);
        }
        let definition = Self::of_file(config)?;
        let named = config.registry.name_after(definition.record());
        named.map_err(misconfigured)?;
        Ok(Some(definition))
    }

    fn of_file(config: &Config) -> Result<Self, Failure> {
        let Some(path) = &config.registry.schema_file else {
            let text = built_in(config.source.variant, config.codec.format).to_owned();
            return Self::parse(text, &config.codec, "the built-in schema");
        };
        let place = format!("{} (registry.schema_file)", path.display());
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("read the schema {place}"))
            .map_err(misconfigured)?;
        Self::parse(text, &config.codec, &place)
    }

    /// Takes the text that the registry supplied.
    ///
    /// # Errors
    /// When it is no schema: exit code 78.
    pub(crate) fn of(version: &SchemaVersion, codec: &CodecConfig) -> Result<Self, Failure> {
        let place = format!("schema version {}", version.id);
        Self::parse(version.definition.clone(), codec, &place)
    }

    fn parse(text: String, codec: &CodecConfig, place: &str) -> Result<Self, Failure> {
        match codec.format {
            Format::Avro => Self::avro(text),
            Format::Json => Self::json(text, codec),
            Format::Protobuf => Self::protobuf(text, codec),
        }
        .with_context(|| format!("parse {place}"))
        .map_err(misconfigured)
    }

    /// The name that the record has by itself.
    pub(crate) fn record(&self) -> Option<&str> {
        self.record.as_deref()
    }

    /// The configured key, or the default one if the schema has its field.
    ///
    /// # Errors
    /// When no record could have one of the fields: exit code 78.
    pub(crate) fn key(&self, source: &config::Source) -> Result<Option<Key>, Failure> {
        let key = |names: &[String]| Key::new(names).with_others(|name| self.other_name(name));
        let Some(names) = &source.key else {
            return Ok(self
                .has(DEFAULT_KEY)
                .then(|| key(&[DEFAULT_KEY.to_owned()])));
        };
        match names.iter().find(|name| !self.may_have(name, source)) {
            Some(name) => Err(Failure::said(
                Exit::Configuration,
                format!("source.key: the schema has no field `{name}`"),
            )),
            None => Ok((!names.is_empty()).then(|| key(names))),
        }
    }
}

impl Definition {
    fn has(&self, name: &str) -> bool {
        let mut all = self.fields.iter().chain(&self.json_names);
        all.any(|field| field == name) && !self.excludes(name)
    }

    /// Whether a record that the schema takes can have the field.
    fn may_have(&self, name: &str, source: &config::Source) -> bool {
        let may_be_unknown = source.kind == SourceKind::Ndjson
            && (self.open.is_some() || source.unknown_fields == config::UnknownFields::Ignore);
        self.has(name) || may_be_unknown && !self.excludes(name)
    }

    fn excludes(&self, name: &str) -> bool {
        let schema = self.open.as_ref();
        schema.is_some_and(|schema| schema.excludes(name))
    }
}

impl Definition {
    /// The JSON name of a Protobuf field, or the field's name for its JSON name.
    fn other_name(&self, name: &str) -> Option<String> {
        let mut pairs = self.fields.iter().zip(&self.json_names);
        pairs.find_map(|(field, json)| match name {
            name if name == field => Some(json.clone()),
            name if name == json => Some(field.clone()),
            _ => None,
        })
    }
}

fn built_in(variant: Variant, format: Format) -> &'static str {
    match (variant, format) {
        (Variant::Order, Format::Avro) => ORDER,
        (Variant::Order, Format::Json) => include_str!("../../schemas/order.schema.json"),
        (Variant::Order, Format::Protobuf) => include_str!("../../schemas/order.proto"),
        (Variant::OrderMore, Format::Avro) => ORDER_MORE,
        (Variant::OrderMore, Format::Json) => include_str!("../../schemas/order_more.schema.json"),
        (Variant::OrderMore, Format::Protobuf) => include_str!("../../schemas/order_more.proto"),
    }
}

/// How each format is parsed.
impl Definition {
    fn avro(text: String) -> anyhow::Result<Self> {
        let schema = Schema::parse(&text)?;
        let record = match &schema.root().kind {
            TypeKind::Record(record) => Some(record),
            _ => None,
        };
        let fields = record.into_iter().flat_map(|record| &record.fields);
        Ok(Self {
            fields: fields.map(|field| field.name.clone()).collect(),
            json_names: Vec::new(),
            open: None,
            record: record.map(|record| record.name.full().to_owned()),
            text,
        })
    }

    fn json(text: String, codec: &CodecConfig) -> anyhow::Result<Self> {
        let schema = JsonSchema::compile(&text, codec.limits())?;
        schema.takes_any()?;
        Ok(Self {
            fields: schema.properties(),
            json_names: Vec::new(),
            record: title(&text),
            open: Some(schema),
            text,
        })
    }

    fn protobuf(text: String, codec: &CodecConfig) -> anyhow::Result<Self> {
        let schema = ProtobufSchema::compile(&text, codec.limits())?;
        let message = schema.message(codec.message.as_deref());
        let message = message.context("codec.message")?;
        let names = message
            .fields()
            .map(|field| (field.name().to_owned(), field.json_name().to_owned()));
        let (fields, json_names) = names.unzip();
        Ok(Self {
            fields,
            json_names,
            open: None,
            record: Some(message.full_name().to_owned()),
            text,
        })
    }
}

/// The title of a JSON schema, in front of which a byte order mark and behind which anything may stand.
fn title(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    let schema = values.next()?.ok()?;
    schema.get("title")?.as_str().map(str::to_owned)
}

/// Finds or registers the version in the registry, and compiles what writes it.
///
/// # Errors
/// 77 when access is denied, 69 when the registry does not answer by `deadline`, 78 when it lacks
/// the schema or refuses it.
pub(crate) async fn resolved(
    config: &Config,
    definition: Option<&Definition>,
    metrics: &prometheus::Registry,
    deadline: Instant,
) -> Result<Writer, Failure> {
    let calls = RegistryMetrics::register(metrics).context("register the registry's metrics")?;
    let codec = CodecMetrics::register(metrics).context("register the codec's metrics")?;
    let patience = config.base.startup_timeout;
    let connected = Connected::open(&config.registry, &calls, patience).await?;
    let retry = Retry::until(deadline, &calls);
    let version = match offline(config, definition, &connected) {
        Some(version) => version,
        None => search(config, definition, connected.registry.as_ref(), &retry)
            .await
            .map_err(|error| Failure::new(exit_of(&error), error))?,
    };
    if let Some(snapshot) = &connected.snapshot {
        snapshot.save(vec![version.clone()]).await;
    }
    calls.version_in_use(&version, Role::Writer);
    let serializer = compiled(config, &version)
        .with_context(|| format!("use version {} of {}", version.id, config.registry.schema()))
        .map_err(misconfigured)?
        .with_metrics(&codec);
    Ok(Writer {
        version,
        serializer,
        connected,
        calls,
        codec,
    })
}

/// The version that the snapshot has, while the registry is away.
fn offline(
    config: &Config,
    definition: Option<&Definition>,
    connected: &Connected,
) -> Option<SchemaVersion> {
    let snapshot = connected
        .snapshot
        .as_ref()
        .filter(|_| connected.is_degraded())?;
    let (way, name) = (config.registry.way(), config.registry.schema());
    let text = definition.map(|known| known.text.as_str());
    let version = snapshot.find(way, &name, text, config.codec.data_format())?;
    tracing::warn!(schema = %name, version_id = %version.id, version = version.number, "writing with the version of the snapshot");
    Some(version.clone())
}

fn compiled(config: &Config, version: &SchemaVersion) -> anyhow::Result<Serializer> {
    let unknown_fields = match config.source.unknown_fields {
        config::UnknownFields::Refuse => UnknownFields::Refuse,
        config::UnknownFields::Ignore => UnknownFields::Ignore,
    };
    serializer(version, config.codec.serializer_options(unknown_fields))
}

/// Compiles what writes another version than the one at start; where the source's records are known beforehand, one
/// of them has to fit.
///
/// # Errors
/// The version cannot be written with.
pub(crate) fn fitting(config: &Config, version: &SchemaVersion) -> anyhow::Result<Serializer> {
    let mut serializer = compiled(config, version)?;
    if config.source.kind == SourceKind::Orders {
        Orders::sample(config.source.variant, &mut serializer).context("write an order with it")?;
    }
    Ok(serializer)
}

/// Compiles what writes the version from JSON text.
///
/// # Errors
/// The version's text is no usable schema, or does not say which message records are.
pub(crate) fn serializer(
    version: &SchemaVersion,
    options: SerializerOptions,
) -> anyhow::Result<Serializer> {
    let serializer = Serializer::new(version, options)?;
    serializer.takes_json()?;
    Ok(serializer)
}

/// Finds the version as the configuration says.
///
/// # Errors
/// See [`ResolveError`]; [`exit_of`] gives the exit code.
pub(crate) async fn search(
    config: &Config,
    definition: Option<&Definition>,
    registry: &dyn SchemaRegistry,
    retry: &Retry,
) -> Result<SchemaVersion, ResolveError> {
    let keeps_previous = config.registry.registration.on_failure == OnFailure::KeepPrevious;
    match config.registry.way() {
        Way::Definition(resolution) => {
            let known = definition.expect("only a version that brings its text comes without ours");
            let wanted = config.registry.wanted(known.text.clone(), &config.codec);
            match resolve(registry, &wanted, resolution, retry).await {
                Err(ResolveError::Refused(refusal)) if keeps_previous => {
                    previous::find(config, known, *refusal, registry, retry).await
                }
                found => found,
            }
        }
        Way::Pin(pin) => {
            let format = config.codec.data_format();
            pinned(registry, &config.registry.schema(), pin, format, retry).await
        }
    }
}

fn misconfigured(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(Exit::Configuration, error)
}

#[cfg(test)]
mod tests {
    use runtime::config::{Reader, Sources};

    use super::*;

    #[test]
    fn the_built_in_schemas_parse_and_have_the_same_fields() {
        let fields = [
            "order_id",
            "ordered_at",
            "user_id",
            "order_items",
            "is_prime",
        ];
        for (variant, count) in [(Variant::Order, 4), (Variant::OrderMore, 5)] {
            for format in [Format::Avro, Format::Json, Format::Protobuf] {
                let codec = CodecConfig {
                    format,
                    ..codec_config()
                };
                let text = built_in(variant, format).to_owned();
                let definition = Definition::parse(text, &codec, "the schema").unwrap();
                assert_eq!(definition.fields, fields[..count]);
            }
        }
    }

    #[test]
    fn a_protobuf_key_goes_by_both_names_of_its_field() {
        let codec = CodecConfig {
            format: Format::Protobuf,
            ..codec_config()
        };
        let text = r#"syntax = "proto3"; message M { string order_id = 1; }"#.to_owned();
        let definition = Definition::parse(text, &codec, "the schema").unwrap();
        let mut config: Config = Reader::load(&Sources::default()).unwrap().config;
        for (names, written) in [
            (None, r#"{"order_id": "a"}"#),
            (Some("orderId"), r#"{"orderId": "a"}"#),
        ] {
            config.source.key = names.map(|name| vec![name.to_owned()]);
            let mut key = definition.key(&config.source).unwrap().unwrap();
            for record in [r#"{"orderId":"a"}"#, r#"{"order_id":"a"}"#] {
                let mut out = Vec::new();
                key.write_from_json(record.as_bytes(), &mut out).unwrap();
                assert_eq!(String::from_utf8(out).unwrap(), written, "{record}");
            }
        }
    }

    #[test]
    fn a_key_field_that_a_json_schema_excludes_is_refused_and_any_other_is_not() {
        let codec = CodecConfig {
            format: Format::Json,
            ..codec_config()
        };
        let mut config: Config = Reader::load(&Sources::default()).unwrap().config;
        config.source.kind = SourceKind::Ndjson;
        let mut key = |text: &str, name: Option<&str>| {
            let definition = Definition::parse(text.to_owned(), &codec, "the schema").unwrap();
            config.source.key = name.map(|name| vec![name.to_owned()]);
            let key = definition.key(&config.source);
            key.map(|key| key.map(|key| key.names().to_owned()))
        };
        let closed = r#"{"properties":{"order_id":{},"a\"b":{}},"additionalProperties":false}"#;
        let error = key(closed, Some("id")).unwrap_err();
        assert_eq!(error.exit, Exit::Configuration);
        assert_eq!(
            error.to_string(),
            "source.key: the schema has no field `id`"
        );
        for name in ["order_id", "a\"b"] {
            assert_eq!(key(closed, Some(name)).unwrap().unwrap(), [name]);
        }
        assert_eq!(key("{}", Some("id")).unwrap().unwrap(), ["id"]);
        // What stands around the schema, and numbers beyond all types, are no reason to refuse it.
        let odd = "\u{feff}{\"properties\":{\"order_id\":{\"maximum\":1e400}}} {\"properties\":5}";
        assert_eq!(key(odd, None).unwrap().unwrap(), [DEFAULT_KEY]);
        let nowhere = r#"{"properties":{"order_id":{}},"allOf":[{"additionalProperties":false}]}"#;
        assert_eq!(key(nowhere, None).unwrap(), None);
    }

    fn codec_config() -> CodecConfig {
        let config: Config = Reader::load(&Sources::default()).unwrap().config;
        config.codec
    }
}
