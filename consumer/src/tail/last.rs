//! The last records of some partitions, in the order of time.
//!
//! Of each partition the last N offsets are read. Where fewer records stand in them, because a compaction or
//! transactions have left holes, the offsets before them are read too, always more at once, until there are N or the
//! partition begins. Of all these the last N by time are given. Within a partition offsets decide: a record counts as
//! no earlier than those before it.

use std::collections::BTreeMap;
use std::time::Duration;

use runtime::lifecycle::Failure;

use super::place::{Offsets, Span, of};
use super::reader::{Event, Reader};
use super::record::Record;
use crate::batch::Slot;
use crate::bounds::Ends;

/// How long a poll waits.
const IDLE: Duration = Duration::from_millis(100);
/// How much more is read at once of a partition that has holes.
const GROWTH: i64 = 4;

/// Reads the last `wanted` records before the ends of a span, for as long as `goes_on`.
///
/// # Errors
/// As [`Reader::poll`].
pub(super) fn gather(
    reader: &Reader,
    span: &Span,
    wanted: usize,
    goes_on: impl Fn() -> bool,
) -> Result<Vec<Record>, Failure> {
    let mut last = Last::new(span, wanted);
    while let Some(begins) = last.begins() {
        reader.take(&begins)?;
        while !last.is_read() {
            if !goes_on() {
                return Ok(Vec::new());
            }
            last.accept(reader.poll(IDLE)?);
        }
        last.widen();
    }
    Ok(newest(last.found, wanted))
}

/// Records of a partition by offset.
type Found = BTreeMap<i64, Record>;

/// What is read, round by round, without knowing where it comes from.
struct Last<'a> {
    lows: &'a Offsets,
    wanted: usize,
    /// Offsets of a partition that are read in one round.
    width: i64,
    /// The first offset of this round.
    begins: Offsets,
    ends: Ends,
    slots: Vec<Slot>,
    found: BTreeMap<i32, Found>,
}

impl<'a> Last<'a> {
    fn new(span: &'a Span, wanted: usize) -> Self {
        let mut last = Self {
            lows: &span.lows,
            wanted,
            width: i64::try_from(wanted).unwrap_or(i64::MAX),
            begins: Offsets::new(),
            ends: Ends::new(Offsets::new()),
            slots: Vec::new(),
            found: BTreeMap::new(),
        };
        last.look_before(&span.ends);
        last
    }

    /// Where this round begins; nothing when no round is needed any more.
    fn begins(&self) -> Option<Offsets> {
        (!self.begins.is_empty()).then(|| self.begins.clone())
    }

    /// Whether the round is over.
    fn is_read(&self) -> bool {
        self.ends.are_reached(&self.slots)
    }

    fn accept(&mut self, event: Event) {
        match event {
            Event::Nothing => {}
            Event::End { partition, known } => {
                self.ends.nothing_left(Slot::fixed(partition), known);
            }
            Event::Record(record) => {
                let slot = Slot::fixed(record.partition);
                if self.ends.is_behind(slot, record.offset) {
                    return;
                }
                let own = self.found.entry(record.partition).or_default();
                own.insert(record.offset, record);
                if own.len() > self.wanted {
                    own.pop_first();
                }
            }
        }
    }

    /// Goes further back where there were too few.
    fn widen(&mut self) {
        self.width = self.width.saturating_mul(GROWTH);
        let (found, wanted) = (&self.found, self.wanted);
        let is_short = |one: &i32| found.get(one).is_none_or(|own| own.len() < wanted);
        let short = self.begins.iter().filter(|(one, _)| is_short(one));
        let short: Offsets = short.map(|(one, begin)| (*one, *begin)).collect();
        self.look_before(&short);
    }

    /// The next round ends at these offsets; a partition that begins there has no part in it.
    fn look_before(&mut self, ends: &Offsets) {
        let begin = |(one, end): (&i32, &i64)| {
            let begin = end.saturating_sub(self.width).max(of(self.lows, *one));
            (begin < *end).then_some((*one, begin))
        };
        self.begins = ends.iter().filter_map(begin).collect();
        self.slots = self.begins.keys().map(|one| Slot::fixed(*one)).collect();
        self.ends = Ends::new(ends.clone());
    }
}

