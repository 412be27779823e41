//! Values of one JSON type, as the keywords of its schemas want them.

use common::json_schema::{SchemaTree, SchemaValue};

use super::super::build::{Scope, named};
use super::super::leaf::Leaf;
use super::super::pattern::Pattern;
use super::super::plan::{Member, NodeId};
use super::super::whole::Form;
use super::{Json, Type, build as build_all};

/// Whole numbers that every JSON reader keeps exactly.
const SAFE: i64 = (1 << 53) - 1;

/// What texts of a format look like, for those that have no time in them.
const FORMATS: [(&str, &str); 9] = [
    ("email", "[a-z]{3,8}\\.[a-z]{3,8}@example\\.(com|org)"),
    ("hostname", "[a-z]{3,10}\\.example\\.(com|org)"),
    ("ipv4", "(10|172|192)\\.[1-9]\\d\\.[1-9]\\d\\.[1-9]\\d"),
    ("ipv6", "2001:db8(:[1-9a-f][0-9a-f]{3}){6}"),
    ("uri", "https://example\\.(com|org)/[a-z]{3,8}/[0-9]{1,5}"),
    ("uri-reference", "/[a-z]{3,8}/[0-9]{1,5}"),
    ("uri-template", "/[a-z]{3,8}/\\{id\\}"),
    ("json-pointer", "(/[a-z]{2,6}){1,3}"),
    ("regex", "[a-z]{2,5}"),
];

pub(super) fn build(
    builder: &mut Json<'_>,
    tree: &SchemaTree,
    kind: Type,
    schemas: &[SchemaValue<'_>],
    scope: &Scope,
) -> NodeId {
    match kind {
        Type::Null => builder.leaf(&Leaf::Constants(vec![(*b"null").into()]), scope),
        Type::Boolean => builder.leaf(&Leaf::boolean(), scope),
        Type::Integer => builder.leaf(&integer(schemas), scope),
        Type::Number => builder.leaf(&number(schemas), scope),
        Type::String => text(builder, schemas, scope),
        Type::Array => array(builder, tree, schemas, scope),
        Type::Object => object(builder, tree, schemas, scope),
    }
}

fn all<'a, 's: 'a>(
    schemas: &'a [SchemaValue<'s>],
    keyword: &'a str,
) -> impl Iterator<Item = SchemaValue<'s>> + 'a {
    schemas
        .iter()
        .filter_map(move |schema| schema.member(keyword))
}

/// The bounds of a length by two keywords.
fn lengths(schemas: &[SchemaValue<'_>], low: &str, high: &str) -> (u32, u32) {
    // A length may be written `1.0`.
    let count = |value: SchemaValue<'_>| {
        let number = value.text().parse::<f64>().unwrap_or(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates"
        )]
        let count = number as u32;
        count
    };
    let low = all(schemas, low).map(count).max().unwrap_or(0);
    (
        low,
        all(schemas, high)
            .map(count)
            .min()
            .unwrap_or(u32::MAX)
            .max(low),
    )
}

