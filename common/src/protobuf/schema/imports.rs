//! The files that a schema text may import, all of them in the program.

/// The importable files that come with the compiler.
pub(super) const GOOGLE: [&str; 11] = [
    "google/protobuf/any.proto",
    "google/protobuf/api.proto",
    "google/protobuf/descriptor.proto",
    "google/protobuf/duration.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/source_context.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/timestamp.proto",
    "google/protobuf/type.proto",
    "google/protobuf/wrappers.proto",
];

/// Gives the text of an importable file that is not one of `google/protobuf/`.
///
/// They hold what decides about bytes and JSON: names, numbers and types.
pub(super) fn text(name: &str) -> Option<String> {
    let (package, body) = match name.strip_prefix("google/type/") {
        Some(file) => ("google.type", google_type(file)?),
        None => other(name)?,
    };
    Some(format!("syntax = \"proto3\"; package {package}; {body}"))
}

fn google_type(file: &str) -> Option<&'static str> {
    Some(match file {
        "calendar_period.proto" => {
            "enum CalendarPeriod { CALENDAR_PERIOD_UNSPECIFIED = 0; DAY = 1; WEEK = 2; FORTNIGHT = 3; MONTH = 4; \
             QUARTER = 5; HALF = 6; YEAR = 7; }"
        }
        "color.proto" => {
            "import \"google/protobuf/wrappers.proto\"; \
             message Color { float red = 1; float green = 2; float blue = 3; google.protobuf.FloatValue alpha = 4; }"
        }
        "date.proto" => "message Date { int32 year = 1; int32 month = 2; int32 day = 3; }",
        "dayofweek.proto" => {
            "enum DayOfWeek { DAY_OF_WEEK_UNSPECIFIED = 0; MONDAY = 1; TUESDAY = 2; WEDNESDAY = 3; THURSDAY = 4; \
             FRIDAY = 5; SATURDAY = 6; SUNDAY = 7; }"
        }
        "expr.proto" => {
            "message Expr { string expression = 1; string title = 2; string description = 3; string location = 4; }"
        }
        "fraction.proto" => "message Fraction { int64 numerator = 1; int64 denominator = 2; }",
        "interval.proto" => {
            "import \"google/protobuf/timestamp.proto\"; message Interval { \
             google.protobuf.Timestamp start_time = 1; google.protobuf.Timestamp end_time = 2; }"
        }
        "latlng.proto" => "message LatLng { double latitude = 1; double longitude = 2; }",
        "localized_text.proto" => {
            "message LocalizedText { string text = 1; string language_code = 2; }"
        }
        "money.proto" => {
            "message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }"
        }
        "month.proto" => {
            "enum Month { MONTH_UNSPECIFIED = 0; JANUARY = 1; FEBRUARY = 2; MARCH = 3; APRIL = 4; MAY = 5; JUNE = 6; \
             JULY = 7; AUGUST = 8; SEPTEMBER = 9; OCTOBER = 10; NOVEMBER = 11; DECEMBER = 12; }"
        }
        "phone_number.proto" => {
            "message PhoneNumber { oneof kind { string e164_number = 1; ShortCode short_code = 2; } \
             string extension = 3; message ShortCode { string region_code = 1; string number = 2; } }"
        }
        "postal_address.proto" => {
            "message PostalAddress { int32 revision = 1; string region_code = 2; string language_code = 3; \
             string postal_code = 4; string sorting_code = 5; string administrative_area = 6; string locality = 7; \
             string sublocality = 8; repeated string address_lines = 9; repeated string recipients = 10; \
             string organization = 11; }"
        }
        "quaternion.proto" => {
            "message Quaternion { double x = 1; double y = 2; double z = 3; double w = 4; }"
        }
        "timeofday.proto" => {
            "message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }"
        }
        _ => return None,
    })
}

/// Package and text of the files that come with the Java serde and with its parser.
fn other(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "additionalTypes/decimal.proto" => (
            "additionalTypes",
            "message Decimal { int64 units = 1; int32 fraction = 2; uint32 precision = 3; int32 scale = 4; }",
        ),
        "metadata/metadata.proto" => (
            "metadata",
            "import \"google/protobuf/descriptor.proto\"; \
             extend google.protobuf.FieldOptions { string metadata_key = 50001; string metadata_value = 50002; }",
        ),
        "wire/extensions.proto" => (
            "wire",
            "import \"google/protobuf/descriptor.proto\"; \
             extend google.protobuf.FieldOptions { optional string since = 1076; optional string until = 1077; \
             optional bool use_array = 1185; } \
             extend google.protobuf.EnumOptions { optional string enum_mode = 1190; } \
             extend google.protobuf.EnumValueOptions { optional string constant_since = 1076; \
             optional string constant_until = 1077; } \
             extend google.protobuf.FileOptions { optional string wire_package = 1087; }",
        ),
        _ => return None,
    })
}
