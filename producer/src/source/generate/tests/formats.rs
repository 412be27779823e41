//! What schemas of each format become by themselves.

use super::*;

#[test]
fn records_without_end_are_bounded() {
    let tree = r#"{"type":"record","name":"Tree","fields":[
        {"name":"left","type":["null","Tree"]},{"name":"right","type":["null","Tree"]},
        {"name":"more","type":{"type":"array","items":"Tree"}},{"name":"n","type":"int"}]}"#;
    let mut bed = Bed::new("avro", tree, &[("generate.nulls", "0%")]);
    let sizes: Vec<usize> = (0..20)
        .map(|_| {
            bed.next();
            bed.source.json.len()
        })
        .collect();
    assert!(sizes.iter().all(|size| *size < 200_000), "{sizes:?}");
    let list = r##"{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"next":{"$ref":"#"}}}"##;
    let mut bed = Bed::new("json", list, &[("generate.nulls", "0%")]);
    assert!(bed.next().value.len() < 1_000);
    let message = "syntax = \"proto3\"; message M { M child = 1; repeated M more = 2; oneof o { M one = 3; string two = 4; } }";
    let mut bed = Bed::new("protobuf", message, &[("generate.nulls", "0%")]);
    assert!((0..20).all(|_| bed.next().value.len() < 200_000));
}

