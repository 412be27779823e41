//! Tests of the crate from outside, in one binary.

#[cfg(test)]
mod evolve;
#[cfg(test)]
#[cfg(feature = "glue")]
mod glue;
#[cfg(test)]
mod random;
#[cfg(test)]
mod random_protobuf;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod vectors_json;
#[cfg(test)]
mod vectors_protobuf;
