//! Tests of the crate from outside, in one binary.

#[cfg(test)]
mod avro;
#[cfg(test)]
mod avro_deep;
#[cfg(test)]
mod vectors_avro;
#[cfg(test)]
mod vectors_json;
#[cfg(test)]
mod vectors_protobuf;
