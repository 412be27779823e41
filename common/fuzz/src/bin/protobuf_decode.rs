//! The target `protobuf_decode`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("protobuf_decode", input));
