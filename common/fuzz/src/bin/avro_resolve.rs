//! The target `avro_resolve`.
#![no_main]

#[path = "../record.rs"]
mod record;

libfuzzer_sys::fuzz_target!(|input: &[u8]| record::run("avro_resolve", input));
