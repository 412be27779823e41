//! Tests of values as a view shows them: in all formats, in both JSON forms, and as Avro bytes.

use super::*;
use crate::avro::{Plan, Schema};
use crate::foreign::Framing;
use crate::metrics::FrameKind;
use crate::view::{Change, MaskKey, View};

/// Of `user`'s e-mail address, of a number and of a text.
fn token(text: &str) -> String {
    String::from_utf8(MaskKey::new(b"key").token(text.as_bytes()).to_vec()).unwrap()
}

fn view(changes: &str) -> View {
    let changes = changes.split_whitespace().map(|change| {
        let (what, path) = change.split_once(':').unwrap();
        let (path, name) = path.split_once('=').unwrap_or((path, ""));
        let change = match what {
            "keep" => Change::Keep,
            "drop" => Change::Drop,
            "mask" => Change::Mask,
            _ => Change::Rename(name.to_owned()),
        };
        (path.to_owned(), change)
    });
    View::new(changes, Some(MaskKey::new(b"key"))).unwrap()
}

const AVRO: &str = r#"{"type":"record","name":"Order","namespace":"Order V1","fields":[
    {"name":"id","type":"string"},
    {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"user","type":["null",{"type":"record","name":"User","fields":[
        {"name":"id","type":"long"},
        {"name":"mail","type":["null","string"],"default":null},
        {"name":"home","type":{"type":"record","name":"Address","fields":[
            {"name":"city","type":"string"},{"name":"zip","type":"int"}]}}]}]},
    {"name":"to","type":"Address"},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"sku","type":"string"},{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}},
        {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A","B"]}}]}}}]}"#;
const PROTOBUF: &str = r#"syntax = "proto3";
    message Order { string id = 1; string at = 2; User user = 3; Address to = 4; repeated Item items = 5; }
    message User { int64 id = 1; optional string mail = 2; Address home = 3; }
    message Address { string city = 1; int32 zip = 2; }
    message Item { string sku = 1; string price = 2; string kind = 3; }"#;
const JSON: &str = "{}";

/// A value that all three formats print alike; a Protobuf schema's 64 bits are text.
fn value(format: DataFormat) -> String {
    let id = if format == DataFormat::Protobuf {
        r#""7""#
    } else {
        "7"
    };
    format!(
        r#"{{"id":"a\"b","at":"2023-04-12T13:45:33.000Z","user":{{"id":{id},"mail":"x@y","home":{{"city":"Perth","zip":6000}}}},"to":{{"city":"Sydney","zip":2000}},"items":[{{"sku":"s","price":"1.50","kind":"A"}},{{"sku":"t","price":"2.00","kind":"B"}}]}}"#
    )
}

/// What remains of the value.
fn cases() -> Vec<(&'static str, String)> {
    let (mail, id, zip) = (token("x@y"), token("7"), token("6000"));
    let (price, other, quoted) = (token("1.50"), token("2.00"), token("a\"b"));
    vec![
        ("keep:id keep:to.city", r#"{"id":"a\"b","to":{"city":"Sydney"}}"#.to_owned()),
        (
            "drop:user drop:items.price drop:to.zip",
            r#"{"id":"a\"b","at":"2023-04-12T13:45:33.000Z","to":{"city":"Sydney"},"items":[{"sku":"s","kind":"A"},{"sku":"t","kind":"B"}]}"#.to_owned(),
        ),
        (
            "keep:user rename:user=customer mask:user.mail rename:user.home.zip=code mask:user.home.zip mask:user.id",
            format!(r#"{{"customer":{{"id":"{id}","mail":"{mail}","home":{{"city":"Perth","code":"{zip}"}}}}}}"#),
        ),
        (
            "keep:items mask:items.price rename:items.sku=kind rename:items.kind=sku",
            format!(r#"{{"items":[{{"kind":"s","price":"{price}","sku":"A"}},{{"kind":"t","price":"{other}","sku":"B"}}]}}"#),
        ),
        ("keep:id mask:id", format!(r#"{{"id":"{quoted}"}}"#)),
        ("keep:missing", "{}".to_owned()),
    ]
}

impl House {
    fn written(
        &self,
        format: DataFormat,
        definition: &str,
        json: &str,
        compression: Compression,
    ) -> Vec<u8> {
        let name = SchemaName::new("customer", "s");
        let id = self.registry.add(&name, format, definition);
        let mut version = SchemaVersion::unregistered(format, definition.to_owned());
        version.id = id;
        let options = SerializerOptions {
            compression,
            message: (format == DataFormat::Protobuf).then(|| "Order".to_owned()),
            ..SerializerOptions::default()
        };
        let mut serializer = Serializer::new(&version, options).unwrap();
        let mut frame = Vec::new();
        serializer.encode_json(json.as_bytes(), &mut frame).unwrap();
        frame
    }
}

#[tokio::test]
async fn all_formats_show_the_same_through_a_view() {
    let house = House::new();
    for (format, definition) in [
        (DataFormat::Avro, AVRO),
        (DataFormat::Protobuf, PROTOBUF),
        (DataFormat::Json, JSON),
    ] {
        for compression in [Compression::None, Compression::Zlib] {
            let frame = house.written(format, definition, &value(format), compression);
            for (changes, shown) in cases() {
                let reading = Reading::new(None, Some(view(changes)));
                let mut worker = house.worker(Trailing::Refuse).with_reading(reading);
                assert_eq!(
                    decode(&house, &mut worker, &frame).await.unwrap(),
                    shown,
                    "{format:?} {changes}"
                );
                assert_eq!(decode(&house, &mut worker, &frame).await.unwrap(), shown);
            }
        }
    }
}

#[tokio::test]
async fn a_datum_is_one_of_the_schema_that_the_view_shows() {
    let house = House::new();
    let frame = house.written(
        DataFormat::Avro,
        AVRO,
        &value(DataFormat::Avro),
        Compression::None,
    );
    for (changes, shown) in cases() {
        let reading = Reading::new(None, Some(view(changes)));
        let own = house.worker(Trailing::Refuse);
        let mut worker = own.with_reading(reading.clone());
        decode(&house, &mut worker, &frame).await.unwrap();
        let (datum, decoded) = worker.decode_datum(&frame).unwrap();
        let schema = Schema::parse(&reading.definition(&decoded).unwrap()).unwrap();
        let plan = Plan::compile(&schema, Limits::default()).unwrap();
        let mut json = Vec::new();
        plan.decode_json(datum, JsonForm::Plain, &mut json).unwrap();
        assert_eq!(String::from_utf8(json).unwrap(), shown, "{changes}");
        // The one form is the other in its own way.
        let (mut tagged, mut again) = (Vec::new(), Vec::new());
        plan.decode_json(datum, JsonForm::Avro, &mut tagged)
            .unwrap();
        let options = DeserializerOptions {
            form: JsonForm::Avro,
            ..DeserializerOptions::default()
        };
        let reading = Reading::new(None, Some(view(changes)));
        let mut worker =
            Deserializer::new(&house.cache, options, &house.metrics).with_reading(reading);
        worker.decode_json(&frame, &mut again).unwrap();
        assert_eq!(again, tagged, "{changes}");
    }
}

#[tokio::test]
async fn null_stays_null_and_other_places_of_a_record_stay_as_they_are() {
    let house = House::new();
    let json = value(DataFormat::Avro).replace(r#""x@y""#, "null");
    let frame = house.written(DataFormat::Avro, AVRO, &json, Compression::None);
    let reading = Reading::new(
        None,
        Some(view("keep:user mask:user.mail drop:user.home.zip keep:to")),
    );
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading.clone());
    let shown = r#"{"user":{"id":7,"mail":null,"home":{"city":"Perth"}},"to":{"city":"Sydney","zip":2000}}"#;
    assert_eq!(decode(&house, &mut worker, &frame).await.unwrap(), shown);
    let none = json.replace(
        r#"{"id":7,"mail":null,"home":{"city":"Perth","zip":6000}}"#,
        "null",
    );
    let frame = house.written(DataFormat::Avro, AVRO, &none, Compression::None);
    let shown = r#"{"user":null,"to":{"city":"Sydney","zip":2000}}"#;
    assert_eq!(decode(&house, &mut worker, &frame).await.unwrap(), shown);
    let (_, decoded) = worker.decode_datum(&frame).unwrap();
    let text = reading.definition(&decoded).unwrap();
    assert!(
        text.contains(r#""name":"Address""#) && text.contains(r#""name":"Address_2""#),
        "{text}"
    );
}

#[tokio::test]
async fn a_view_of_a_readers_schema_shows_all_versions_alike() {
    let house = House::new();
    let reader = ReaderSchema::parse(r#"{"type":"record","name":"R","fields":[{"name":"n","type":"double","aliases":["m"]},{"name":"d","type":"int","default":7}]}"#).unwrap();
    let shown = view("rename:n=number mask:d");
    let reading = Reading::new(Some(reader), Some(shown));
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading);
    let old = r#"{"type":"record","name":"R","fields":[{"name":"d","type":"int"},{"name":"m","type":"int"}]}"#;
    let new = r#"{"type":"record","name":"R","fields":[{"name":"n","type":"float"}]}"#;
    let of_new = format!(r#"{{"number":2.5,"d":"{}"}}"#, token("7"));
    for (schema, json, shown) in [
        (
            old,
            r#"{"d":1,"m":2}"#,
            format!(r#"{{"number":2.0,"d":"{}"}}"#, token("1")),
        ),
        (new, r#"{"n":2.5}"#, of_new),
    ] {
        let frame = house.written(DataFormat::Avro, schema, json, Compression::None);
        assert_eq!(decode(&house, &mut worker, &frame).await.unwrap(), shown);
    }
}

#[tokio::test]
async fn a_version_that_a_view_does_not_fit_is_refused() {
    let house = House::new();
    let schema = r#"{"type":"record","name":"R","fields":[{"name":"d","type":{"type":"array","items":"int"}}]}"#;
    let frame = house.written(DataFormat::Avro, schema, r#"{"d":[1]}"#, Compression::None);
    let reading = Reading::new(None, Some(view("mask:d")));
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading);
    let error = decode(&house, &mut worker, &frame).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Resolution);
    assert!(
        error
            .to_string()
            .starts_with("`d` is an array, and only single values"),
        "{error}"
    );
}

#[tokio::test]
async fn fields_are_read_beside_the_value_and_nothing_is_counted() {
    let house = House::new();
    let mut counted = 0;
    for (format, definition) in [
        (DataFormat::Avro, AVRO),
        (DataFormat::Protobuf, PROTOBUF),
        (DataFormat::Json, JSON),
    ] {
        let frame = house.written(format, definition, &value(format), Compression::Zlib);
        let fields = Reading::new(
            None,
            Some(View::of(["to.zip".to_owned(), "id".to_owned()]).unwrap()),
        );
        let mut worker = house.worker(Trailing::Refuse).with_fields(fields);
        let mut json = Vec::new();
        let error = worker.decode_fields(&frame, &mut json).unwrap_err();
        house.cache.load(error.missing().unwrap()).await.unwrap();
        worker.decode_fields(&frame, &mut json).unwrap();
        assert_eq!(
            String::from_utf8(json).unwrap(),
            r#"{"id":"a\"b","to":{"zip":2000}}"#
        );
        worker.flush();
        let frames = house.metrics.frames(FrameKind::GlueZlib).get();
        assert_eq!(frames, counted);
        counted += 1;
        assert_eq!(
            decode(&house, &mut worker, &frame).await.unwrap(),
            value(format)
        );
    }
}

#[tokio::test]
async fn foreign_values_are_shown_through_the_view_too() {
    let house = House::new();
    let version = SchemaVersion::unregistered(DataFormat::Json, JSON.to_owned());
    let foreign = ForeignValues::decoded_with(version, Framing::None, Limits::default()).unwrap();
    let frame = value(DataFormat::Json);
    for (changes, shown) in cases() {
        let reading = Reading::new(None, Some(view(changes)));
        let before = house.worker(Trailing::Refuse).with_foreign(foreign.clone());
        let mut before = before.with_reading(reading.clone());
        let after = house.worker(Trailing::Refuse).with_reading(reading);
        let mut after = after.with_foreign(foreign.clone());
        for worker in [&mut before, &mut after] {
            let mut json = Vec::new();
            worker.decode_json(frame.as_bytes(), &mut json).unwrap();
            assert_eq!(String::from_utf8(json).unwrap(), shown, "{changes}");
        }
    }
}
