//! Which operations on a topic or a group a cluster allows us, as it says when it is asked.

use super::{CStr, CString, Client, ClientContext, sys};
use std::ffi::c_char;
use std::time::Duration;
use sys::rd_kafka_admin_op_t as Question;
use sys::rd_kafka_resp_err_t as Code;

/// An operation as Kafka numbers it in its access control lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Right {
    /// To read a topic's records, or as a member of a group.
    Read = 3,
    /// To write records.
    Write = 4,
    /// To see that it is there.
    Describe = 8,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// We may not even ask.
    #[error("{0}")]
    Denied(String),
    /// There is no such topic or group yet.
    #[error("it does not exist yet")]
    Missing,
    /// The group's coordinator is not there yet; it is worth while to ask again.
    #[error("its coordinator does not answer yet")]
    Moving,
    /// Something else: what the cluster or librdkafka said.
    #[error("{0}")]
    Other(String),
}

impl Unanswered {
    fn new(code: i32, text: String) -> Self {
        let is_any = |known: &[Code]| known.iter().any(|known| *known as i32 == code);
        if is_any(&DENIED) {
            Self::Denied(text)
        } else if is_any(&MISSING) {
            Self::Missing
        } else if is_any(&MOVING) {
            Self::Moving
        } else {
            Self::Other(format!("{text} ({code})"))
        }
    }

    fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }
}

const DENIED: [Code; 3] = [
    Code::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
    Code::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
    Code::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
];
const MISSING: [Code; 2] = [
    Code::RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND,
    Code::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
];
const MOVING: [Code; 3] = [
    Code::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    Code::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
    Code::RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
];
const NO_ERROR: i32 = Code::RD_KAFKA_RESP_ERR_NO_ERROR as i32;

/// A function that gives an error code, as one that gives a number: brokers may send codes that the enum lacks.
type Coded<T> = unsafe extern "C" fn(T) -> Code;

/// # Safety
/// As for calling the function.
unsafe fn code_by<T>(function: Coded<T>, of: T) -> i32 {
    // SAFETY: the enum is represented as an `i32`, which is what C's function gives.
    let function: unsafe extern "C" fn(T) -> i32 = unsafe { std::mem::transmute(function) };
    // SAFETY: as promised.
    unsafe { function(of) }
}

/// What belongs to us until it is dropped.
struct Owned<T> {
    pointer: *mut T,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `pointer` was given to us to destroy by this function, once; it takes null as well or is not null.
        unsafe { (self.destroy)(self.pointer) }
    }
}

/// Asks for the numbers of all operations on a topic that we may perform; nothing where the cluster does not say. Blocks.
///
/// # Errors
/// What the cluster or librdkafka said instead of an answer.
pub fn of_topic<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    patience: Duration,
) -> Result<Option<Vec<u32>>, Unanswered> {
    let topic = CString::new(topic).map_err(|error| Unanswered::Other(error.to_string()))?;
    let mut names: [*const c_char; 1] = [topic.as_ptr()];
    let asked = Asked::new(client, Question::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, patience)?;
    // SAFETY: the array has one text, which is copied.
    let names = Owned {
        pointer: unsafe { sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), 1) },
        destroy: sys::rd_kafka_TopicCollection_destroy,
    };
    // SAFETY: client, collection, options and queue are alive; the call copies what it keeps.
    unsafe {
        sys::rd_kafka_DescribeTopics(
            client.native_ptr(),
            names.pointer,
            asked.options.pointer,
            asked.queue.pointer,
        );
    }
    let event = asked.answer()?;
    let mut count = 0;
    // SAFETY: the event is an answer to this question; what it leads to lives as long as the event and is only read.
    unsafe {
        let result = sys::rd_kafka_event_DescribeTopics_result(event.pointer);
        if result.is_null() {
            return Err(Unanswered::other("an answer to another question"));
        }
        let all = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        if count == 0 {
            return Ok(None);
        }
        refused(sys::rd_kafka_TopicDescription_error(*all))?;
        let operations = sys::rd_kafka_TopicDescription_authorized_operations(*all, &raw mut count);
        Ok(numbers(operations.cast(), count))
    }
}

