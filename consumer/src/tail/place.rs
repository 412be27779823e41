//! Where the command begins to read each partition, and where it ends.

use std::collections::BTreeMap;

use rdkafka::consumer::ConsumerContext;
use runtime::config::Value;
use runtime::config::units::parse_duration;
use runtime::lifecycle::Failure;

use super::plan::{Plan, refused};
use crate::bounds::{self, Look, Moment, Patience, Start, Until};

/// Offsets by partition.
pub(super) type Offsets = BTreeMap<i32, i64>;

/// `--from`: the first record that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// The first one that is there.
    Beginning,
    /// The next one that comes.
    End,
    /// The first one with this timestamp or a later one.
    Time(Moment),
    /// The one at this offset of each partition, or the nearest one.
    Offset(i64),
    /// Those at these offsets, of these partitions alone.
    Offsets(Offsets),
}

impl From {
    /// Reads the option.
    ///
    /// # Errors
    /// Lists what it may be.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "beginning" => return Ok(Self::Beginning),
            "end" => return Ok(Self::End),
            _ => {}
        }
        if let Ok(offset) = text.parse::<u64>() {
            return Ok(Self::Offset(i64::try_from(offset).unwrap_or(i64::MAX)));
        }
        if let Ok(before) = parse_duration(text) {
            return Ok(Self::Time(Moment::before_now(before)));
        }
        match Start::parse(text) {
            Ok(Start::Earliest) => Ok(Self::Beginning),
            Ok(Start::Latest) => Ok(Self::End),
            Ok(Start::Time(time)) => Ok(Self::Time(time)),
            Ok(Start::Offsets(offsets)) => Ok(Self::Offsets(offsets)),
            Ok(Start::Committed) | Err(_) => Err(
                "it is none of: beginning, end, a time such as 2026-01-31T10:00:00Z, a duration before now such as 15m, an offset such as 120, or offsets by partition such as 0=120,1=95"
                    .to_owned(),
            ),
        }
    }
}

/// Reads `--until`: the configuration's words, or a duration before now.
///
/// # Errors
/// Lists what it may be.
pub(super) fn until(text: &str) -> Result<Until, String> {
    if let Ok(before) = parse_duration(text) {
        return Ok(Until::Time(Moment::before_now(before)));
    }
    match Until::parse(text) {
        Ok(Until::Time(time)) if time.lies_ahead() => {
            Err("this time is still to come; only what is there can be read to an end".to_owned())
        }
        Ok(until) => Ok(until),
        Err(_) => Err(
            "it is none of: end, a time such as 2026-01-31T10:00:00Z, a duration before now such as 5m"
                .to_owned(),
        ),
    }
}

/// What there is of the partitions that are asked for, and what of it is read.
#[derive(Clone, Debug)]
pub(super) struct Span {
    /// The first offset that is there.
    pub(super) lows: Offsets,
    /// The first offset that is read.
    pub(super) begins: Offsets,
    /// The offset behind what was there at the start, or behind what is wanted.
    pub(super) ends: Offsets,
}

impl Span {
    /// Looks everything up; blocks.
    ///
    /// # Errors
    /// 64 for partitions and offsets that are not there, 77 when access is denied, 69 when there is no answer in time.
    pub(super) fn find<C: ConsumerContext>(
        look: &Look<'_, C>,
        plan: &Plan,
        patience: &Patience<'_>,
    ) -> Result<Self, Failure> {
        let failed = |key: &'static str| move |error| bounds::failed(look.topic, key, error);
        // The ends first: what comes while the rest is looked up is behind them.
        let ends = patience.ask(look, || match plan.until {
            Some(Until::Time(time)) => look.first_since(time),
            Some(Until::End) | None => look.ends(),
        });
        let ends = ends.map_err(failed("--until"))?;
        let known = patience.ask(look, || Ok((look.beginnings()?, look.ends()?)));
        let (lows, highs) = known.map_err(failed("--from"))?;
        let begins = match &plan.from {
            From::Beginning => lows.clone(),
            From::End => ends.clone(),
            From::Time(time) => patience
                .ask(look, || look.first_since(*time))
                .map_err(failed("--from"))?,
            From::Offset(offset) => nearest(*offset, &lows, &highs),
            From::Offsets(offsets) => offsets.clone(),
        };
        let span = Self { lows, begins, ends };
        span.check(look, plan, &highs)?;
        Ok(span.only(plan))
    }

