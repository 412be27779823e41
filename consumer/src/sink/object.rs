//! Files in an object store, each record in one of them once.
//!
//! Files grow in memory and appear whole. All open files of a partition are closed together, and only then do its offsets
//! move, to where the next files begin. So whatever a process leaves behind, the files whose first record stands at the
//! committed offset or behind it are those of records that will be read again, and whoever reads the partition next takes
//! them away first (`prepare`).

mod container;
mod file;
pub(crate) mod folder;
pub(crate) mod name;

use super::Sink;
use super::store::Store;
use crate::batch::Slot;
use crate::config::{ObjectConfig, PartitionBy};
use crate::shape::{Content, Datums, Line, Lines, OFFSET, Rows, Shape, TIMESTAMP};
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int64Type, TimestampMillisecondType};
use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use bytes::Bytes;
use file::{Kind, OpenFile};
use folder::Folder;
use name::Name;
use prometheus::{Error, IntCounter, IntGauge, Registry};
use runtime::telemetry::maker::Maker;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Instant;
use uuid::Uuid;

/// A partition whose records lie in more folders than this has its files closed: late records may lie anywhere.
const MOST_FILES: usize = 32;

/// Handles of what the sink counts; a registry has them only where the sink is this one.
#[derive(Clone, Debug)]
pub(crate) struct ObjectMetrics {
    written: IntCounter,
    bytes: IntCounter,
    open: IntGauge,
    memory: IntGauge,
    /// Counted by who takes files away.
    pub(crate) removed: IntCounter,
}

impl ObjectMetrics {
    /// Registers everything at 0.
    pub(crate) fn register(registry: &Registry) -> Result<Self, Error> {
        let make = Maker::new(registry);
        Ok(Self {
            written: make.counter(
                "sink_objects_written_total",
                "Files closed in the object store.",
            )?,
            bytes: make.counter("sink_object_bytes_total", "Bytes of those files.")?,
            open: make.gauge(
                "sink_open_files",
                "Files that are being written, in memory.",
            )?,
            memory: make.gauge("sink_open_bytes", "Memory that those files take, about.")?,
            removed: make.counter(
                "sink_objects_removed_total",
                "Files taken away because their records had not been committed and are read again.",
            )?,
        })
    }
}

/// See the module's words.
pub(crate) struct ObjectSink {
    config: ObjectConfig,
    store: Arc<Store>,
    metrics: ObjectMetrics,
    /// Tells this process's files from others'.
    writer: String,
    partitions: HashMap<Slot, Partition>,
}

/// What is open of a partition, and what is closed and not in the store yet.
struct Partition {
    since: Instant,
    files: Vec<OpenFile>,
    closed: Vec<Closed>,
}

struct Closed {
    folder: Folder,
    first: i64,
    bytes: Bytes,
}

impl Partition {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            files: Vec::new(),
            closed: Vec::new(),
        }
    }

    fn memory(&self) -> usize {
        let open = self.files.iter().map(OpenFile::memory).sum::<usize>();
        open + self
            .closed
            .iter()
            .map(|file| file.bytes.len())
            .sum::<usize>()
    }

    /// Ends all open files; they wait for the closing as what they are.
    fn finish(&mut self) -> io::Result<()> {
        for file in std::mem::take(&mut self.files) {
            let (folder, first) = (file.folder.clone(), file.first);
            self.closed.push(Closed {
                folder,
                first,
                bytes: file.finish()?,
            });
        }
        Ok(())
    }

    fn is_due(&self, config: &ObjectConfig) -> bool {
        self.since.elapsed() >= config.file_time
            || self.files.len() > MOST_FILES
            || !self.closed.is_empty()
            || self.files.iter().any(|file| {
                file.records >= config.file_records || file.bytes() >= config.file_bytes.bytes()
            })
    }
}

impl ObjectSink {
    pub(super) fn new(config: &ObjectConfig, store: &Arc<Store>, metrics: ObjectMetrics) -> Self {
        let writer = Uuid::new_v4();
        Self {
            config: config.clone(),
            store: Arc::clone(store),
            metrics,
            writer: format!("{:08x}", writer.as_fields().0),
            partitions: HashMap::new(),
        }
    }

