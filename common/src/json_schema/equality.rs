//! Whether two JSON values are equal: numbers by value, objects in any order.

use std::cmp::Ordering;

use super::document::{At, Kind, Tree};
use super::number::Decimal;
use super::validate::Exhausted;

/// Counts the work of comparing; an error ends it.
pub(super) type Charge<'c> = &'c mut dyn FnMut(usize) -> Result<(), Exhausted>;

pub(super) fn equal(
    left: (&Tree<'_>, At),
    right: (&Tree<'_>, At),
    charge: Charge<'_>,
) -> Result<bool, Exhausted> {
    charge(1)?;
    let ((left_tree, left_at), (right_tree, right_at)) = (left, right);
    let (left_node, right_node) = (left_tree.node(left_at), right_tree.node(right_at));
    let is_number = |kind| matches!(kind, Kind::Integer | Kind::Number);
    if is_number(left_node.kind) && is_number(right_node.kind) {
        let (left, right) = (left_tree.text(left_at), right_tree.text(right_at));
        return Ok(
            left == right || Decimal::new(left).compare(&Decimal::new(right)) == Ordering::Equal
        );
    }
    if left_node.kind != right_node.kind || left_node.count != right_node.count {
        return Ok(false);
    }
    match left_node.kind {
        Kind::Array => {
            for (left_at, right_at) in left_tree.items(left_at).zip(right_tree.items(right_at)) {
                if !equal((left_tree, left_at), (right_tree, right_at), charge)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Kind::Object => equal_objects(left, right, charge),
        _ => Ok(left_tree.text(left_at) == right_tree.text(right_at)),
    }
}

fn equal_objects(
    left: (&Tree<'_>, At),
    right: (&Tree<'_>, At),
    charge: Charge<'_>,
) -> Result<bool, Exhausted> {
    let ((left_tree, left_at), (right_tree, right_at)) = (left, right);
    let mut likely = right_tree.keys(right_at);
    for key in left_tree.keys(left_at) {
        let name = left_tree.text(key);
        let value = match likely.next() {
            Some(other) if right_tree.text(other) == name => other + 1,
            _ => {
                charge(right_tree.node(right_at).count as usize)?;
                match right_tree.member(right_at, name) {
                    Some(value) => value,
                    None => return Ok(false),
                }
            }
        };
        if !equal((left_tree, key + 1), (right_tree, value), charge)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether no two items of an array are equal.
pub(super) fn all_differ(
    tree: &Tree<'_>,
    array: At,
    charge: Charge<'_>,
) -> Result<bool, Exhausted> {
    let mut items: Vec<(u64, At)> = tree
        .items(array)
        .map(|item| (hash(tree, item), item))
        .collect();
    charge(items.len() + tree.text(array).len() / 8)?;
    items.sort_unstable();
    for group in items.chunk_by(|left, right| left.0 == right.0) {
        for (number, (_, left)) in group.iter().enumerate() {
            for (_, right) in group.iter().skip(number + 1) {
                if equal((tree, *left), (tree, *right), charge)? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

pub(super) const fn mix(hash: u64, part: u64) -> u64 {
    (hash ^ part)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(29)
}

/// A hash that equal values share.
fn hash(tree: &Tree<'_>, at: At) -> u64 {
    let node = tree.node(at);
    match node.kind {
        Kind::Null => 1,
        Kind::Integer | Kind::Number => Decimal::new(tree.text(at)).hash(),
        Kind::Boolean | Kind::String | Kind::Escaped => bytes(tree.text(at)),
        Kind::Array => tree
            .items(at)
            .fold(2, |sum, item| mix(sum, hash(tree, item))),
        Kind::Object => tree.keys(at).fold(3, |sum: u64, key| {
            sum.wrapping_add(mix(bytes(tree.text(key)), hash(tree, key + 1)))
        }),
    }
}

fn bytes(text: &[u8]) -> u64 {
    text.iter()
        .fold(4, |hash, byte| mix(hash, u64::from(*byte)))
}
