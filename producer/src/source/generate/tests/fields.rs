//! What rules make of fields, and what they do not go with.

use super::*;

const ORDER: &str = r#"{"type":"record","name":"Order","fields":[
    {"name":"id","type":"string"},
    {"name":"n","type":"int"},
    {"name":"big","type":"long"},
    {"name":"ratio","type":"double"},
    {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":6,"scale":2}},
    {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"day","type":{"type":"int","logicalType":"date"}},
    {"name":"clock","type":{"type":"int","logicalType":"time-millis"}},
    {"name":"uuid","type":{"type":"string","logicalType":"uuid"}},
    {"name":"state","type":{"type":"enum","name":"State","symbols":["NEW","PAID"]}},
    {"name":"isPrime","type":"boolean"},
    {"name":"note","type":["null","string"]},
    {"name":"either","type":["null","long","string"]},
    {"name":"tags","type":{"type":"array","items":"string"}},
    {"name":"hash","type":"bytes"},
    {"name":"user","type":["null",{"type":"record","name":"User","fields":[
        {"name":"id","type":"string"},{"name":"friend","type":["null","User"]}]}]},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
        {"name":"quantity","type":"int"}]}}}]}"#;

fn of(path: &str, rule: &str) -> Bed {
    Bed::new("avro", ORDER, &[(&format!("generate.fields.{path}"), rule)])
}

/// Some values of a field by a rule, as a text.
fn some(field: &str, rule: &str) -> String {
    let values = of(field, rule).field(field, 6);
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("{field} = {rule}: {}\n", texts.join(" "))
}

