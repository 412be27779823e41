//! Drives the registry stub over HTTP: by hand, by the AWS SDK, and as a real process.

// `cfg(test)` tells clippy that the helpers below are test code, too.
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod compatibility;
#[cfg(test)]
mod deletion;
#[cfg(test)]
mod difference;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod life;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod process;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod registries;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod sdk_operations;
#[cfg(test)]
mod serde_flow;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod tags;
#[cfg(test)]
mod updates;
#[cfg(test)]
mod versions;
