//! The consumer as users meet it: in process on the embedded Kafka, and as a real process.

#[cfg(test)]
mod bed;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod decode;
#[cfg(test)]
#[path = "../../../client/tests/integration/front.rs"]
mod front;
#[cfg(test)]
mod http_sink;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod kafka_sink;
#[cfg(test)]
mod login;
#[cfg(test)]
mod object_store;
#[cfg(test)]
mod page;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod process;
#[cfg(test)]
mod replay;
#[cfg(test)]
#[path = "../../../client/tests/integration/scram.rs"]
mod scram;
#[cfg(test)]
#[path = "../../../client/tests/integration/sigv4.rs"]
mod sigv4;
mod snapshot;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod tail;
#[cfg(test)]
mod transform;
#[cfg(test)]
#[path = "../../../client/tests/integration/ways.rs"]
mod ways;
