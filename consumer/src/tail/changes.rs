//! Tells when the records of a partition begin to carry another version of their schema.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::decoder::Reading;
use super::record::Record;

/// A change that was told is not told again, until so many others were.
const REMEMBERED: usize = 1000;

/// Partition, and the schema's name where it is known: versions of two schemas may stand beside each other for good.
type Stream = (i32, Option<String>);

/// A version as it is told of.
#[derive(Clone, Debug)]
struct Version {
    id: Uuid,
    number: Option<u64>,
}

/// See the module's words.
#[derive(Debug, Default)]
pub(super) struct Changes {
    last: BTreeMap<Stream, Version>,
    told: BTreeSet<(i32, Uuid, Uuid)>,
}

impl Changes {
    /// The line about a change, if the record is the first of one.
    ///
    /// Two writers of different versions change with every record; each change of a partition is told once.
    pub(super) fn pass(
        &mut self,
        topic: &str,
        record: &Record,
        reading: &Reading,
    ) -> Option<String> {
        let schema = reading.version();
        let now = Version {
            id: reading.version_id()?,
            number: schema.and_then(|schema| schema.number),
        };
        let name = schema.and_then(|schema| schema.schema_name.clone());
        let stream = (record.partition, name);
        let before = self.last.insert(stream.clone(), now.clone())?;
        if before.id == now.id || !self.is_news((record.partition, before.id, now.id)) {
            return None;
        }
        let place = format!("{topic}[{}]@{}", record.partition, record.offset);
        let what = stream.1.as_deref().unwrap_or("schema");
        let numbers = match (before.number, now.number) {
            (Some(before), Some(now)) => format!("version {before} -> {now}"),
            _ => "version".to_owned(),
        };
        Some(format!(
            "{what} {numbers} ({} -> {}) at {place}",
            before.id, now.id
        ))
    }

    fn is_news(&mut self, change: (i32, Uuid, Uuid)) -> bool {
        if self.told.len() >= REMEMBERED {
            self.told.clear();
        }
        self.told.insert(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::Timestamp;

    fn said(changes: &mut Changes, partition: i32, id: u128) -> Option<String> {
        let mut frame = vec![3, 0];
        frame.extend_from_slice(Uuid::from_u128(id).as_bytes());
        let record = Record {
            partition,
            offset: 9,
            timestamp: Timestamp::NotAvailable,
            key: None,
            value: None,
            headers: Vec::new(),
        };
        changes.pass("t", &record, &Reading::of_bytes(Some(&frame)))
    }

    #[test]
    fn a_change_is_told_once_a_partition_and_its_way_back_too() {
        let mut changes = Changes::default();
        assert_eq!(said(&mut changes, 0, 1), None);
        assert_eq!(said(&mut changes, 0, 1), None);
        let line = said(&mut changes, 0, 2).unwrap();
        let ids = [1, 2].map(Uuid::from_u128);
        assert_eq!(
            line,
            format!("schema version ({} -> {}) at t[0]@9", ids[0], ids[1])
        );
        assert!(said(&mut changes, 0, 1).is_some());
        assert_eq!(said(&mut changes, 0, 2), None);
        assert_eq!(said(&mut changes, 1, 1), None, "another partition");
        assert!(said(&mut changes, 1, 2).is_some());
    }
}