    fn write_lines(&mut self, slot: Slot, kind: Kind<'_>, lines: &Lines) -> io::Result<()> {
        let by = self.config.partition_by.clone();
        let of = |line: &Line| Folder::of(&by, line.millis, line.label.as_ref());
        let (mut from, mut rest) = (0, lines.ends.as_slice());
        while let Some(first) = rest.first() {
            let folder = of(first);
            let others = rest.iter().position(|line| of(line) != folder);
            let (alike, behind) = rest.split_at(others.unwrap_or(rest.len()));
            let end = alike.last().map_or(from, |line| line.end);
            let file = self.file(slot, (&folder, kind), first.offset)?;
            file.append(&lines.text[from..end], alike.len())?;
            (from, rest) = (end, behind);
        }
        Ok(())
    }

    /// The partition's file for records of a folder, begun if there is none.
    fn file(
        &mut self,
        slot: Slot,
        (folder, kind): (&Folder, Kind<'_>),
        first: i64,
    ) -> io::Result<&mut OpenFile> {
        let compression = self.config.compression;
        let partition = self.partitions.entry(slot);
        let partition = partition.or_insert_with(Partition::new);
        let mut known = partition.files.iter();
        let known = known.position(|file| file.takes(folder, kind));
        // Within one batch there may be a folder a record, and each file in the making takes memory.
        if known.is_none() && partition.files.len() > MOST_FILES {
            partition.finish()?;
        }
        let files = &mut partition.files;
        let at = known.unwrap_or(files.len());
        if known.is_none() {
            files.push(OpenFile::begin(folder.clone(), first, (kind, compression))?);
        }
        Ok(&mut files[at])
    }

    fn write_rows(&mut self, slot: Slot, rows: &Rows) -> io::Result<()> {
        let schema = rows.columns.schema();
        for (folder, rows) in parted(&self.config.partition_by, rows)? {
            let first = offsets(&rows)?.value(0);
            let file = self.file(slot, (&folder, Kind::Rows(&schema)), first)?;
            file.append_rows(&rows)?;
        }
        Ok(())
    }

    fn show(&self) {
        let files = self
            .partitions
            .values()
            .map(|partition| partition.files.len());
        let memory = self.partitions.values().map(Partition::memory);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.metrics.open.set(count(files.sum()));
        self.metrics.memory.set(count(memory.sum()));
    }
}

impl Sink for ObjectSink {
    fn name(&self) -> &'static str {
        "object_store"
    }

    fn shape(&self) -> Shape {
        file::shape(self.config.format)
    }

    fn is_safe_at_once(&self) -> bool {
        false
    }

