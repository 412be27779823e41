//! What the safe interface to librdkafka lacks, in reviewed `unsafe`.
#![expect(
    unsafe_code,
    reason = "header names that are not UTF-8 panic in the safe interface, and it can neither add brokers, tell what is known of a partition's end or what we may do, nor push a token; reviewed here"
)]

pub mod rights;

use super::auth::msk_iam::Token;
use rdkafka::client::{Client, ClientContext};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::RDKafkaRespErr;
use rdkafka_sys as sys;
use std::ffi::{CStr, CString};
use std::ptr;

/// Room for what librdkafka says about a token.
const REASON_BYTES: usize = 512;

/// Calls `each` with the name and the value of every header of a record, in order.
///
/// Names are bytes: whoever wrote the record may have used any.
pub fn for_each_header(message: &BorrowedMessage<'_>, mut each: impl FnMut(&[u8], Option<&[u8]>)) {
    let mut headers = ptr::null_mut();
    // SAFETY: the message is alive for this call; the headers stay its own and are only read.
    let found = unsafe { sys::rd_kafka_message_headers(message.ptr(), &raw mut headers) };
    if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return;
    }
    for index in 0.. {
        let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
        // SAFETY: `headers` belongs to the living message; an index behind the last one is an error.
        let found = unsafe {
            sys::rd_kafka_header_get_all(
                headers,
                index,
                &raw mut name,
                &raw mut value,
                &raw mut size,
            )
        };
        if found != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return;
        }
        // SAFETY: librdkafka ends names with a zero byte and keeps them as long as the message.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes();
        // SAFETY: a value that is not null has `size` bytes that live as long as the message.
        let value = (!value.is_null())
            .then(|| unsafe { std::slice::from_raw_parts(value.cast::<u8>(), size) });
        each(name, value);
    }
}

/// The end of a partition as the last answer to a consumer told it; 0 where none has.
pub fn known_end<C: ClientContext>(client: &Client<C>, topic: &str, partition: i32) -> i64 {
    let Ok(topic) = CString::new(topic) else {
        return 0;
    };
    let (mut low, mut high) = (0, 0);
    // SAFETY: the client is alive for this call, which reads the text and writes two numbers from memory.
    let found = unsafe {
        sys::rd_kafka_get_watermark_offsets(
            client.native_ptr(),
            topic.as_ptr(),
            partition,
            &raw mut low,
            &raw mut high,
        )
    };
    if found == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        high
    } else {
        0
    }
}

/// Gives a client these servers to connect to beside those that it knows; gives how many of them it took.
pub fn add_brokers<C: ClientContext>(client: &Client<C>, servers: &str) -> i32 {
    let Ok(servers) = CString::new(servers) else {
        return 0;
    };
    // SAFETY: the client is alive for this call, which takes a copy of the text.
    unsafe { sys::rd_kafka_brokers_add(client.native_ptr(), servers.as_ptr()) }
}

/// Gives a client the token that it authenticates by from now on; safe to call from any thread.
///
/// # Errors
/// Why librdkafka does not take it: it is over, or the client does not authenticate by token.
pub fn set_token<C: ClientContext>(client: &Client<C>, token: &Token) -> Result<(), String> {
    let Ok(text) = CString::new(token.expose()) else {
        return Err("a token has no zero byte".to_owned());
    };
    let mut reason = [0; REASON_BYTES];
    // SAFETY: the client is alive for this call; librdkafka copies both texts under its own lock, reads no extensions
    // (null, 0), and writes at most the given size into `reason`, its zero byte included.
    let answer = unsafe {
        sys::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            text.as_ptr(),
            token.expires_millis(),
            c"".as_ptr(),
            ptr::null_mut(),
            0,
            reason.as_mut_ptr(),
            reason.len(),
        )
    };
    if answer == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    // SAFETY: librdkafka has ended the text with a zero byte, and before the call the buffer held nothing else.
    let reason = unsafe { CStr::from_ptr(reason.as_ptr()) };
    Err(reason.to_string_lossy().into_owned())
}

/// Tells a client that there is no new token, and why; it keeps what it has and asks again after 10 s.
pub fn set_token_failure<C: ClientContext>(client: &Client<C>, reason: &str) {
    let Ok(reason) = CString::new(reason) else {
        return;
    };
    // SAFETY: the client is alive for this call, which takes a copy of the text.
    unsafe { sys::rd_kafka_oauthbearer_set_token_failure(client.native_ptr(), reason.as_ptr()) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::mock::MockCluster;
    use rdkafka::ClientConfig;
    use rdkafka::producer::{BaseProducer, Producer as _};
    use std::time::Duration;

    #[test]
    fn a_client_without_brokers_connects_to_those_that_it_is_given() {
        let cluster = MockCluster::start(1).unwrap();
        cluster.create_topic("t", 1).unwrap();
        let producer: BaseProducer = ClientConfig::new().create().unwrap();
        let client = producer.client();
        assert_eq!(add_brokers(client, "no\0text"), 0);
        assert_eq!(add_brokers(client, &cluster.bootstrap_servers()), 1);
        let known = client.fetch_metadata(Some("t"), Duration::from_secs(20));
        assert_eq!(known.unwrap().brokers().len(), 1);
    }
}