/// The last of all by time, oldest first.
fn newest(found: BTreeMap<i32, Found>, wanted: usize) -> Vec<Record> {
    let mut all = Vec::new();
    for own in found.into_values() {
        let mut latest = i64::MIN;
        for record in own.into_values() {
            latest = latest.max(record.millis().unwrap_or(i64::MIN));
            all.push((latest, record));
        }
    }
    // Stable, so offsets stay in order.
    all.sort_by_key(|(time, record)| (*time, record.partition));
    let skipped = all.len().saturating_sub(wanted);
    let records = all.into_iter().skip(skipped);
    records.map(|(_, record)| record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::Timestamp;

    fn found(records: &[(i32, i64, i64)]) -> BTreeMap<i32, Found> {
        let mut found: BTreeMap<i32, Found> = BTreeMap::new();
        for (partition, offset, time) in records {
            let record = Record {
                partition: *partition,
                offset: *offset,
                timestamp: Timestamp::CreateTime(*time),
                key: None,
                value: None,
                headers: Vec::new(),
            };
            found.entry(*partition).or_default().insert(*offset, record);
        }
        found
    }

    fn places(records: &[Record]) -> Vec<(i32, i64)> {
        let place = |record: &Record| (record.partition, record.offset);
        records.iter().map(place).collect()
    }

    #[test]
    fn the_last_of_all_partitions_are_those_of_the_latest_times() {
        let all = [(0, 7, 10), (0, 8, 40), (1, 3, 20), (1, 4, 30), (2, 9, 5)];
        assert_eq!(places(&newest(found(&all), 3)), [(1, 3), (1, 4), (0, 8)]);
        assert_eq!(newest(found(&all), 9).len(), 5);
        assert!(newest(BTreeMap::new(), 3).is_empty());
    }

    #[test]
    fn offsets_of_a_partition_stay_in_order_whatever_their_times_are() {
        let all = [(0, 1, 50), (0, 2, 10), (1, 1, 20)];
        assert_eq!(places(&newest(found(&all), 3)), [(1, 1), (0, 1), (0, 2)]);
        assert_eq!(places(&newest(found(&all), 1)), [(0, 2)]);
    }

    /// Gathers from partitions that have these offsets; gives their places and how many records were read.
    fn gathered(
        log: &[(i32, &[i64])],
        (lows, ends): (Offsets, Offsets),
        wanted: usize,
    ) -> (Vec<(i32, i64)>, usize) {
        let span = Span {
            begins: lows.clone(),
            lows,
            ends: ends.clone(),
        };
        let (mut last, mut read) = (Last::new(&span, wanted), 0);
        while let Some(begins) = last.begins() {
            for (partition, offsets) in log {
                let Some(begin) = begins.get(partition) else {
                    continue;
                };
                for offset in offsets.iter().filter(|offset| *offset >= begin) {
                    if last.ends.reached(&[Slot::fixed(*partition)]).is_empty() {
                        read += 1;
                        let record = found(&[(*partition, *offset, *offset)]);
                        let record = record.into_values().flat_map(Found::into_values).next();
                        last.accept(Event::Record(record.unwrap()));
                    }
                }
                let (partition, known) = (*partition, ends[partition]);
                last.accept(Event::End { partition, known });
            }
            assert!(last.is_read(), "the round would never end");
            last.widen();
        }
        (places(&newest(last.found, wanted)), read)
    }

    #[test]
    fn only_the_end_of_a_partition_is_read() {
        let many: Vec<i64> = (0..100_000).collect();
        let bounds = (Offsets::from([(0, 0)]), Offsets::from([(0, 100_000)]));
        let (places, read) = gathered(&[(0, &many)], bounds, 2);
        assert_eq!((places, read), (vec![(0, 99_998), (0, 99_999)], 2));
    }

    #[test]
    fn holes_are_stepped_over_and_end_where_a_partition_begins() {
        // Markers stand at the end, and a compaction has left little before them.
        let log: [(i32, &[i64]); 3] = [(0, &[3, 40, 41, 90]), (1, &[]), (2, &[7])];
        let bounds = (
            Offsets::from([(0, 2), (1, 0), (2, 7)]),
            Offsets::from([(0, 100), (1, 50), (2, 8)]),
        );
        let (places, read) = gathered(&log, bounds.clone(), 3);
        assert_eq!(places, [(0, 40), (0, 41), (0, 90)]);
        assert!(read < 12, "{read}");
        assert_eq!(
            gathered(&log, bounds, 9).0,
            [(0, 3), (2, 7), (0, 40), (0, 41), (0, 90)]
        );
    }

    #[test]
    fn nothing_is_the_last_of_nothing() {
        let bounds = (Offsets::from([(0, 5)]), Offsets::from([(0, 5)]));
        assert_eq!(gathered(&[(0, &[])], bounds, 3), (Vec::new(), 0));
    }
}
