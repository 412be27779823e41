//! The target `avro_resolve`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("avro_resolve", input));
