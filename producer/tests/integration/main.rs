//! The producer against an embedded Kafka and the registry stub, in process and as a process.

mod app;
mod encode;
mod failures;
mod follow;
#[cfg(test)]
#[path = "../../../client/tests/integration/front.rs"]
mod front;
mod generate;
mod http;
mod inspect;
mod latest;
#[cfg(test)]
mod login;
mod naming;
mod ndjson;
mod orders;
mod page;
mod permissions;
mod pinned;
mod process;
mod resume;
mod schemas;
#[cfg(test)]
#[path = "../../../client/tests/integration/scram.rs"]
mod scram;
mod send;
#[cfg(test)]
#[path = "../../../client/tests/integration/sigv4.rs"]
mod sigv4;
mod snapshot;
mod topic;
#[cfg(test)]
#[path = "../../../client/tests/integration/ways.rs"]
mod ways;