/// As [`of_topic`] for a consumer group, whether it has members or not.
///
/// # Errors
/// As [`of_topic`].
pub fn of_group<C: ClientContext>(
    client: &Client<C>,
    group: &str,
    patience: Duration,
) -> Result<Option<Vec<u32>>, Unanswered> {
    let group = CString::new(group).map_err(|error| Unanswered::Other(error.to_string()))?;
    let mut names: [*const c_char; 1] = [group.as_ptr()];
    let question = Question::RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS;
    let asked = Asked::new(client, question, patience)?;
    // SAFETY: client, options, queue and the one name are alive; the call copies what it keeps.
    unsafe {
        sys::rd_kafka_DescribeConsumerGroups(
            client.native_ptr(),
            names.as_mut_ptr(),
            names.len(),
            asked.options.pointer,
            asked.queue.pointer,
        );
    }
    let event = asked.answer()?;
    let mut count = 0;
    // SAFETY: as for topics.
    unsafe {
        let result = sys::rd_kafka_event_DescribeConsumerGroups_result(event.pointer);
        if result.is_null() {
            return Err(Unanswered::other("an answer to another question"));
        }
        let all = sys::rd_kafka_DescribeConsumerGroups_result_groups(result, &raw mut count);
        if count == 0 {
            return Ok(None);
        }
        refused(sys::rd_kafka_ConsumerGroupDescription_error(*all))?;
        let operations =
            sys::rd_kafka_ConsumerGroupDescription_authorized_operations(*all, &raw mut count);
        Ok(numbers(operations.cast(), count))
    }
}

/// A question's options, and the queue that its answer comes to.
struct Asked {
    // Options and queue outlive each other in any order.
    options: Owned<sys::rd_kafka_AdminOptions_t>,
    queue: Owned<sys::rd_kafka_queue_t>,
    patience: i32,
}

impl Asked {
    fn new<C: ClientContext>(
        client: &Client<C>,
        question: Question,
        patience: Duration,
    ) -> Result<Self, Unanswered> {
        let patience = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the client is alive, and outlives both; neither call gives null.
        let asked = unsafe {
            Self {
                options: Owned {
                    pointer: sys::rd_kafka_AdminOptions_new(client.native_ptr(), question),
                    destroy: sys::rd_kafka_AdminOptions_destroy,
                },
                queue: Owned {
                    pointer: sys::rd_kafka_queue_new(client.native_ptr()),
                    destroy: sys::rd_kafka_queue_destroy,
                },
                patience,
            }
        };
        let (mut reason, options) = ([0; 256], asked.options.pointer);
        // SAFETY: the options are alive; an error is ours to destroy; `reason` has the room that is said.
        let answer = unsafe {
            let error = sys::rd_kafka_AdminOptions_set_include_authorized_operations(options, 1);
            let error = Owned {
                pointer: error,
                destroy: sys::rd_kafka_error_destroy,
            };
            refused(error.pointer)?;
            sys::rd_kafka_AdminOptions_set_request_timeout(
                options,
                patience,
                reason.as_mut_ptr(),
                reason.len(),
            )
        };
        match answer {
            Code::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(asked),
            other => Err(Unanswered::other(format!("{other:?}"))),
        }
    }

    /// Waits for the answer.
    fn answer(&self) -> Result<Owned<sys::rd_kafka_event_t>, Unanswered> {
        // SAFETY: the queue is alive; the event is ours to destroy, which also takes null.
        let event = unsafe {
            Owned {
                pointer: sys::rd_kafka_queue_poll(self.queue.pointer, self.patience),
                destroy: sys::rd_kafka_event_destroy,
            }
        };
        if event.pointer.is_null() {
            return Err(Unanswered::other("no answer in time"));
        }
        // SAFETY: the event is alive, and its text as long.
        unsafe {
            let error = code_by(sys::rd_kafka_event_error, event.pointer);
            if error == NO_ERROR {
                return Ok(event);
            }
            let said = text(sys::rd_kafka_event_error_string(event.pointer));
            Err(Unanswered::new(error, said))
        }
    }
}

/// What an error says, if there is one.
///
/// # Safety
/// The error is null or alive.
unsafe fn refused(error: *const sys::rd_kafka_error_t) -> Result<(), Unanswered> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: as promised; the text lives as long as the error.
    unsafe {
        match code_by(sys::rd_kafka_error_code, error) {
            NO_ERROR => Ok(()),
            code => Err(Unanswered::new(
                code,
                text(sys::rd_kafka_error_string(error)),
            )),
        }
    }
}

/// # Safety
/// The text is null or ends with a zero byte.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return "no reason given".to_owned();
    }
    // SAFETY: as promised.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// The numbers of operations; read as numbers, for a broker may know operations that we do not.
///
/// # Safety
/// `first` is null or leads to `count` numbers.
unsafe fn numbers(first: *const u32, count: usize) -> Option<Vec<u32>> {
    if first.is_null() {
        return None;
    }
    // SAFETY: as promised.
    Some(unsafe { std::slice::from_raw_parts(first, count) }.to_vec())
}
