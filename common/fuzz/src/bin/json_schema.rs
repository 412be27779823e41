//! The target `json_schema`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::run("json_schema", input));
