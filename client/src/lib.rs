//! What producer and consumer share towards the outside: configuration sections, the Kafka client,
//! AWS, and the schema registry's client.

pub mod aws;
pub mod codec;
pub mod config;
pub mod connect;
pub mod dead_letter;
pub mod files;
pub mod foreign;
pub mod inspect;
pub mod kafka;
pub mod pace;
pub mod permissions;
pub mod reader;
pub mod registry;
pub mod s3;
pub mod snapshot;
pub mod writer;