    fn write(&mut self, slot: Slot, content: &Content) -> io::Result<()> {
        match content {
            Content::Lines(lines) => self.write_lines(slot, Kind::Lines, lines)?,
            Content::Rows(all) => {
                for rows in all {
                    self.write_rows(slot, rows)?;
                }
            }
            Content::Datums(all) => {
                for Datums { schema, records } in all {
                    self.write_lines(slot, Kind::Datums(schema), records)?;
                }
            }
            Content::Frames(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
        self.show();
        Ok(())
    }

    fn due(&self) -> Vec<Slot> {
        let is_due = |(slot, partition): (&Slot, &Partition)| {
            partition.is_due(&self.config).then_some(*slot)
        };
        let mut due: Vec<Slot> = self.partitions.iter().filter_map(is_due).collect();
        let memory = self
            .partitions
            .iter()
            .map(|(slot, partition)| (partition.memory(), *slot));
        let memory: Vec<_> = memory.collect();
        let total = memory.iter().map(|(bytes, _)| bytes).sum::<usize>();
        if due.is_empty()
            && total > self.config.open_bytes.bytes()
            && let Some((_, largest)) = memory.iter().max()
        {
            due.push(*largest);
        }
        due
    }

    fn close(&mut self, slot: Slot, is_ours: &dyn Fn() -> bool) -> io::Result<()> {
        let Some(partition) = self.partitions.get_mut(&slot) else {
            return Ok(());
        };
        partition.finish()?;
        while let Some(file) = partition.closed.last() {
            if !is_ours() {
                return Err(io::Error::other("the partition is somebody else's"));
            }
            let name = Name {
                topic: self.store.topic(),
                partition: slot.partition,
                first: file.first,
                writer: &self.writer,
                format: self.config.format,
                compression: self.config.compression,
            };
            let folder = file.folder.to_string();
            self.store.put(&folder, &name, file.bytes.clone())?;
            // It may have taken so long that the partition went, and who has it now has looked for files before.
            if !is_ours() {
                self.store.take_back(&folder, &name)?;
                return Err(io::Error::other("the partition has become somebody else's"));
            }
            self.metrics.written.inc();
            self.metrics.bytes.inc_by(file.bytes.len() as u64);
            partition.closed.pop();
        }
        self.partitions.remove(&slot);
        self.show();
        Ok(())
    }

    fn forget(&mut self, slot: Slot) {
        self.partitions.remove(&slot);
        self.show();
    }
}

/// Rows by their folder, in the order of the folders' first rows.
fn parted(by: &PartitionBy, rows: &Rows) -> io::Result<Vec<(Folder, RecordBatch)>> {
    let Rows { columns, labels } = rows;
    let times = columns.column_by_name(TIMESTAMP);
    let times = times.and_then(|times| times.as_primitive_opt::<TimestampMillisecondType>());
    let times = times.ok_or(io::ErrorKind::InvalidData)?;
    let mut folders: Vec<(Folder, Vec<u32>)> = Vec::new();
    for ((row, millis), label) in (0..).zip(times).zip(labels) {
        let folder = Folder::of(by, millis, label.as_ref());
        match folders.iter_mut().rev().find(|(known, _)| *known == folder) {
            Some((_, rows)) => rows.push(row),
            None => folders.push((folder, vec![row])),
        }
    }
    if let [(folder, _)] = folders.as_slice() {
        return Ok(vec![(folder.clone(), columns.clone())]);
    }
    let pick = |(folder, places): (Folder, Vec<u32>)| {
        let picked = take_record_batch(columns, &UInt32Array::from(places));
        let picked = picked.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        Ok((folder, picked?))
    };
    folders.into_iter().map(pick).collect()
}

fn offsets(rows: &RecordBatch) -> io::Result<&arrow_array::Int64Array> {
    let offsets = rows.column_by_name(OFFSET);
    let offsets = offsets.and_then(|offsets| offsets.as_primitive_opt::<Int64Type>());
    Ok(offsets.ok_or(io::ErrorKind::InvalidData)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ConsumerConfig;
    use runtime::config::{Reader, Sources};

    #[tokio::test]
    async fn a_batch_of_many_folders_has_few_files_in_the_making_and_all_of_them_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().display().to_string();
        let pairs = [
            ("sink.kind", "object_store"),
            ("sink.url", &url),
            ("sink.format", "ndjson"),
            ("sink.partition_by", "field:s"),
        ];
        let sources = Sources::from_pairs(pairs);
        let config = Reader::load::<ConsumerConfig>(&sources).unwrap().config;
        let config = config.sink.object;
        let store = Store::open(&config, config.place.as_ref().unwrap(), "t").await;
        let metrics = ObjectMetrics::register(&Registry::new()).unwrap();
        let mut sink = ObjectSink::new(&config, &Arc::new(store.unwrap()), metrics);
        let mut lines = Lines::default();
        for offset in 0..100 {
            lines.text.extend_from_slice(b"{}\n");
            lines.ends.push(Line {
                offset,
                millis: None,
                label: Some(format!("s={offset}").into()),
                end: lines.text.len(),
            });
        }
        let slot = Slot::fixed(0);
        sink.write(slot, &Content::Lines(lines)).unwrap();
        assert!(sink.partitions[&slot].files.len() <= MOST_FILES + 1);
        assert_eq!(sink.due(), [slot]);
        sink.close(slot, &|| true).unwrap();
        let folders = std::fs::read_dir(folder.path().join("t")).unwrap();
        assert_eq!(folders.count(), 100);
    }
}