#[test]
fn rules_make_what_they_say() {
    let mut all = String::new();
    for (field, rule) in [
        ("id", "uuid"),
        ("id", "\"fixed\""),
        ("id", "choice(\"a\": 9, \"b\")"),
        ("id", "pattern(\"[A-Z]{3}-[0-9]{2}\")"),
        ("id", "length(2, 3)"),
        ("id", "format(\"user-{}/\\\"x\\\"\", zipf(1000, 1.1))"),
        ("id", "format(\"{}!\", uuid)"),
        ("id", "format(\"{}\", reference(\"users\", 10))"),
        ("id", "reference(\"users\", 10)"),
        ("id", "identity(\"users\", 3)"),
        ("id", "now"),
        ("n", "range(-5, 5)"),
        ("n", "zipf(100, 1.5)"),
        ("n", "sequence"),
        ("n", "sequence(10, -5)"),
        ("n", "identity(\"users\", 4)"),
        ("n", "7"),
        ("big", "now"),
        ("ratio", "range(0.5, 0.75)"),
        ("ratio", "zipf(5, 0)"),
        ("price", "range(0.99, 9.99)"),
        ("price", "choice(0.5, 19.99)"),
        ("price", "sequence(1, 0.25)"),
        ("price", "zipf(5, 1)"),
        ("at", "now(late = exponential(10s))"),
        ("at", "now(late = uniform(1h, 2h), share = 50%)"),
        ("at", "sequence(\"2026-01-01T00:00:00Z\", 1500ms)"),
        (
            "at",
            "sequence(\"2026-01-01T00:00:00Z\", 1s, late = normal(1m, 5s))",
        ),
        (
            "at",
            "range(\"2026-01-01T00:00:00Z\", \"2026-01-02T00:00:00Z\")",
        ),
        ("day", "range(\"2026-01-01\", \"2026-12-31\")"),
        ("day", "sequence(\"2026-02-27\", 24h)"),
        ("clock", "range(\"08:00:00\", \"18:00:00\")"),
        ("uuid", "identity(\"users\")"),
        ("state", "\"PAID\""),
        ("state", "choice(\"NEW\": 1, \"PAID\": 3)"),
        ("isPrime", "true"),
        ("isPrime", "choice(true: 1, false: 99)"),
        ("note", "null(50%), \"x\""),
        ("note", "null(100%)"),
        ("either", "null(0%), uuid"),
        ("either", "null(0%), range(1, 3)"),
        ("tags", "length(2, 2), choice(\"a\", \"b\")"),
        ("hash", "\"abc\""),
    ] {
        all.push_str(&some(field, rule));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn rules_reach_fields_of_records_in_unions_arrays_and_themselves() {
    let rules = [
        ("generate.fields.user.id", "\"top\""),
        ("generate.fields.user.friend.id", "\"friend\""),
        ("generate.fields.items", "length(2, 2)"),
        ("generate.fields.items.quantity", "range(3, 3)"),
        ("generate.fields.isprime", "true"),
        ("generate.nulls", "0%"),
    ];
    let mut bed = Bed::new("avro", ORDER, &rules);
    let record = bed.json();
    assert_eq!(record["user"]["id"], "top");
    assert_eq!(record["user"]["friend"]["id"], "friend");
    assert_ne!(record["user"]["friend"]["friend"]["id"], "friend");
    assert_eq!(
        record["items"],
        serde_json::json!([{"quantity": 3}, {"quantity": 3}])
    );
    assert_eq!(record["isPrime"], true, "variables have no capitals");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_rule_that_does_not_go_with_the_schema_names_its_key() {
    for (path, rule, why) in [
        (
            "nme",
            "uuid",
            "the record has no such field; it has id, n, big, ratio, price, at, day, clock, uuid, state, isPrime, note, …",
        ),
        (
            "user.name",
            "uuid",
            "`user` has no such field; it has id, friend",
        ),
        (
            "items.price",
            "uuid",
            "`items` has no such field; it has quantity",
        ),
        ("id.x", "uuid", "`id` has no fields of its own"),
        (
            "n",
            "uuid",
            "`uuid` does not go with this field, which is a whole number",
        ),
        (
            "n",
            "range(1, 3000000000)",
            "the schema takes values from -2147483648 to 2147483647",
        ),
        ("n", "range(3, 1)", "`low` is more than `high`"),
        ("n", "range(\"a\", 1)", "a value is not a whole number"),
        (
            "n",
            "zipf(3000000000, 1)",
            "the schema takes 2147483647 at most",
        ),
        (
            "n",
            "now",
            "`now` does not go with this field, which is a whole number",
        ),
        ("n", "sequence(1, 1s)", "`step` has to be a whole number"),
        (
            "n",
            "null(5%)",
            "`null` is for fields that may be without a value, and this one may not",
        ),
        (
            "n",
            "length(1, 2)",
            "`length` is for arrays, maps, texts and bytes, and the field is a whole number",
        ),
        (
            "id",
            "range(1, 2)",
            "`range` does not go with this field, which is a text",
        ),
        ("id", "5", "a value is not a text"),
        (
            "state",
            "\"LOST\"",
            "the schema does not have one of the values",
        ),
        ("price", "0.005", "a value is not a decimal"),
        (
            "price",
            "range(0, 10000)",
            "the schema takes values from \"-9999.99\" to \"9999.99\"",
        ),
        (
            "at",
            "zipf(5, 1)",
            "`zipf` does not go with this field, which is a time such as \"2026-01-31T12:00:00Z\"",
        ),
        (
            "at",
            "range(1, 2)",
            "a value is not a time such as \"2026-01-31T12:00:00Z\"",
        ),
        (
            "at",
            "sequence(\"2026-01-01T00:00:00Z\", 5)",
            "`step` has to be a duration such as `1s`",
        ),
        (
            "day",
            "sequence(\"2026-01-01\", 24h, late = 5s)",
            "only times are `late`",
        ),
        ("uuid", "\"x\"", "a value is not a UUID"),
        (
            "user",
            "uuid",
            "the field is a record: rules are for its fields",
        ),
        (
            "id",
            "pattern(\"a\"), length(1, 2)",
            "`length` and a rule for the value do not go together here",
        ),
        (
            "tags",
            "length(1, 200000)",
            "a length from 0 to 100000 is possible",
        ),
    ] {
        let error = Bed::open(
            "avro",
            ORDER,
            &[(&format!("generate.fields.{path}"), rule)],
            0,
        );
        let error = error
            .err()
            .unwrap_or_else(|| panic!("{path} = {rule} was taken"));
        assert_eq!(
            format!("{error:#}"),
            format!("generate.fields.{path}: {why}")
        );
    }
}

#[test]
fn times_of_json_schemas_go_by_the_rules_of_times() {
    let json = r#"{"type":"object","required":["at","id"],"properties":{"at":{"type":"string","format":"date-time"},"id":{"type":"string","format":"uuid"}}}"#;
    let rules = [
        (
            "generate.fields.at",
            "sequence(\"2026-01-01T00:00:00Z\", 1m)",
        ),
        ("generate.fields.id", "identity(\"users\")"),
    ];
    let mut bed = Bed::new("json", json, &rules);
    let expected = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:01:00.000Z"];
    assert_eq!(bed.field("at", 2), expected);
}

#[test]
fn rules_and_keys_of_json_and_protobuf_fields() {
    let json = r#"{"type":"object","properties":{"a.b":{"type":"string","pattern":"(?=x)"},"id":{"type":"string"},"x":{"type":"integer","maximum":9}}}"#;
    let rules = [
        ("generate.fields.a.b", "null(0%), \"x\""),
        ("generate.nulls", "100%"),
        ("source.key", "id"),
    ];
    let mut bed = Bed::new("json", json, &rules);
    for _ in 0..20 {
        let record = bed.json();
        assert_eq!(record.as_object().unwrap().len(), 2, "{record}");
        assert!(record["id"].is_string() && record["a.b"] == "x", "{record}");
    }
    let message = "syntax = \"proto3\"; message M { optional string order_id = 1; oneof o { int32 x = 2; string y = 3; } }";
    let rules = [
        ("generate.fields.orderId", "\"a\""),
        ("generate.fields.y", "\"b\""),
        ("generate.nulls", "100%"),
        ("source.key", "[\"order_id\", \"y\"]"),
    ];
    let mut bed = Bed::new("protobuf", message, &rules);
    assert_eq!(bed.json(), serde_json::json!({"orderId": "a", "y": "b"}));
}
