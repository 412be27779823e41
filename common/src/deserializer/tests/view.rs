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
        // What had the name before is not seen under it.
        (
            "keep:at rename:at=id",
            r#"{"id":"2023-04-12T13:45:33.000Z"}"#.to_owned(),
        ),
        (
            "drop:id rename:at=id drop:user drop:to drop:items",
            r#"{"id":"2023-04-12T13:45:33.000Z"}"#.to_owned(),
        ),
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
    let all = [
        (DataFormat::Avro, AVRO),
        (DataFormat::Protobuf, PROTOBUF),
        (DataFormat::Json, JSON),
    ];
    for (counted, (format, definition)) in (0..).zip(all) {
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

/// What is seen of a JSON value, by a schema that says nothing.
async fn seen(house: &House, json: &str, changes: &str) -> Result<String, DecodeError> {
    let frame = house.written(DataFormat::Json, JSON, json, Compression::None);
    let reading = Reading::new(None, Some(view(changes)));
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading);
    decode(house, &mut worker, &frame).await
}

#[tokio::test]
async fn of_json_nothing_is_seen_that_is_not_let_through() {
    let house = House::new();
    let whole = token(r#"{"a@b":1}"#);
    for (json, changes, shown) in [
        (
            r#"{"c":"Jane","d":1}"#,
            "keep:c.city",
            r#"{"c":null}"#.to_owned(),
        ),
        (
            r#"{"c":[{"city":"P","x":1},"Jane"]}"#,
            "keep:c.city",
            r#"{"c":[{"city":"P"},null]}"#.to_owned(),
        ),
        (r#""Jane""#, "keep:c", "null".to_owned()),
        (
            r#"{"m":{"a@b":1}}"#,
            "mask:m",
            format!(r#"{{"m":"{whole}"}}"#),
        ),
        (r#"{"u":1,"c":2}"#, "rename:u=c", r#"{"c":1}"#.to_owned()),
        (
            r#"{"\u0065mail":"x","email":"y","n":1}"#,
            "drop:email",
            r#"{"n":1}"#.to_owned(),
        ),
    ] {
        assert_eq!(
            seen(&house, json, changes).await.unwrap(),
            shown,
            "{json} {changes}"
        );
    }
}

#[tokio::test]
async fn masks_do_not_grow_beyond_the_limit() {
    let limits = Limits {
        json_bytes: 1000,
        ..Limits::default()
    };
    let house = House::with(limits);
    let json = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(99));
    let error = seen(&house, &json, "mask:a").await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
    let schema = r#"syntax = "proto3"; message Order { repeated bool a = 1; }"#;
    let json = format!(r#"{{"a":[{}true]}}"#, "true,".repeat(99));
    let frame = house.written(DataFormat::Protobuf, schema, &json, Compression::None);
    let reading = Reading::new(None, Some(view("mask:a")));
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading);
    let error = decode(&house, &mut worker, &frame).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
}

#[tokio::test]
async fn a_wrapper_is_masked_as_what_it_holds_and_a_field_that_goes_still_ends_its_rivals() {
    let house = House::new();
    let schema = r#"syntax = "proto3"; import "google/protobuf/wrappers.proto";
        message Order { google.protobuf.StringValue mail = 1; oneof o { string a = 2; string b = 3; } }"#;
    let frame = house.written(
        DataFormat::Protobuf,
        schema,
        r#"{"mail":"x@y","b":"z"}"#,
        Compression::None,
    );
    // As if `a` had been written first, and then `b` in its place.
    let mut both = frame[..19].to_vec();
    both.extend_from_slice(b"\x12\x01q");
    both.extend_from_slice(&frame[19..]);
    let reading = Reading::new(None, Some(view("mask:mail drop:b")));
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading);
    let shown = format!(r#"{{"mail":"{}"}}"#, token("x@y"));
    for frame in [frame, both] {
        assert_eq!(decode(&house, &mut worker, &frame).await.unwrap(), shown);
    }
    for (changes, said) in [
        ("mask:mail.value", "the schema has no field `mail.value`"),
        ("drop:mail.value", "the schema has no field `mail.value`"),
    ] {
        let error = view(changes)
            .check(DataFormat::Protobuf, schema)
            .unwrap_err();
        assert_eq!(error.to_string(), said);
    }
}

#[tokio::test]
async fn a_copy_of_a_record_keeps_its_place_in_a_union() {
    let house = House::new();
    let schema = r#"{"type":"record","name":"R","fields":[
        {"name":"u","type":[{"type":"record","name":"Iban","fields":[{"name":"n","type":"int"}]},
            {"type":"record","name":"Card","fields":[{"name":"n","type":"int"},{"name":"m","type":"int"},{"name":"k","type":"int"}]}]},
        {"name":"card","type":"Card"},
        {"name":"list","type":{"type":"array","items":"Card"},"default":[]}]}"#;
    let json = r#"{"u":{"n":1,"m":2,"k":3},"card":{"n":4,"m":5,"k":6},"list":[]}"#;
    let frame = house.written(DataFormat::Avro, schema, json, Compression::None);
    let reading = Reading::new(None, Some(view("drop:u.k drop:list.k")));
    let mut worker = house.worker(Trailing::Refuse).with_reading(reading.clone());
    let shown = r#"{"u":{"n":1,"m":2},"card":{"n":4,"m":5,"k":6},"list":[]}"#;
    assert_eq!(decode(&house, &mut worker, &frame).await.unwrap(), shown);
    let (_, decoded) = worker.decode_datum(&frame).unwrap();
    let text = reading.definition(&decoded).unwrap();
    Schema::parse(&text).unwrap();
    assert!(text.contains(r#""default":[]"#), "{text}");
}
