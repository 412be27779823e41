//! Tests of the crate from outside, in one binary.

#[cfg(test)]
mod deep;
#[cfg(test)]
mod evolve;
#[cfg(test)]
#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is the fuzzer's library too")]
mod fuzz;
#[cfg(test)]
mod fuzz_finds;
#[cfg(test)]
#[cfg(feature = "glue")]
mod glue;
#[cfg(test)]
mod random;
#[cfg(test)]
mod random_protobuf;
#[cfg(test)]
mod second_opinion;
#[cfg(test)]
mod surrogates;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod vectors_json;
#[cfg(test)]
mod vectors_protobuf;
