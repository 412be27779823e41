//! The target `avro_decode`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("avro_decode", input));
