//! The runtime as the daemons use it: configuration layers and the admin port.

#[cfg(test)]
mod admin;
#[cfg(test)]
mod config;
