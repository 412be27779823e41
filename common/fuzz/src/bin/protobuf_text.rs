//! The target `protobuf_text`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("protobuf_text", input));
