//! What the fuzzer does with its inputs: one function a target. The codec's own tests run the same functions on every
//! seed and on every input that was once a find.
//!
//! Each target has small limits, calls what it is about, and asserts what must hold for any input: errors leave the
//! buffer as it was, what is decoded is encoded again and decoded to the same, and memory has a bound.

use common::limits::Limits;

mod avro_decode;
mod avro_json;
mod avro_resolve;
mod avro_schema;
mod frame;
mod json_schema;
mod protobuf_decode;
mod protobuf_json;
mod protobuf_text;
pub mod seeds;

/// Small bounds, so that inputs of some hundred bytes reach them.
const LIMITS: Limits = Limits {
    depth: 24,
    items: 1000,
    payload_bytes: 4 * 1024,
    json_bytes: 16 * 1024,
};

/// Between the parts of an input, such as a schema and a payload: no text has this byte.
const SEPARATOR: u8 = 0xff;

/// A function to fuzz.
#[derive(Debug)]
pub struct Target {
    /// Name of the program, of the seeds' and of the finds' directory.
    pub name: &'static str,
    function: fn(&[u8]),
    /// The most that it may hold at one time, in bytes.
    memory: u64,
}

/// All targets.
pub const TARGETS: [Target; 8] = [
    target("frame", frame::run, 2),
    target("avro_decode", avro_decode::run, 8),
    target("avro_resolve", avro_resolve::run, 8),
    target("avro_json", avro_json::run, 8),
    target("json_schema", json_schema::run, 64),
    target("protobuf_text", protobuf_text::run, 64),
    target("protobuf_decode", protobuf_decode::run, 8),
    target("protobuf_json", protobuf_json::run, 8),
];

const fn target(name: &'static str, function: fn(&[u8]), mebibytes: u64) -> Target {
    Target {
        name,
        function,
        memory: mebibytes * 1024 * 1024,
    }
}

/// Runs the target of this name on an input.
///
/// # Panics
///
/// There is no such target, or the input is a find.
pub fn run(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    let target = target.unwrap_or_else(|| panic!("there is no target {name}"));
    let held = allocation_counter::measure(|| (target.function)(input)).bytes_max;
    assert!(
        held <= target.memory,
        "{held} bytes held, {} allowed",
        target.memory
    );
}

/// The parts of an input; those that are not there are empty, the last one has all that is left.
fn parts<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut rest = input.splitn(N, |byte| *byte == SEPARATOR);
    std::array::from_fn(|_| rest.next().unwrap_or_default())
}

/// What a call has appended to a buffer, with what it gave; the buffer's start stays, and errors leave it as it was.
fn appended<T, E: std::fmt::Display>(
    call: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
) -> Result<(Vec<u8>, T), E> {
    let before = b"before";
    let mut out = before.to_vec();
    match call(&mut out) {
        Ok(given) => {
            assert!(out.starts_with(before));
            Ok((out.split_off(before.len()), given))
        }
        Err(error) => {
            assert_eq!(out, before, "the buffer is not as it was: {error}");
            Err(error)
        }
    }
}

/// Asserts that two texts are the same, and shows them as text if not.
#[track_caller]
fn assert_same(left: &[u8], right: &[u8]) {
    assert!(
        left == right,
        "\n{}\nis not\n{}",
        left.escape_ascii(),
        right.escape_ascii()
    );
}

/// Asserts that a text is one line of JSON.
#[track_caller]
fn assert_json(json: &[u8]) {
    let read = serde_json::from_slice::<serde::de::IgnoredAny>(json);
    assert!(read.is_ok(), "{}: {read:?}", json.escape_ascii());
    assert!(!json.contains(&b'\n'));
}
