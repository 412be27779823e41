//! Room, waiting partitions, and results that come too late.

use super::*;
use runtime::config::Size;
use std::sync::Arc;

fn flow(records: usize) -> Flow {
    let metrics = Metrics::register(&prometheus::Registry::new(), "t", "file").unwrap();
    let limits = FlowConfig {
        in_flight_records: records,
        in_flight_bytes: Size::mib(1),
    };
    Flow::new(limits, metrics)
}

/// A batch of one record that a worker has taken.
fn taken(flow: &Flow, partition: i32) -> Batch {
    let mut batch = Batch::of_one(flow.slot(partition).unwrap(), 0);
    assert!(flow.admit(&mut batch));
    flow.begin(batch.slot);
    batch
}

fn finish(flow: &Flow, batch: &Batch) {
    let (ticket, bytes) = (batch.ticket, batch.bytes());
    flow.finish(
        batch.slot,
        End {
            ticket,
            next_offset: 1,
            records: 1,
            bytes,
            unfinished: 0,
            is_kept: false,
        },
    );
}

#[test]
fn what_waits_for_a_schema_leaves_room_for_the_others_up_to_twice_the_limit() {
    let flow = flow(2);
    flow.open(0);
    flow.open(1);
    let waiting = [taken(&flow, 0), taken(&flow, 0)];
    assert!(flow.is_full());
    for batch in &waiting {
        flow.park(batch.slot);
    }
    assert!(!flow.is_full());
    let working = [taken(&flow, 1), taken(&flow, 1)];
    assert!(flow.is_full());
    for batch in &working {
        finish(&flow, batch);
    }
    assert!(!flow.is_full());
}

#[test]
fn late_results_of_an_older_assignment_move_nothing() {
    let flow = flow(10);
    flow.open(0);
    let late = taken(&flow, 0);
    flow.forget(&[0]);
    flow.open(0);
    assert!(!flow.is_current(late.slot));
    finish(&flow, &late);
    assert_eq!(flow.take_advanced(), []);
    assert_eq!(flow.records(), 0);
    finish(&flow, &taken(&flow, 0));
    assert_eq!(flow.take_advanced(), [(0, 1)]);
}

#[test]
fn a_revocation_waits_for_what_works_and_not_for_what_waits() {
    let flow = flow(10);
    flow.open(0);
    let batch = taken(&flow, 0);
    let finished = || flow.wait_until_finished(&[0], Duration::ZERO, || false);
    assert!(!finished());
    flow.park(batch.slot);
    assert!(finished());
    flow.unpark(batch.slot);
    finish(&flow, &batch);
    assert!(finished());
}

#[test]
fn the_oldest_record_in_flight_and_the_newest_finished_one_are_known_by_their_time() {
    let flow = flow(10);
    flow.open(0);
    let mut batches = [300, 100, 200].map(|millis| {
        let mut batch = Batch::of_one(flow.slot(0).unwrap(), 0);
        batch.records[0].timestamp = rdkafka::Timestamp::CreateTime(millis);
        assert!(flow.admit(&mut batch));
        flow.begin(batch.slot);
        batch
    });
    let times = || {
        let known = flow.partitions()[0];
        (known.oldest, known.newest)
    };
    assert_eq!(times(), (Some(300), None));
    batches.swap(0, 1);
    for (batch, then) in batches.iter().zip([
        (Some(300), Some(100)),
        (Some(200), Some(300)),
        (None, Some(300)),
    ]) {
        finish(&flow, batch);
        assert_eq!(times(), then);
    }
}

#[test]
fn copies_of_dead_letters_are_bytes_in_flight_until_they_go() {
    let flow = Arc::new(flow(10));
    flow.open(0);
    flow.open(1);
    let held = taken(&flow, 0);
    let half = 256 << 10;
    let first = LetterRoom::take(&flow, held.slot, half);
    assert!(!flow.is_full() && flow.has_letter_room());
    assert_eq!(flow.metrics.in_flight_bytes.get(), 512 << 10, "both copies");
    let second = LetterRoom::take(&flow, held.slot, half);
    assert!(flow.is_full() && !flow.has_letter_room());
    // What waits for its dead letter leaves room for the others, as for a schema.
    flow.hold(held.slot);
    assert!(!flow.is_full() && !flow.has_letter_room());
    flow.release(held.slot);
    drop(first);
    assert!(!flow.is_full() && flow.has_letter_room());
    // A letter outlives its assignment, and the room it takes goes with it.
    flow.forget(&[0]);
    flow.open(0);
    drop(second);
    assert_eq!(flow.metrics.in_flight_bytes.get(), 0);
    assert!(flow.has_letter_room());
}

#[test]
fn a_partition_without_room_for_letters_says_that_it_waits_for_them() {
    let flow = flow(10);
    flow.open(0);
    let batch = taken(&flow, 0);
    let waits = || {
        let known = flow.partitions()[0];
        (known.waits, known.waits_for_letter)
    };
    flow.crowd(batch.slot);
    assert_eq!(waits(), (false, true));
    flow.unpark(batch.slot);
    assert_eq!(waits(), (false, false));
    flow.park(batch.slot);
    assert_eq!(waits(), (true, false));
}

#[test]
fn a_batch_that_waits_for_a_schema_and_a_dead_letter_hides_no_other_that_is_at_work() {
    let flow = flow(10);
    flow.open(0);
    let at_work = taken(&flow, 0);
    let waits = taken(&flow, 0);
    flow.park(waits.slot);
    flow.hold(waits.slot);
    let finished = || flow.wait_until_finished(&[0], Duration::ZERO, || false);
    assert!(!finished());
    flow.unpark(waits.slot);
    finish(&flow, &at_work);
    assert!(finished());
}

#[test]
fn partitions_that_wait_are_paused_at_once_when_they_hold_much() {
    let flow = flow(4);
    flow.open(0);
    let long = || flow.partitions()[0].waits_long;
    flow.park(taken(&flow, 0).slot);
    assert!(!long());
    flow.park(taken(&flow, 0).slot);
    assert!(long());
}
