//! The producer against an embedded Kafka and the registry stub, in process and as a process.

mod app;
mod encode;
mod failures;
mod latest;
mod naming;
mod ndjson;
mod orders;
mod pinned;
mod process;
mod schemas;
mod snapshot;
mod topic;