/// The lowest and the highest number; in draft 4 a bound is exclusive by a keyword beside it.
fn bounds(schemas: &[SchemaValue<'_>], margin: f64) -> (f64, f64) {
    let bound = |schema: &SchemaValue<'_>, inclusive: &str, exclusive: &str, inwards: f64| {
        let number = |value: SchemaValue<'_>| value.text().parse::<f64>().ok();
        let beside = schema.member(exclusive);
        let excludes = beside.is_some_and(|value| value.boolean() == Some(true));
        let plain = schema.member(inclusive).and_then(number);
        let plain = plain.map(|bound| if excludes { bound + inwards } else { bound });
        let strict = beside.and_then(number).map(|bound| bound + inwards);
        [plain, strict].into_iter().flatten()
    };
    let lows = schemas
        .iter()
        .flat_map(|schema| bound(schema, "minimum", "exclusiveMinimum", margin));
    let highs = schemas
        .iter()
        .flat_map(|schema| bound(schema, "maximum", "exclusiveMaximum", -margin));
    let low = lows.fold(f64::MIN, f64::max);
    (low, highs.fold(f64::MAX, f64::min).max(low))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "bounds are rounded inwards and clamped to whole numbers that are exact"
)]
fn integer(schemas: &[SchemaValue<'_>]) -> Leaf {
    // With a margin of a half an exclusive bound rounds to the next whole number.
    let (low, high) = bounds(schemas, 0.5);
    let safe = SAFE as f64;
    let low = low.ceil().clamp(-safe, safe) as i64;
    let high = (high.floor().clamp(-safe, safe) as i64).max(low);
    match multiple(schemas) {
        None => Leaf::whole(low, high),
        Some(step) => {
            let first = low.div_euclid(step) * step;
            let first = if first < low { first + step } else { first };
            Leaf::Whole {
                form: Form::Number,
                low: first,
                high: high.max(first),
                step,
            }
        }
    }
}

/// The `multipleOf` that is whole; others are left to chance.
#[expect(clippy::cast_possible_truncation, reason = "whole and small")]
fn multiple(schemas: &[SchemaValue<'_>]) -> Option<i64> {
    let numbers = all(schemas, "multipleOf").filter_map(|value| value.text().parse::<f64>().ok());
    let whole = numbers.filter(|number| number.fract() == 0.0 && (1.0..1e9).contains(number));
    whole
        .map(|number| number as i64)
        .reduce(i64::saturating_mul)
}

fn number(schemas: &[SchemaValue<'_>]) -> Leaf {
    if multiple(schemas).is_some() {
        return integer(schemas);
    }
    let (low, high) = bounds(schemas, 1e-9);
    Leaf::Float { low, high }
}

fn text(builder: &mut Json<'_>, schemas: &[SchemaValue<'_>], scope: &Scope) -> NodeId {
    let (low, high) = lengths(schemas, "minLength", "maxLength");
    let plain = Leaf::Text { low, high };
    let pattern = all(schemas, "pattern").next();
    let format = all(schemas, "format").next();
    let of_format = format.and_then(|format| of_format(&format.string().unwrap_or_default()));
    if builder.has_value_rule(scope) {
        let leaves: Vec<Leaf> = of_format.into_iter().chain([plain]).collect();
        return builder.pick(&leaves, scope, |builder, leaf, scope| {
            builder.leaf(leaf, scope)
        });
    }
    let leaf = match (pattern, of_format) {
        (Some(pattern), _) => match Pattern::parse(&pattern.string().unwrap_or_default()) {
            Ok(pattern) => Leaf::Pattern(pattern),
            Err(why) => {
                return builder.refuse(format!(
                    "no text can be made for the pattern at {}: {why}; give the field a rule",
                    pattern.pointer()
                ));
            }
        },
        (None, Some(leaf)) => leaf,
        (None, None) => plain,
    };
    builder.leaf(&leaf, scope)
}

fn of_format(format: &str) -> Option<Leaf> {
    Some(match format {
        "date-time" => Leaf::of(Form::Instant(3)),
        "date" => Leaf::of(Form::Date),
        "time" => Leaf::Pattern(Pattern::parse("([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\dZ").ok()?),
        "uuid" => Leaf::Uuid,
        other => {
            let (_, pattern) = FORMATS.iter().find(|(name, _)| *name == other)?;
            Leaf::Pattern(Pattern::parse(pattern).ok()?)
        }
    })
}

fn array(
    builder: &mut Json<'_>,
    tree: &SchemaTree,
    schemas: &[SchemaValue<'_>],
    scope: &Scope,
) -> NodeId {
    let bounds = lengths(schemas, "minItems", "maxItems");
    let tuple = all(schemas, "items").find(SchemaValue::is_array);
    if let Some(tuple) = tuple {
        let parts: Vec<_> = tuple.items().map(|item| item.index()).collect();
        return builder.tuple(&parts, scope, |builder, part, scope| {
            build_all(builder, tree, &[*part], scope)
        });
    }
    let parts: Vec<u32> = all(schemas, "items").map(|items| items.index()).collect();
    builder.list(None, bounds, scope, |builder, scope| {
        build_all(builder, tree, &parts, scope)
    })
}

fn object(
    builder: &mut Json<'_>,
    tree: &SchemaTree,
    schemas: &[SchemaValue<'_>],
    scope: &Scope,
) -> NodeId {
    let mut properties: Vec<(String, Vec<u32>)> = Vec::new();
    for (name, schema) in all(schemas, "properties").flat_map(|properties| properties.members()) {
        let part = schema.index();
        match properties.iter_mut().find(|(known, _)| *known == name) {
            Some((_, parts)) => parts.push(part),
            None => properties.push((name.into_owned(), vec![part])),
        }
    }
    let others: Vec<u32> = all(schemas, "additionalProperties")
        .map(|schema| schema.index())
        .collect();
    let required: Vec<String> = all(schemas, "required")
        .flat_map(|names| names.items())
        .filter_map(|name| name.string().map(std::borrow::Cow::into_owned))
        .collect();
    for name in &required {
        if properties.iter().all(|(known, _)| known != name) {
            properties.push((name.clone(), others.clone()));
        }
    }
    if properties.is_empty() {
        let takes_none = others
            .iter()
            .any(|index| tree.at(*index).boolean() == Some(false));
        let (low, high) = lengths(schemas, "minProperties", "maxProperties");
        let bounds = if takes_none { (low, low) } else { (low, high) };
        return builder.list(Some("key_"), bounds, scope, |builder, scope| {
            build_all(builder, tree, &others, scope)
        });
    }
    let mut members = Vec::new();
    for (name, parts) in &properties {
        let own = builder.member(scope, &[name]);
        let is_needed = required.contains(name);
        let (is_needed, share, inner) = if is_needed {
            (true, 1.0, own)
        } else {
            builder.optional(scope, &[name], &own)
        };
        let node = build_all(builder, tree, parts, &inner);
        members.push(Member {
            is_needed,
            share,
            choices: vec![(named(name), node)],
        });
    }
    let names: Vec<&str> = properties.iter().map(|(name, _)| name.as_str()).collect();
    builder.object(members, scope, &names)
}
