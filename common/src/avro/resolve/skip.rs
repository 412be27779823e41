//! How values of the writer's types are passed over.

use crate::avro::plan::Skip;
use crate::avro::schema::{Schema, TypeId, TypeKind};

/// How to pass over each of the schema's types.
///
/// A record that takes no bytes is passed over at once, so that the work of skipping is bounded by the payload.
pub(super) fn skips(schema: &Schema) -> Vec<Skip> {
    let mut skips: Vec<_> = schema.types.iter().map(|entry| skip(&entry.kind)).collect();
    // A record's text ends after those of the records in it; one that holds itself takes bytes without end.
    for id in &schema.complete {
        if let TypeKind::Record(record) = &schema.get(*id).kind {
            let fields: Box<[u32]> = record
                .fields
                .iter()
                .map(|field| field.type_id.0)
                .filter(|field| skips[*field as usize] != Skip::Nothing)
                .collect();
            skips[id.index()] = if fields.is_empty() {
                Skip::Nothing
            } else {
                Skip::Record(fields)
            };
        }
    }
    skips
}

fn skip(kind: &TypeKind) -> Skip {
    match kind {
        TypeKind::Null => Skip::Nothing,
        TypeKind::Boolean => Skip::Fixed(1),
        TypeKind::Int | TypeKind::Enum(_) => Skip::Int,
        TypeKind::Long => Skip::Long,
        TypeKind::Float => Skip::Fixed(4),
        TypeKind::Double => Skip::Fixed(8),
        TypeKind::Bytes | TypeKind::String => Skip::Bytes,
        TypeKind::Fixed(fixed) if fixed.size == 0 => Skip::Nothing,
        TypeKind::Fixed(fixed) => Skip::Fixed(fixed.size),
        TypeKind::Array(items) => Skip::Array(items.0),
        TypeKind::Map(values) => Skip::Map(values.0),
        TypeKind::Union(branches) => Skip::Union(branches.iter().map(|TypeId(id)| *id).collect()),
        // Its fields are filled in when those of the records in it are known.
        TypeKind::Record(_) => Skip::Record(Box::default()),
    }
}
