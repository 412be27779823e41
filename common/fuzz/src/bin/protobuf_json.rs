//! The target `protobuf_json`.
#![no_main]

#[path = "../record.rs"]
mod record;

libfuzzer_sys::fuzz_target!(|input: &[u8]| record::run("protobuf_json", input));
