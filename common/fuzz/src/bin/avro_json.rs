//! The target `avro_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("avro_json", input));
