//! Plans of Avro schemas.

use common::avro::{Field, Logical, Schema, Type, TypeId, TypeKind};

use super::build::{BuildError, Builder, Scope, Wishes, named};
use super::leaf::Leaf;
use super::plan::{Member, NodeId, Plan};
use super::value::{BytesForm, SpanForm};
use super::whole::Form;

/// Digits that a whole number of 64 bits surely holds.
const DIGITS: u32 = 18;

type Avro<'a> = Builder<'a, TypeId>;

/// What makes records of the schema.
pub(super) fn plan(schema: &Schema, wishes: Wishes<'_>) -> Result<Plan, BuildError> {
    let mut builder = Builder::new(wishes);
    let top = builder.top();
    let root = build(&mut builder, schema, schema.root_id(), &top);
    builder.finish(root)
}

fn build(builder: &mut Avro<'_>, schema: &Schema, id: TypeId, scope: &Scope) -> NodeId {
    builder.part(id, scope, |builder, scope| {
        let found = schema.get(id);
        match &found.kind {
            TypeKind::Record(record) => object(builder, schema, &record.fields, scope),
            TypeKind::Union(branches) => union(builder, schema, branches, scope),
            TypeKind::Array(items) => builder.list(None, (0, u32::MAX), scope, |builder, scope| {
                build(builder, schema, *items, scope)
            }),
            TypeKind::Map(values) => {
                builder.list(Some("key_"), (0, u32::MAX), scope, |builder, scope| {
                    build(builder, schema, *values, scope)
                })
            }
            _ => builder.leaf(&leaf(found), scope),
        }
    })
}

fn object(builder: &mut Avro<'_>, schema: &Schema, fields: &[Field], scope: &Scope) -> NodeId {
    let mut members = Vec::new();
    for field in fields {
        let inner = builder.member(scope, &[&field.name]);
        let node = build(builder, schema, field.type_id, &inner);
        members.push(Member {
            is_needed: true,
            share: 1.0,
            choices: vec![(named(&field.name), node)],
        });
    }
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    builder.object(members, scope, &names)
}

fn union(builder: &mut Avro<'_>, schema: &Schema, branches: &[TypeId], scope: &Scope) -> NodeId {
    let is_null = |id: &TypeId| matches!(schema.get(*id).kind, TypeKind::Null);
    let others: Vec<TypeId> = branches.iter().copied().filter(|id| !is_null(id)).collect();
    let pick = |builder: &mut Avro<'_>, scope: &Scope| {
        builder.pick(&others, scope, |builder, id, scope| {
            build(builder, schema, *id, scope)
        })
    };
    match (others.len(), branches.len()) {
        (0, 1..) => builder.leaf(&null(), scope),
        (others, all) if others < all => builder.nullable(scope, pick),
        _ => pick(builder, scope),
    }
}

fn null() -> Leaf {
    Leaf::Constants(vec![(*b"null").into()])
}

/// What a type without parts holds.
fn leaf(found: &Type) -> Leaf {
    let bytes = |low, high| Leaf::Bytes {
        low,
        high,
        form: BytesForm::Points,
    };
    match (&found.kind, found.logical) {
        (_, Some(Logical::Decimal { precision, scale })) => {
            let most = 10_i64.pow(precision.min(DIGITS)) - 1;
            Leaf::Whole {
                form: Form::Decimal(scale),
                low: -most,
                high: most,
                step: 1,
            }
        }
        (_, Some(Logical::Uuid)) => Leaf::Uuid,
        (_, Some(Logical::Duration)) => Leaf::Span(SpanForm::Calendar),
        (_, Some(Logical::Date)) => Leaf::of(Form::Date),
        (_, Some(Logical::TimeMillis)) => Leaf::of(Form::Time(3)),
        (_, Some(Logical::TimeMicros)) => Leaf::of(Form::Time(6)),
        (_, Some(Logical::TimestampMillis)) => Leaf::of(Form::Instant(3)),
        (_, Some(Logical::TimestampMicros)) => Leaf::of(Form::Instant(6)),
        (_, Some(Logical::TimestampNanos)) => Leaf::of(Form::Instant(9)),
        (_, Some(Logical::LocalTimestampMillis)) => Leaf::of(Form::Local(3)),
        (_, Some(Logical::LocalTimestampMicros)) => Leaf::of(Form::Local(6)),
        (_, Some(Logical::LocalTimestampNanos)) => Leaf::of(Form::Local(9)),
        (TypeKind::Boolean, None) => Leaf::boolean(),
        (TypeKind::Int, None) => Leaf::whole(i32::MIN.into(), i32::MAX.into()),
        (TypeKind::Long, None) => Leaf::whole(i64::MIN, i64::MAX),
        (TypeKind::Float, None) => Leaf::Float {
            low: f32::MIN.into(),
            high: f32::MAX.into(),
        },
        (TypeKind::Double, None) => Leaf::Float {
            low: f64::MIN,
            high: f64::MAX,
        },
        (TypeKind::String, None) => Leaf::text(),
        (TypeKind::Enum(found), None) => Leaf::symbols(found.symbols.iter().map(String::as_str)),
        (TypeKind::Fixed(fixed), None) => {
            let size = u32::try_from(fixed.size).unwrap_or(u32::MAX);
            bytes(size, size)
        }
        (TypeKind::Bytes, None) => bytes(0, u32::MAX),
        _ => null(),
    }
}
