//! The records of one content on their way: which of them are acknowledged, and what went wrong first.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is to be sent, for the first time or again.
    Here,
    InFlight,
    Acknowledged,
}

/// A record that was not written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failed {
    pub(super) index: usize,
    pub(super) error: KafkaError,
}

/// How much of it is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) in_flight: usize,
}

#[derive(Debug)]
struct State {
    places: Vec<Place>,
    in_flight: usize,
    failed: Option<Failed>,
}

/// See the module's words.
#[derive(Debug)]
pub(super) struct Awaited {
    state: Mutex<State>,
    changed: Condvar,
}

impl Awaited {
    pub(super) fn new(count: usize) -> Self {
        Self {
            state: Mutex::new(State {
                places: vec![Place::Here; count],
                in_flight: 0,
                failed: None,
            }),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.lock().places.len()
    }

    /// Whether none of them is in flight.
    pub(super) fn is_at_rest(&self) -> bool {
        self.lock().in_flight == 0
    }

    /// The records to send, in order.
    pub(super) fn begin(&self) -> Vec<usize> {
        let state = self.lock();
        let places = state.places.iter().enumerate();
        let here = places.filter(|(_, place)| **place == Place::Here);
        here.map(|(index, _)| index).collect()
    }

    /// A record is handed to the client now.
    pub(super) fn sending(&self, index: usize) {
        let mut state = self.lock();
        state.places[index] = Place::InFlight;
        state.in_flight += 1;
    }

    /// What became of it.
    pub(super) fn settle(&self, index: usize, result: Result<(), KafkaError>) {
        let mut state = self.lock();
        state.in_flight -= 1;
        match result {
            Ok(()) => state.places[index] = Place::Acknowledged,
            Err(error) => {
                state.places[index] = Place::Here;
                let known = state.failed.as_ref();
                if known.is_none_or(|known| is_consequence(&known.error) && !is_consequence(&error))
                {
                    state.failed = Some(Failed { index, error });
                }
            }
        }
        if state.in_flight == 0 || state.failed.is_some() {
            self.changed.notify_all();
        }
    }

    /// Whether anything has gone wrong since it was last asked for.
    pub(super) fn has_failed(&self) -> bool {
        self.lock().failed.is_some()
    }

    /// What went wrong first, if anything did.
    pub(super) fn take_failure(&self) -> Option<Failed> {
        self.lock().failed.take()
    }

    /// Waits until nothing is in flight, or until something `is_new` goes wrong, for so long at most.
    pub(super) fn wait(&self, patience: Duration, is_new: bool) -> Open {
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, patience, |state| {
                state.in_flight > 0 && !(is_new && state.failed.is_some())
            })
            .unwrap_or_else(PoisonError::into_inner);
        Open {
            in_flight: state.in_flight,
        }
    }
}

/// Whether a record failed only because another one had.
fn is_consequence(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        error.rdkafka_error_code(),
        Some(Code::PurgeQueue | Code::PurgeInflight | Code::Fatal | Code::GaplessGuarantee)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: RDKafkaErrorCode) -> KafkaError {
        KafkaError::MessageProduction(code)
    }

    #[test]
    fn only_what_is_not_acknowledged_is_sent_again_and_in_order() {
        let awaited = Awaited::new(4);
        for index in awaited.begin() {
            awaited.sending(index);
        }
        awaited.settle(2, Err(error(RDKafkaErrorCode::NotEnoughReplicas)));
        awaited.settle(0, Ok(()));
        assert!(!awaited.is_at_rest());
        awaited.settle(1, Err(error(RDKafkaErrorCode::PurgeQueue)));
        awaited.settle(3, Ok(()));
        assert!(awaited.is_at_rest());
        assert_eq!(awaited.begin(), [1, 2]);
    }

    #[test]
    fn the_cause_is_told_and_not_what_follows_from_it() {
        use RDKafkaErrorCode::{Fatal, InvalidRecord, MessageSizeTooLarge, PurgeQueue};
        let awaited = Awaited::new(4);
        for index in awaited.begin() {
            awaited.sending(index);
        }
        for (index, code) in [PurgeQueue, MessageSizeTooLarge, Fatal, InvalidRecord]
            .into_iter()
            .enumerate()
        {
            awaited.settle(index, Err(error(code)));
        }
        let failed = awaited.take_failure().unwrap();
        assert_eq!(
            (failed.index, failed.error),
            (1, error(MessageSizeTooLarge))
        );
        assert!(!awaited.has_failed());
    }
}