#[test]
fn schemas_of_which_no_record_can_be_made_are_refused_at_start() {
    for (format, schema, why) in [
        (
            "avro",
            r#"{"type":"record","name":"R","fields":[{"name":"r","type":"R"}]}"#,
            "every record would be without end",
        ),
        (
            "json",
            r#"{"type":"object","required":["a"],"properties":{"a":{"allOf":[{"type":"string"},{"type":"integer"}]}}}"#,
            "it contradicts itself",
        ),
        (
            "json",
            r#"{"type":"string","pattern":"^(?=a)b"}"#,
            "no text can be made for the pattern at /pattern: look-around and named groups are not supported; give the field a rule",
        ),
        (
            "json",
            r#"{"type":"string","not":{"type":"string"}}"#,
            "the schema took none of 100 tries: #: not",
        ),
        ("json", r##"{"$ref":"#"}"##, "no value can fit"),
    ] {
        let error = Bed::open(format, schema, &[], 0).err().expect(schema);
        assert!(format!("{error:#}").contains(why), "{schema}: {error:#}");
    }
}

#[test]
fn avro_types_have_sensible_values() {
    let schema = r#"{"type":"record","name":"R","fields":[
        {"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},
        {"name":"day","type":["null",{"type":"int","logicalType":"date"}]},
        {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":5,"scale":2}},
        {"name":"id","type":{"type":"string","logicalType":"uuid"}},
        {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
        {"name":"tags","type":{"type":"array","items":"string"}},
        {"name":"notes","type":{"type":"map","values":"int"}},
        {"name":"hash","type":{"type":"fixed","name":"Hash","size":2}},
        {"name":"span","type":{"type":"fixed","name":"Span","size":12,"logicalType":"duration"}},
        {"name":"either","type":["string","long","null"]},
        {"name":"ratio","type":"double"}]}"#;
    let mut bed = Bed::new("avro", schema, &[]);
    let records: Vec<String> = (0..3)
        .map(|_| {
            bed.next();
            String::from_utf8(bed.source.json.clone()).unwrap()
        })
        .collect();
    insta::assert_snapshot!(records.join("\n"));
    let nulls = bed
        .field("day", 2_000)
        .iter()
        .filter(|day| day.is_null())
        .count();
    assert!((150..250).contains(&nulls), "{nulls} of 2,000 are null");
}

#[test]
fn json_keywords_are_obeyed() {
    for schema in [
        r#"{"type":"integer","minimum":5,"exclusiveMaximum":8}"#,
        r#"{"$schema":"http://json-schema.org/draft-04/schema#","type":"integer","minimum":5,"exclusiveMinimum":true,"maximum":6}"#,
        r#"{"type":"integer","minimum":-17,"maximum":-12,"multipleOf":5}"#,
        r#"{"type":"number","exclusiveMinimum":0,"maximum":0.5}"#,
        r#"{"type":"number","minimum":1e12}"#,
        r#"{"type":"number","maximum":-1e12,"multipleOf":0.01}"#,
        r#"{"type":"string","minLength":20,"maxLength":22}"#,
        r#"{"type":"string","maxLength":3}"#,
        r#"{"type":"string","pattern":"^[A-Z]{3}-\\d+$"}"#,
        r#"{"type":["null","string","integer"]}"#,
        r#"{"enum":["a",1,null,{"b":[1]}]}"#,
        r#"{"const":{"a":"b"}}"#,
        r#"{"type":"string","enum":["a",1]}"#,
        r#"{"type":"array","items":{"type":"boolean"},"minItems":4,"maxItems":5}"#,
        r#"{"type":"array","items":{"type":"integer","minimum":0,"maximum":9},"minItems":2,"uniqueItems":true}"#,
        r#"{"type":"array","items":[{"type":"string"},{"type":"integer"}],"additionalItems":false}"#,
        r#"{"properties":{"a":{},"b":false},"required":["a","c"],"additionalProperties":{"type":"integer"}}"#,
        r#"{"type":"object","additionalProperties":{"type":"number"},"minProperties":2}"#,
        r#"{"type":"object","additionalProperties":false}"#,
        r##"{"allOf":[{"$ref":"#/definitions/a"},{"required":["a"],"properties":{"a":{"minLength":4}}}],"definitions":{"a":{"properties":{"a":{"type":"string","maxLength":6}}}}}"##,
        r#"{"oneOf":[{"type":"integer","minimum":0,"maximum":20},{"type":"integer","minimum":10,"maximum":30}]}"#,
        r#"{"type":"object","required":["kind"],"properties":{"kind":{"type":"string"}},"anyOf":[{"properties":{"kind":{"const":"a"},"a":{"type":"integer"}},"required":["a"]},{"properties":{"kind":{"enum":["b","c"]}}}]}"#,
        r#"{"type":"integer","minimum":0,"maximum":9,"not":{"const":3}}"#,
        r#"{"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":0,"maximum":3}},"if":{"properties":{"n":{"const":1}}},"then":{"required":["x"]}}"#,
        "{}",
    ] {
        let draft = "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",";
        let schema = if schema.contains("$schema") || schema == "{}" {
            schema.to_owned()
        } else {
            schema.replacen('{', draft, 1)
        };
        let mut bed = Bed::new("json", &schema, &[]);
        for _ in 0..100 {
            bed.next();
        }
    }
}

#[test]
fn json_formats_are_texts_of_their_format() {
    for format in [
        "date-time",
        "date",
        "time",
        "uuid",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "uri-template",
        "json-pointer",
        "regex",
    ] {
        let schema = format!(r#"{{"type":"string","format":"{format}"}}"#);
        let mut bed = Bed::new("json", &schema, &[]);
        let texts: std::collections::HashSet<String> =
            (0..50).map(|_| bed.json().to_string()).collect();
        assert!(texts.len() > 10 || format.starts_with("date"), "{texts:?}");
    }
}

#[test]
fn protobuf_fields_have_sensible_values() {
    let schema = r#"syntax = "proto3"; package shop;
        import "google/protobuf/timestamp.proto"; import "google/protobuf/duration.proto";
        import "google/protobuf/struct.proto"; import "google/protobuf/wrappers.proto";
        import "google/protobuf/any.proto"; import "google/protobuf/field_mask.proto";
        enum State { NEW = 0; PAID = 1; }
        message Order {
            string order_id = 1; uint64 amount = 2; repeated Item items = 3; map<string, int32> notes = 4;
            map<int32, string> names = 5; google.protobuf.Timestamp at = 6; google.protobuf.Duration took = 7;
            State state = 8; oneof pay { string card = 9; int64 voucher = 10; } bytes hash = 11;
            optional bool is_prime = 12; double ratio = 13; google.protobuf.Struct rest = 14;
            google.protobuf.StringValue note = 15; google.protobuf.Any any = 16; google.protobuf.Value value = 17;
            google.protobuf.FieldMask mask = 18; google.protobuf.ListValue list = 19; map<bool, int32> flags = 20;
            float small = 21; google.protobuf.NullValue nothing = 22;
            message Item { int32 product_id = 1; sint64 quantity = 2; }
        }"#;
    let mut bed = Bed::new("protobuf", schema, &[]);
    let mut reads = bed.reader();
    for _ in 0..500 {
        let frame = bed.next().value;
        assert!(reads(&frame));
    }
    let mut bed = Bed::new("protobuf", schema, &[]);
    let records: Vec<String> = (0..2)
        .map(|_| {
            bed.next();
            String::from_utf8(bed.source.json.clone()).unwrap()
        })
        .collect();
    insta::assert_snapshot!(records.join("\n"));
    let old = "syntax = \"proto2\"; message M { required int32 a = 1; optional string b = 2; repeated group G = 3 { optional int32 c = 1; } }";
    let mut bed = Bed::new("protobuf", old, &[]);
    (0..100).for_each(|_| drop(bed.next()));
}
