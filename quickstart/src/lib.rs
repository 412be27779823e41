//! Quickstart: the whole stream in one process, with one command and no account.
//!
//! librdkafka's mock cluster stands in for Kafka and the registry stub for AWS Glue; producer and
//! consumer are the daemons' own libraries with the daemons' own configuration. `parts` starts
//! them, `supervise` watches them, ends them in order and says what became of every record. The
//! mock forgets records it has held for too long, so the producer is held back while it is
//! `MAX_AHEAD` records ahead of the consumer. `evolution` plays the same parts in a story about schema
//! versions.

pub mod cli;
mod config;
mod evolution;
mod parts;
mod screen;
mod summary;
mod supervise;
