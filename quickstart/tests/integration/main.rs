//! Quickstart as a process, and the documents that speak of the whole.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod evolution;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod live;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod observe;
#[cfg(test)]
mod process;
#[cfg(test)]
mod stream;
