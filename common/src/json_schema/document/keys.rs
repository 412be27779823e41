//! Whether an object has a key twice.

use super::{At, Tree};

/// Objects with at most so many keys are compared pair by pair.
const PAIRS: u32 = 6;
/// Objects with at most so many keys go through a table on the stack.
const TABLE: u32 = 128;
const SLOTS: usize = 512;

pub(super) fn has_duplicates(tree: &Tree<'_>, at: At) -> bool {
    let count = tree.node(at).count;
    if count <= PAIRS {
        by_pairs(tree, at)
    } else if count <= TABLE {
        by_table(tree, at)
    } else {
        by_order(tree, at)
    }
}

fn by_pairs(tree: &Tree<'_>, at: At) -> bool {
    let mut keys: [&[u8]; PAIRS as usize] = [&[]; PAIRS as usize];
    for (number, key) in tree.keys(at).enumerate() {
        let text = tree.text(key);
        if keys
            .iter()
            .take(number)
            .any(|earlier| crate::bytes::same(earlier, text))
        {
            return true;
        }
        if let Some(slot) = keys.get_mut(number) {
            *slot = text;
        }
    }
    false
}

fn by_table(tree: &Tree<'_>, at: At) -> bool {
    // The offset of the key's node from the object's, which is never 0.
    let mut slots = [0_u32; SLOTS];
    for key in tree.keys(at) {
        let text = tree.text(key);
        let mut slot = slot(text);
        while slots[slot] != 0 {
            if crate::bytes::same(tree.text(at + slots[slot]), text) {
                return true;
            }
            slot = (slot + 1) % slots.len();
        }
        slots[slot] = key - at;
    }
    false
}

/// A slot that keys of different lengths or ends seldom share.
#[inline]
fn slot(text: &[u8]) -> usize {
    let mut hash = text.len() as u64;
    let mut mix = |part: u64| {
        hash = (hash ^ part)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29);
    };
    if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        mix(u64::from_le_bytes(*first));
        mix(u64::from_le_bytes(*last));
    } else {
        let short = text
            .iter()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
        mix(short);
    }
    usize::from(hash.to_le_bytes()[0]) | usize::from(hash.to_le_bytes()[1] & 1) << 8
}

fn by_order(tree: &Tree<'_>, at: At) -> bool {
    let mut keys: Vec<&[u8]> = tree.keys(at).map(|key| tree.text(key)).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
