//! The target `protobuf_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("protobuf_json", input));
