//! What both daemons need of librdkafka: settings, authentication, groups, events, topics, and the mock cluster.

pub mod asking;
pub mod auth;
pub mod events;
pub mod forgotten;
pub mod group;
pub mod metrics;
pub mod mock;
pub mod native;
pub mod settings;
pub mod topic;
