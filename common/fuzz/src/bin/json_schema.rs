//! The target `json_schema`.
#![no_main]

#[path = "../record.rs"]
mod record;

libfuzzer_sys::fuzz_target!(|input: &[u8]| record::run("json_schema", input));
