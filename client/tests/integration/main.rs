//! The token for MSK, checked by a signer of the tests' own.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod sigv4;
