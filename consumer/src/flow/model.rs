//! Random lives of a consumer against a model of its group: whatever happens in whatever order, nothing is committed
//! that was not finished, and nothing is left out below what is committed.

use super::*;
use crate::batch::Batch;
use proptest::collection::vec;
use proptest::prelude::*;
use runtime::config::Size;
use std::collections::{BTreeMap, BTreeSet};

const PARTITIONS: i32 = 3;

/// What may happen next; numbers choose among what is there.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A batch of so many records of a partition is read and given to a worker.
    Deliver(i32, i64),
    /// Some batch in flight ends.
    Finish(usize),
    /// Some batch in flight ends without being finished, as in a drain that gives up.
    Abandon(usize),
    /// The watermarks are committed.
    Commit,
    /// A partition goes in good order: what is finished is committed.
    Revoke(i32),
    /// A partition is found to be gone: nothing is committed.
    Lose(i32),
    /// A partition comes, from what is committed.
    Assign(i32),
    /// The process dies, and another one begins.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let partition = 0..PARTITIONS;
    prop_oneof![
        6 => (partition.clone(), 1..5_i64).prop_map(|(partition, records)| Step::Deliver(partition, records)),
        6 => any::<usize>().prop_map(Step::Finish),
        1 => any::<usize>().prop_map(Step::Abandon),
        2 => Just(Step::Commit),
        1 => partition.clone().prop_map(Step::Revoke),
        1 => partition.clone().prop_map(Step::Lose),
        3 => partition.prop_map(Step::Assign),
        1 => Just(Step::Crash),
    ]
}

/// A group that knows what is committed, and a world that knows what was done.
struct World {
    flow: Flow,
    metrics: Metrics,
    /// What the group has committed, a partition.
    committed: BTreeMap<i32, i64>,
    /// Where each assigned partition is read next.
    position: BTreeMap<i32, i64>,
    in_flight: Vec<(Batch, End)>,
    /// Offsets whose records reached the sink, a partition, over all lives.
    done: BTreeMap<i32, BTreeSet<i64>>,
}

impl World {
    fn new() -> Self {
        let (flow, metrics) = born();
        Self {
            flow,
            metrics,
            committed: BTreeMap::new(),
            position: BTreeMap::new(),
            in_flight: Vec::new(),
            done: BTreeMap::new(),
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Deliver(partition, records) => self.deliver(partition, records),
            Step::Finish(which) => self.end(which, true),
            Step::Abandon(which) => self.end(which, false),
            Step::Commit => self.commit(),
            Step::Revoke(partition) => {
                self.flow.close(&[partition]);
                self.commit();
                self.forget(partition);
            }
            Step::Lose(partition) => self.forget(partition),
            Step::Assign(partition) => {
                if !self.position.contains_key(&partition) {
                    self.flow.open(partition);
                    let next = self.committed.get(&partition).copied().unwrap_or(0);
                    self.position.insert(partition, next);
                }
            }
            Step::Crash => {
                (self.flow, self.metrics) = born();
                self.position.clear();
                self.in_flight.clear();
            }
        }
    }

    fn deliver(&mut self, partition: i32, records: i64) {
        let Some(slot) = self.flow.slot(partition) else {
            assert!(
                !self.position.contains_key(&partition),
                "an assigned partition has a slot"
            );
            return;
        };
        let next = self.position.get_mut(&partition).unwrap();
        let mut batch = Batch::of_one(slot, *next);
        for _ in 1..records {
            batch.records.push(batch.records[0].clone());
        }
        assert!(self.flow.admit(&mut batch));
        self.flow.begin(slot);
        *next += records;
        let end = End {
            ticket: batch.ticket,
            next_offset: *next,
            records: batch.records.len(),
            bytes: batch.bytes(),
            unfinished: 0,
            is_kept: false,
        };
        self.in_flight.push((batch, end));
    }

    /// A batch reaches the sink, or is given back.
    fn end(&mut self, which: usize, finished: bool) {
        if self.in_flight.is_empty() {
            return;
        }
        let (batch, mut end) = self.in_flight.swap_remove(which % self.in_flight.len());
        if finished {
            let first = batch.records[0].offset;
            let done = self.done.entry(batch.slot.partition).or_default();
            done.extend(first..end.next_offset);
        } else {
            end.unfinished = end.records;
        }
        self.flow.finish(batch.slot, end);
    }

    fn commit(&mut self) {
        for (partition, offset) in self.flow.take_advanced() {
            assert!(
                self.position.contains_key(&partition),
                "only what is ours is committed"
            );
            let before = self.committed.insert(partition, offset).unwrap_or(0);
            assert!(
                before <= offset,
                "{partition}: a commit went back from {before} to {offset}"
            );
        }
    }

    fn forget(&mut self, partition: i32) {
        self.flow.forget(&[partition]);
        self.position.remove(&partition);
    }

    /// What must hold after each step.
    fn check(&self) {
        let none = BTreeSet::new();
        for (partition, committed) in &self.committed {
            let done = self.done.get(partition).unwrap_or(&none);
            let below = i64::try_from(done.range(..committed).count()).unwrap();
            assert_eq!(
                below, *committed,
                "a hole below the commit of partition {partition}"
            );
        }
        let waiting: usize = self.in_flight.iter().map(|(_, end)| end.records).sum();
        assert_eq!(self.flow.records(), waiting);
        assert_eq!(self.metrics.in_flight.get(), count(waiting));
    }
}

fn born() -> (Flow, Metrics) {
    let metrics = Metrics::register(&prometheus::Registry::new(), "t", "file").unwrap();
    let limits = FlowConfig {
        in_flight_records: 1_000,
        in_flight_bytes: Size::mib(1),
    };
    (Flow::new(limits, metrics.clone()), metrics)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_is_committed_that_was_not_finished_whatever_happens(steps in vec(step(), 1..120)) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
            world.check();
        }
    }
}
