//! Logical types: which attributes make one, and their texts.

use serde_json::{Map, Value};

use super::schema::{Logical, TypeKind};

pub(super) mod decimal;
pub(super) mod duration;
pub(super) mod time;
pub(super) mod uuid;

/// The logical type that a type's attributes name; one that does not fit the type is ignored.
pub(super) fn of(kind: &TypeKind, props: &Map<String, Value>) -> Option<Logical> {
    let logical = match props.get("logicalType")?.as_str()? {
        "decimal" => return decimal_of(kind, props),
        "uuid" => Logical::Uuid,
        "date" => Logical::Date,
        "time-millis" => Logical::TimeMillis,
        "time-micros" => Logical::TimeMicros,
        "timestamp-millis" => Logical::TimestampMillis,
        "timestamp-micros" => Logical::TimestampMicros,
        "timestamp-nanos" => Logical::TimestampNanos,
        "local-timestamp-millis" => Logical::LocalTimestampMillis,
        "local-timestamp-micros" => Logical::LocalTimestampMicros,
        "local-timestamp-nanos" => Logical::LocalTimestampNanos,
        "duration" => Logical::Duration,
        _ => return None,
    };
    let fits = match logical {
        Logical::Uuid => match kind {
            TypeKind::Fixed(fixed) => fixed.size == 16,
            kind => *kind == TypeKind::String,
        },
        Logical::Date | Logical::TimeMillis => *kind == TypeKind::Int,
        Logical::Duration => matches!(kind, TypeKind::Fixed(fixed) if fixed.size == 12),
        _ => *kind == TypeKind::Long,
    };
    fits.then_some(logical)
}

fn decimal_of(kind: &TypeKind, props: &Map<String, Value>) -> Option<Logical> {
    let number = |key: &str| match props.get(key) {
        Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()),
        None => Some(0),
    };
    let (precision, scale) = (number("precision")?, number("scale")?);
    let most = match kind {
        TypeKind::Bytes => decimal::MAX_PRECISION,
        TypeKind::Fixed(fixed) => decimal::digits_in(fixed.size).min(decimal::MAX_PRECISION),
        _ => return None,
    };
    (precision > 0 && precision <= most && scale <= precision)
        .then_some(Logical::Decimal { precision, scale })
}
