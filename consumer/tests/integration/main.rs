//! The consumer as users meet it: in process on the embedded Kafka, and as a real process.

#[cfg(test)]
mod bed;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod decode;
#[cfg(test)]
mod process;
mod snapshot;
#[cfg(test)]
mod stream;
