//! How much there is to replay: the end that each partition has now, and how far the group has come.

use crate::bounds::{self, Look, Patience};
use rdkafka::consumer::ConsumerContext;
use runtime::lifecycle::Failure;
use std::collections::BTreeMap;

/// What there is.
#[derive(Debug)]
pub(super) struct Extent {
    /// The offset behind the last letter of each partition.
    pub(super) ends: BTreeMap<i32, i64>,
    /// Letters between there and where the group stands; where a topic has holes there are fewer.
    pub(super) letters: u64,
}

/// Looks; blocks.
///
/// # Errors
/// 77 when access is denied, 69 when there is no answer in time.
pub(super) fn extent<C: ConsumerContext>(
    look: &Look<'_, C>,
    patience: &Patience<'_>,
) -> Result<Extent, Failure> {
    let answers = patience.ask(look, || {
        Ok((look.committed()?, look.beginnings()?, look.ends()?))
    });
    let (committed, lows, ends) =
        answers.map_err(|error| bounds::failed(look.topic, "the replay", error))?;
    let of = |offsets: &BTreeMap<i32, i64>, partition| offsets.get(&partition).copied();
    let letters = |(partition, end): (&i32, &i64)| {
        let low = of(&lows, *partition).unwrap_or(0);
        (end - begin(of(&committed, *partition), low, *end)).unsigned_abs()
    };
    Ok(Extent {
        letters: ends.iter().map(letters).sum(),
        ends,
    })
}

/// Where reading begins: where the group stands, or at the first letter where that is no place in the topic.
fn begin(committed: Option<i64>, low: i64, end: i64) -> i64 {
    committed
        .filter(|offset| (low..=end).contains(offset))
        .unwrap_or(low.min(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_begins_where_the_group_stands_if_that_is_a_place() {
        assert_eq!(begin(Some(7), 5, 9), 7);
        assert_eq!(begin(Some(9), 5, 9), 9);
        for nowhere in [None, Some(4), Some(10)] {
            assert_eq!(begin(nowhere, 5, 9), 5, "{nowhere:?}");
        }
    }
}
