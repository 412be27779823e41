//! The schema text that records are written with: its fields, its name, and the key that they give.

use std::path::Path;

use anyhow::Context as _;
use client::codec::{CodecConfig, Format};
use common::avro::{Schema, TypeKind};
use common::json_schema::JsonSchema;
use common::protobuf::ProtobufSchema;
use common::registry::SchemaVersion;
use runtime::lifecycle::{Exit, Failure};

use crate::config::{self, Config, SourceKind, Variant};
use crate::envelope::{Envelope, Keys};
use crate::key::Key;
use crate::template::Template;

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
        let text = text(config)?;
        let place = match &config.registry.schema_file {
            Some(path) => place(path),
            None => "the built-in schema".to_owned(),
        };
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

    /// The text, as it was given.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the schema lists a field of this name for the record at its top.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut all = self.fields.iter().chain(&self.json_names);
        all.any(|field| field == name) && !self.excludes(name)
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
    /// The key and the headers that the configuration asks for.
    ///
    /// # Errors
    /// When no record could have one of their fields: exit code 78.
    pub(crate) fn envelope(&self, source: &config::Source) -> Result<Envelope, Failure> {
        let key = match &source.key_template {
            Some(template) => Some(Keys::Text(self.template(
                "key_template",
                template,
                source,
            )?)),
            None => self.key(source)?.map(Keys::Fields),
        };
        let header = |(name, template): (&String, &Template)| {
            let place = format!("headers.{name}");
            Ok((
                name.as_str().into(),
                self.template(&place, template, source)?,
            ))
        };
        let headers = source.headers.iter().map(header);
        let headers = headers.collect::<Result<_, Failure>>()?;
        Ok(Envelope { key, headers })
    }

    fn template(
        &self,
        place: &str,
        template: &Template,
        source: &config::Source,
    ) -> Result<Template, Failure> {
        match template.names().find(|name| !self.may_have(name, source)) {
            Some(name) => {
                let message = format!("source.{place}: the schema has no field `{name}`");
                Err(Failure::said(Exit::Configuration, message))
            }
            None => Ok(template.clone().with_others(|name| self.other_name(name))),
        }
    }
}

impl Definition {
    /// Whether a record that the schema takes can have the field.
    fn may_have(&self, name: &str, source: &config::Source) -> bool {
        let may_be_unknown = source.kind != SourceKind::Orders
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

/// The text of the configured file, or the one built in for the `orders` source.
///
/// # Errors
/// When the file cannot be read: exit code 78.
pub(crate) fn text(config: &Config) -> Result<String, Failure> {
    let Some(path) = &config.registry.schema_file else {
        return Ok(built_in(config.source.variant, config.codec.format).to_owned());
    };
    std::fs::read_to_string(path)
        .with_context(|| format!("read the schema {}", place(path)))
        .map_err(misconfigured)
}

fn place(path: &Path) -> String {
    format!("{} (registry.schema_file)", path.display())
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
