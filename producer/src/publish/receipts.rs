//! Requests whose records are in flight: which record belongs to which, and what became of each.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::metrics::Reason;

/// What became of a record that was handed to Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Kafka acknowledged it, and it stands here.
    Delivered { partition: i32, offset: i64 },
    /// Kafka did not acknowledge it; it may stand in the topic all the same.
    Failed(Reason),
}

/// Who is told what became of a request's records, in their order, once all are settled.
pub(crate) type Told = oneshot::Sender<Vec<Fate>>;

/// All requests in flight.
///
/// Each record carries a number of its own through Kafka's client. Those of a request follow each other, so that the
/// largest first number that is not beyond a record's is that of its request.
#[derive(Debug)]
pub(crate) struct Receipts(Mutex<Open>);

#[derive(Debug)]
struct Open {
    /// The next number; 0 is none.
    next: usize,
    requests: BTreeMap<usize, Request>,
}

#[derive(Debug)]
struct Request {
    fates: Vec<Option<Fate>>,
    left: usize,
    stamp: usize,
    told: Told,
}

impl Receipts {
    /// No request yet.
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(Open {
            next: 1,
            requests: BTreeMap::new(),
        }))
    }

    /// A request with so many records, more than none, is about to be handed over; gives the number of its first.
    /// `stamp` is kept with that one.
    pub(super) fn open(&self, records: usize, stamp: usize, told: Told) -> usize {
        let mut open = self.lock();
        let first = open.next;
        open.next += records;
        let request = Request {
            fates: vec![None; records],
            left: records,
            stamp,
            told,
        };
        open.requests.insert(first, request);
        first
    }

    /// A record has come to its end; gives the stamp that it carried. The last of a request answers it.
    pub(super) fn settle(&self, number: usize, fate: Fate) -> usize {
        let mut open = self.lock();
        let Some((&first, request)) = open.requests.range_mut(..=number).next_back() else {
            return 0;
        };
        let stamp = if number == first { request.stamp } else { 0 };
        if let Some(slot @ None) = request.fates.get_mut(number - first) {
            *slot = Some(fate);
            request.left -= 1;
        }
        let ended = (request.left == 0).then(|| open.requests.remove(&first));
        drop(open);
        if let Some(request) = ended.flatten() {
            // Who has gone away does not hear it.
            request
                .told
                .send(request.fates.into_iter().flatten().collect())
                .ok();
        }
        stamp
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> Fate {
        Fate::Delivered {
            partition: 1,
            offset,
        }
    }

    #[test]
    fn each_request_hears_of_its_own_records_in_their_order() {
        let receipts = Receipts::new();
        let ((one, mut first), (two, mut second)) = (oneshot::channel(), oneshot::channel());
        let one = receipts.open(2, 7, one);
        let two = receipts.open(1, 9, two);
        assert!(one > 0, "0 stands for a record without a mark");
        assert_eq!(receipts.settle(one + 1, at(11)), 0);
        assert_eq!(receipts.settle(two, Fate::Failed(Reason::Timeout)), 9);
        assert_eq!(second.try_recv(), Ok(vec![Fate::Failed(Reason::Timeout)]));
        assert!(first.try_recv().is_err(), "one of its records is in flight");
        assert_eq!(receipts.settle(one, at(10)), 7);
        assert_eq!(first.try_recv(), Ok(vec![at(10), at(11)]));
        assert!(receipts.lock().requests.is_empty());
    }

    #[test]
    fn who_has_gone_away_leaves_nothing_behind() {
        let receipts = Receipts::new();
        let number = receipts.open(1, 1, oneshot::channel().0);
        receipts.settle(number, at(0));
        assert!(receipts.lock().requests.is_empty());
        assert_eq!(receipts.settle(number, at(0)), 0);
    }
}
