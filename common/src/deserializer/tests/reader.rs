//! Tests of values in the shape of a reader's schema.

use super::*;

const WRITTEN: [(&str, &str); 2] = [
    (
        r#"{"type":"record","name":"R","fields":[{"name":"n","type":"int"}]}"#,
        r#"{"n":1}"#,
    ),
    (
        r#"{"type":"record","name":"R","fields":[{"name":"m","type":"long"},{"name":"s","type":"string"}]}"#,
        r#"{"m":2,"s":"x"}"#,
    ),
];

#[tokio::test]
async fn values_of_all_versions_come_in_the_readers_shape() {
    let house = House::new();
    let reader = ReaderSchema::parse(
        r#"{"type":"record","name":"R","fields":[{"name":"n","type":"double","aliases":["m"]},{"name":"d","type":"int","default":7}]}"#,
    )
    .unwrap();
    let frames = WRITTEN.map(|(schema, json)| house.frame("s", schema, json, Compression::Zlib));
    for _ in 0..2 {
        let mut worker = house.worker(Trailing::Refuse).with_reader(reader.clone());
        for _ in 0..3 {
            for (frame, json) in frames
                .iter()
                .zip([r#"{"n":1.0,"d":7}"#, r#"{"n":2.0,"d":7}"#])
            {
                assert_eq!(decode(&house, &mut worker, frame).await.unwrap(), json);
            }
        }
    }
    let mut worker = house.worker(Trailing::Refuse);
    assert_eq!(
        decode(&house, &mut worker, &frames[0]).await.unwrap(),
        WRITTEN[0].1
    );
}

#[tokio::test]
async fn versions_that_the_reader_cannot_take_are_refused_frame_by_frame() {
    let house = House::new();
    let reader = ReaderSchema::parse(WRITTEN[1].0).unwrap();
    let frames = WRITTEN.map(|(schema, json)| house.frame("s", schema, json, Compression::None));
    let mut worker = house.worker(Trailing::Ignore).with_reader(reader);
    for _ in 0..2 {
        let error = decode(&house, &mut worker, &frames[0]).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Resolution);
        assert_eq!(
            error.to_string(),
            "the writer's record R has no field m, and in the reader's record R it has no default"
        );
        assert_eq!(
            decode(&house, &mut worker, &frames[1]).await.unwrap(),
            WRITTEN[1].1
        );
    }
}

#[tokio::test]
async fn a_payload_is_given_as_it_was_written_whatever_the_reader_takes() {
    let house = House::new();
    let reader = ReaderSchema::parse(WRITTEN[1].0).unwrap();
    let frame = house.frame("s", WRITTEN[0].0, WRITTEN[0].1, Compression::None);
    let mut worker = house.worker(Trailing::Refuse).with_reader(reader);
    let error = decode(&house, &mut worker, &frame).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Resolution);
    let (payload, _) = worker.decode_payload(&frame).unwrap();
    assert_eq!(payload, b"\x02");
}

#[tokio::test]
async fn a_datum_is_what_the_reader_would_have_written_and_sound() {
    let house = House::new();
    let frames = WRITTEN.map(|(schema, json)| house.frame("s", schema, json, Compression::Zlib));
    let mut plain = house.worker(Trailing::Ignore);
    let reader = ReaderSchema::parse(
        r#"{"type":"record","name":"R","fields":[{"name":"n","type":"long","aliases":["m"]}]}"#,
    )
    .unwrap();
    let mut reading = house.worker(Trailing::Ignore).with_reader(reader);
    for (frame, [written, read]) in frames
        .iter()
        .zip([[&b"\x02"[..], b"\x02"], [b"\x04\x02x", b"\x04"]])
    {
        decode(&house, &mut plain, frame).await.unwrap();
        assert_eq!(plain.decode_datum(frame).unwrap().0, written);
        assert_eq!(reading.decode_datum(frame).unwrap().0, read);
    }
    let mut broken = house.frame("s", WRITTEN[1].0, WRITTEN[1].1, Compression::None);
    let length = broken.len();
    decode(&house, &mut plain, &broken).await.unwrap();
    broken[length - 1] = 0xff;
    let error = plain.decode_datum(&broken).unwrap_err();
    assert_eq!(error.kind(), Kind::Payload);
    broken.truncate(length - 1);
    assert_eq!(
        plain.decode_datum(&broken).unwrap_err().kind(),
        Kind::Truncated
    );
}

#[test]
fn two_given_schemas_share_a_reader_but_no_plans() {
    let reader = ReaderSchema::parse(r#""string""#).unwrap();
    let read = |definition: &str, payload: &[u8]| {
        let version = SchemaVersion::unregistered(DataFormat::Avro, definition.to_owned());
        let (options, metrics) = (DeserializerOptions::default(), CodecMetrics::unregistered());
        let mut worker = Deserializer::with_schema(version, Limits::default(), options, &metrics)
            .unwrap()
            .with_reader(reader.clone());
        let mut out = Vec::new();
        let frame = [&[3, 0][..], &[0; 16], payload].concat();
        worker.decode_json(&frame, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(read(r#""bytes""#, b"\x02a"), r#""a""#);
    assert_eq!(read(r#"["null","string"]"#, b"\x02\x02a"), r#""a""#);
}

#[test]
fn values_of_other_formats_keep_their_shape_beside_a_reader() {
    let version = SchemaVersion::unregistered(DataFormat::Json, "{}".to_owned());
    let (options, metrics) = (DeserializerOptions::default(), CodecMetrics::unregistered());
    let mut worker = Deserializer::with_schema(version, Limits::default(), options, &metrics)
        .unwrap()
        .with_reader(ReaderSchema::parse(r#""string""#).unwrap());
    let mut out = Vec::new();
    let frame = [&[3, 0][..], &[7; 16], b"[1]"].concat();
    worker.decode_json(&frame, &mut out).unwrap();
    assert_eq!(out, b"[1]");
}

#[test]
fn a_given_schema_is_read_with_a_reader_too() {
    let version = SchemaVersion {
        id: Uuid::nil(),
        registry: None,
        schema_name: None,
        number: None,
        data_format: DataFormat::Avro,
        definition: r#"["int","string"]"#.to_owned(),
        status: crate::registry::VersionStatus::Available,
    };
    let limits = Limits::default();
    let metrics = CodecMetrics::unregistered();
    let mut worker =
        Deserializer::with_schema(version, limits, DeserializerOptions::default(), &metrics)
            .unwrap()
            .with_reader(ReaderSchema::parse(r#""long""#).unwrap());
    let header = [&[3, 0][..], &[9; 16]].concat();
    let mut json = Vec::new();
    worker
        .decode_json(&[&header[..], b"\x00\x0a"].concat(), &mut json)
        .unwrap();
    assert_eq!(json, b"5");
    let error = worker
        .decode_json(&[&header[..], b"\x02\x02x"].concat(), &mut json)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 1: the writer's string cannot become long"
    );
    assert_eq!(error.kind(), Kind::Resolution);
    assert_eq!(json, b"5");
}
