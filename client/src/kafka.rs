//! What both daemons need of librdkafka: settings, authentication, events, topics, and the mock cluster.

pub mod asking;
pub mod auth;
pub mod events;
pub mod metrics;
pub mod mock;
pub mod native;
pub mod settings;
pub mod topic;