    /// Whether everything that the command line names is there.
    fn check<C: ConsumerContext>(
        &self,
        look: &Look<'_, C>,
        plan: &Plan,
        highs: &Offsets,
    ) -> Result<(), Failure> {
        let (topic, last) = (look.topic, look.partitions - 1);
        let mut named = plan.partitions.iter().chain(self.begins.keys());
        if let Some(partition) = named.find(|partition| !highs.contains_key(partition)) {
            let said = format!("there is no partition {partition}: topic {topic} has 0 to {last}");
            return Err(refused(said));
        }
        if !matches!(plan.from, From::Offsets(_)) {
            return Ok(());
        }
        for (partition, offset) in &self.begins {
            let (low, high) = (of(&self.lows, *partition), of(highs, *partition));
            if !(low..=high).contains(offset) {
                return Err(refused(format!(
                    "--from names offset {offset} of partition {partition}, where topic {topic} has {low} to {high}"
                )));
            }
        }
        Ok(())
    }

    /// What is asked for.
    fn only(mut self, plan: &Plan) -> Self {
        let begins = std::mem::take(&mut self.begins);
        let is_wanted =
            |partition: &i32| plan.partitions.is_empty() || plan.partitions.contains(partition);
        let wanted = begins.into_iter().filter(|(one, _)| is_wanted(one));
        self.begins = wanted.collect();
        self.ends.retain(|one, _| self.begins.contains_key(one));
        self
    }
}

/// The offset of a partition, 0 where none is known.
pub(super) fn of(offsets: &Offsets, partition: i32) -> i64 {
    offsets.get(&partition).copied().unwrap_or(0)
}

fn nearest(offset: i64, lows: &Offsets, highs: &Offsets) -> Offsets {
    let within = |(partition, high): (&i32, &i64)| {
        let low = of(lows, *partition).min(*high);
        (*partition, offset.clamp(low, *high))
    };
    highs.iter().map(within).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_a_word_a_time_or_offsets() {
        let offsets = From::Offsets(Offsets::from([(0, 120), (7, 0)]));
        for (text, expected) in [
            ("beginning", From::Beginning),
            ("earliest", From::Beginning),
            ("end", From::End),
            ("latest", From::End),
            ("120", From::Offset(120)),
            ("0=120,7=0", offsets),
        ] {
            assert_eq!(From::parse(text), Ok(expected), "{text}");
        }
        for text in ["2026-01-31T10:00:00Z", "15m"] {
            assert!(matches!(From::parse(text), Ok(From::Time(_))), "{text}");
        }
        for text in ["", "committed", "-1", "0=", "soon"] {
            let refused = From::parse(text).unwrap_err();
            assert!(refused.starts_with("it is none of: beginning"), "{refused}");
        }
    }

    #[test]
    fn an_end_is_not_still_to_come() {
        assert_eq!(until("end"), Ok(Until::End));
        assert!(matches!(until("5m"), Ok(Until::Time(_))));
        assert!(
            until("2999-01-31T10:00:00Z")
                .unwrap_err()
                .contains("still to come")
        );
        assert!(until("120").unwrap_err().starts_with("it is none of: end"));
    }

    #[test]
    fn one_offset_for_all_is_the_nearest_that_each_has() {
        let (lows, highs) = (
            Offsets::from([(0, 5), (1, 50)]),
            Offsets::from([(0, 9), (1, 90)]),
        );
        assert_eq!(nearest(20, &lows, &highs), Offsets::from([(0, 9), (1, 50)]));
        assert_eq!(nearest(7, &lows, &highs), Offsets::from([(0, 7), (1, 50)]));
    }
}
