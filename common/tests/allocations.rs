//! The warm path allocates nothing for a record. A binary of its own, because the allocator that counts is global.

#[cfg(test)]
mod tests {
    use common::avro::{JsonForm, JsonIn, Plan, Schema};
    use common::compression::Compression;
    use common::deserializer::{Deserializer, DeserializerOptions, ForeignValues};
    use common::foreign::Framing;
    use common::limits::Limits;
    use common::metrics::CodecMetrics;
    use common::registry::{DataFormat, SchemaVersion, VersionStatus};
    use common::serializer::{Serializer, SerializerOptions};
    use serde::{Deserialize, Serialize};

    const SCHEMA: &str = r#"{"type": "record", "name": "Order", "namespace": "Order V1", "fields": [
        {"name": "order_id", "type": "string"},
        {"name": "ordered_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "user_id", "type": ["null", "string"]},
        {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "OrderItem", "fields": [
            {"name": "product_id", "type": "long"},
            {"name": "quantity", "type": "long"}]}}}]}"#;
    const TEXT: &str = r#"{"order_id":"75db6fea-2b3f-4283-8abc-805f5381fee9","ordered_at":"2023-04-12T13:45:33.000Z","user_id":"u42","order_items":[{"product_id":1,"quantity":2},{"product_id":300,"quantity":4}]}"#;

    /// An order that allocates nothing itself.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Purchase<'a> {
        order_id: &'a str,
        ordered_at: i64,
        user_id: Option<&'a str>,
        order_items: (Item, Item),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Item {
        product_id: i64,
        quantity: u8,
    }

    const ORDER: Purchase<'static> = Purchase {
        order_id: "75db6fea-2b3f-4283-8abc-805f5381fee9",
        ordered_at: 1_681_307_133_000,
        user_id: Some("u42"),
        order_items: (
            Item {
                product_id: 1,
                quantity: 2,
            },
            Item {
                product_id: 300,
                quantity: 4,
            },
        ),
    };

    fn version() -> SchemaVersion {
        SchemaVersion {
            id: uuid::Uuid::from_u128(7),
            registry: None,
            schema_name: None,
            number: None,
            data_format: DataFormat::Avro,
            definition: SCHEMA.to_owned(),
            status: VersionStatus::Available,
        }
    }

    /// Count of the allocations of a hundred runs after a first one.
    fn allocations(mut run: impl FnMut()) -> u64 {
        run();
        let counted = allocation_counter::measure(|| (0..100).for_each(|_| run()));
        counted.count_total
    }

    #[test]
    fn allocations_are_counted() {
        assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 100);
    }

    #[test]
    fn warm_serializers_and_deserializers_allocate_nothing() {
        for compression in [Compression::None, Compression::Zlib] {
            let options = SerializerOptions {
                compression,
                ..SerializerOptions::default()
            };
            let mut serializer = Serializer::new(&version(), options).unwrap();
            let (mut frame, mut json) = (Vec::new(), Vec::new());
            let of_struct = allocations(|| serializer.encode(&ORDER, &mut frame).unwrap());
            assert_eq!(of_struct, 0, "struct, {compression:?}");
            let of_text = allocations(|| {
                serializer.encode_json(TEXT.as_bytes(), &mut frame).unwrap();
            });
            assert_eq!(of_text, 0, "JSON, {compression:?}");

            let options = DeserializerOptions::default();
            let metrics = CodecMetrics::unregistered();
            let limits = Limits::default();
            let mut deserializer =
                Deserializer::with_schema(version(), limits, options, &metrics).unwrap();
            let of_frame = allocations(|| {
                json.clear();
                deserializer.decode_json(&frame, &mut json).unwrap();
            });
            assert_eq!(of_frame, 0, "frame, {compression:?}");
            assert_eq!(std::str::from_utf8(&json).unwrap(), TEXT);
        }
    }

    #[test]
    fn warm_deserializers_allocate_nothing_for_values_of_other_serializers() {
        let order = r#"syntax = "proto3"; message A { string s = 1; } message B { A a = 1; message C { A a = 1; } }"#;
        for (format, definition, value) in [
            (DataFormat::Avro, "\"string\"", &b"\0\0\0\0\x2a\x04hi"[..]),
            (DataFormat::Protobuf, order, b"\x0a\x02hi"),
            (DataFormat::Protobuf, order, b"\0\0\0\0\x2a\0\x0a\x02hi"),
            (
                DataFormat::Protobuf,
                order,
                b"\0\0\0\0\x2a\x04\x02\x00\x0a\x04\x0a\x02hi",
            ),
        ] {
            let theirs = SchemaVersion::unregistered(format, definition.to_owned());
            let (limits, metrics) = (Limits::default(), CodecMetrics::unregistered());
            let foreign = ForeignValues::decoded_with(theirs, Framing::Detect, limits).unwrap();
            let options = DeserializerOptions::default();
            let mut deserializer = Deserializer::with_schema(version(), limits, options, &metrics)
                .unwrap()
                .with_foreign(foreign);
            let mut json = Vec::new();
            let read = allocations(|| {
                json.clear();
                deserializer.decode_json(value, &mut json).unwrap();
            });
            assert!(std::str::from_utf8(&json).unwrap().contains("hi"));
            assert_eq!(read, 0, "{format} {value:02x?}");
        }
    }

    #[test]
    fn values_that_borrow_are_read_without_allocation() {
        let plan = Plan::compile(&Schema::parse(SCHEMA).unwrap(), Limits::default()).unwrap();
        let (mut payload, mut json) = (Vec::new(), Vec::new());
        let written = allocations(|| {
            payload.clear();
            plan.encode_struct(&ORDER, &mut payload).unwrap();
        });
        assert_eq!(written, 0);
        let read = allocations(|| {
            let (order, _): (Purchase<'_>, _) = plan.decode_struct(&payload).unwrap();
            assert_eq!(order, ORDER);
        });
        assert_eq!(read, 0);
        for form in [JsonForm::Plain, JsonForm::Avro] {
            let printed = allocations(|| {
                json.clear();
                plan.decode_json(&payload, form, &mut json).unwrap();
            });
            assert_eq!(printed, 0, "{form}");
        }
    }

    #[test]
    fn another_schemas_payloads_are_read_without_allocation() {
        let reader = r#"{"type": "record", "name": "Order", "fields": [
            {"name": "order_items", "type": {"type": "array", "items": {"type": "record", "name": "OrderItem", "fields": [
                {"name": "unit", "type": "string", "default": "piece"},
                {"name": "quantity", "type": "double"},
                {"name": "product_id", "type": ["null", "long"]}]}}},
            {"name": "note", "type": ["null", "string"], "default": null},
            {"name": "order_id", "type": "bytes"}]}"#;
        let [written, read] = [SCHEMA, reader].map(|text| Schema::parse(text).unwrap());
        let writer = Plan::compile(&written, Limits::default()).unwrap();
        let plan = Plan::resolve(&written, &read, Limits::default()).unwrap();
        let item = r#"{"product_id":1,"quantity":2}"#;
        // So many items that their count takes two bytes.
        let text = TEXT.replacen(item, &vec![item; 100].join(","), 1);
        let (mut payload, mut out) = (Vec::new(), Vec::new());
        let json = JsonIn::default();
        writer
            .encode_json(text.as_bytes(), &json, &mut payload)
            .unwrap();
        let transcoded = allocations(|| {
            out.clear();
            plan.transcode(&payload, &mut out).unwrap();
        });
        assert_eq!(transcoded, 0);
        for form in [JsonForm::Plain, JsonForm::Avro] {
            let printed = allocations(|| {
                out.clear();
                plan.decode_json(&payload, form, &mut out).unwrap();
            });
            assert_eq!(printed, 0, "{form}");
        }
    }

    #[derive(Serialize)]
    struct Reversed {
        order_items: [(); 0],
        user_id: (),
        ordered_at: i64,
        order_id: &'static str,
    }

    #[test]
    fn fields_in_any_order_are_written_without_allocation() {
        let plan = Plan::compile(&Schema::parse(SCHEMA).unwrap(), Limits::default()).unwrap();
        let text = r#"{"order_items":[{"quantity":2,"product_id":1}],"user_id":null,"ordered_at":0,"order_id":"x"}"#;
        let mut payload = Vec::new();
        let of_text = allocations(|| {
            payload.clear();
            let json = JsonIn::default();
            plan.encode_json(text.as_bytes(), &json, &mut payload)
                .unwrap();
        });
        assert_eq!(of_text, 0);
        let reversed = Reversed {
            order_items: [],
            user_id: (),
            ordered_at: 0,
            order_id: "x",
        };
        let of_struct = allocations(|| {
            payload.clear();
            plan.encode_struct(&reversed, &mut payload).unwrap();
        });
        assert_eq!(of_struct, 0);
    }

    #[test]
    fn a_plan_takes_memory_by_the_length_of_its_schema() {
        let text = |space: usize, fields: usize| {
            let fields: Vec<_> = (0..fields)
                .map(|number| format!(r#"{{"name":"f{number}","type":["null","R"]}}"#))
                .collect();
            let (space, fields) = ("n".repeat(space), fields.join(","));
            format!(r#"{{"type":"record","name":"R","namespace":"{space}","fields":[{fields}]}}"#)
        };
        let held = |text: &str| {
            allocation_counter::measure(|| {
                let plan =
                    Schema::parse(text).map(|schema| Plan::compile(&schema, Limits::default()));
                drop(plan);
            })
            .bytes_max
        };
        let (short, long) = (text(10, 2000), text(80_000, 2000));
        assert!(held(&short) < 100 * short.len() as u64, "{}", held(&short));
        // 2,000 references to one name would be 160 MB.
        assert!(held(&long) < 100 * long.len() as u64, "{}", held(&long));
        let error = Schema::parse(&long).unwrap_err();
        assert!(
            error.to_string().contains("more than 4194304 bytes"),
            "{error}"
        );
    }
}
