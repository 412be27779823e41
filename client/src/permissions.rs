//! What AWS has to allow: the IAM actions behind the calls that a command can make with its configuration.
//!
//! Each command says which topics and groups it touches and which operations of the registry it may call, in a
//! `permissions` module beside its calls; here that becomes IAM's words. An idempotent producer, a group, a schema that
//! is named: each stands for all actions that it needs. Nothing is asked of AWS.

use std::collections::BTreeSet;
use std::fmt;

use common::registry::Operation::{
    self, CreateRegistry, CreateSchema, DeleteSchemaVersions, GetSchema, GetSchemaByDefinition,
    GetSchemaVersion, ListSchemaVersions, PutSchemaVersionMetadata, RegisterSchemaVersion,
};
use serde_json::{Value, json};

use crate::config::KafkaConfig;
use crate::kafka::auth::Auth;
use crate::registry::{Credentials, RegistryConfig, Resolution};

/// What an action is allowed on; the account, the region and the cluster are the reader's to add.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The cluster itself.
    Cluster,
    /// A topic of the cluster.
    Topic(String),
    /// A consumer group of the cluster.
    Group(String),
    /// A schema registry, by its name.
    Registry(String),
    /// A schema, by its registry's name and its own.
    Schema(String, String),
    /// A bucket of S3.
    Bucket(String),
    /// The objects of a bucket that match a pattern.
    Objects(String, String),
    /// A role, by its ARN.
    Role(String),
    /// What belongs to the cluster that another topic is written to, where that is not the one that is read.
    OfTarget(Box<Self>),
    /// What no ARN can name beforehand.
    Any,
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Topic(name) => write!(f, "topic/{name}"),
            Self::Group(name) => write!(f, "group/{name}"),
            Self::Registry(name) => write!(f, "registry/{name}"),
            Self::Schema(registry, name) => write!(f, "schema/{registry}/{name}"),
            Self::Bucket(name) => write!(f, "bucket/{name}"),
            Self::Objects(bucket, pattern) => write!(f, "object/{bucket}/{pattern}"),
            Self::Role(arn) => f.write_str(arn),
            Self::OfTarget(resource) => write!(f, "{resource} of the target"),
            Self::Any => f.write_str("*"),
        }
    }
}

/// One action on one resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Permission {
    action: String,
    resource: Resource,
    /// The role that needs it, where it is not the daemon's own.
    role: Option<String>,
}

impl Permission {
    fn to_json(&self) -> Value {
        json!({ "action": self.action, "resource": self.resource.to_string(), "role": self.role })
    }
}

/// All that a command needs; prints a line each: action, resource, and `as` the role that is assumed for it.
#[derive(Clone, Debug)]
pub struct Permissions<'a> {
    kafka: &'a KafkaConfig,
    registry: &'a RegistryConfig,
    /// Whether the cluster is another one than that of the records that are read.
    is_elsewhere: bool,
    needed: BTreeSet<Permission>,
}

impl<'a> Permissions<'a> {
    /// Nothing yet.
    pub const fn new(kafka: &'a KafkaConfig, registry: &'a RegistryConfig) -> Self {
        Self {
            kafka,
            registry,
            is_elsewhere: false,
            needed: BTreeSet::new(),
        }
    }

    /// What follows is needed of another cluster and registry.
    pub const fn turn_to(
        &mut self,
        kafka: &'a KafkaConfig,
        registry: &'a RegistryConfig,
        is_elsewhere: bool,
    ) {
        (self.kafka, self.registry) = (kafka, registry);
        self.is_elsewhere = is_elsewhere;
    }

    /// All of it as one JSON document on one line.
    pub fn to_json(&self) -> String {
        let needed: Vec<_> = self.needed.iter().map(Permission::to_json).collect();
        format!("{}\n", json!({ "permissions": needed }))
    }

    /// Looks at a topic: is it there, who leads it.
    pub fn sees(&mut self, topic: &str) {
        self.kafka("Connect", Resource::Cluster);
        self.kafka("DescribeTopic", Resource::Topic(topic.to_owned()));
    }

    /// Looks at a topic's settings.
    pub fn sees_settings(&mut self, topic: &str) {
        self.sees(topic);
        self.kafka(
            "DescribeTopicDynamicConfiguration",
            Resource::Topic(topic.to_owned()),
        );
    }

    /// Creates a topic, and adds partitions to it.
    pub fn shapes(&mut self, topic: &str) {
        self.sees_settings(topic);
        self.kafka("CreateTopic", Resource::Topic(topic.to_owned()));
        self.kafka("AlterTopic", Resource::Topic(topic.to_owned()));
    }

    /// Writes a topic, each record once.
    pub fn writes(&mut self, topic: &str) {
        self.sees(topic);
        self.kafka("WriteDataIdempotently", Resource::Cluster);
        self.kafka("WriteData", Resource::Topic(topic.to_owned()));
    }

    /// Reads a topic outside of any group.
    pub fn looks_into(&mut self, topic: &str) {
        self.sees(topic);
        self.kafka("ReadData", Resource::Topic(topic.to_owned()));
    }

    /// Reads a topic in a group, and commits.
    pub fn reads(&mut self, topic: &str, group: &str) {
        self.looks_into(topic);
        self.kafka("DescribeGroup", Resource::Group(group.to_owned()));
        self.kafka("AlterGroup", Resource::Group(group.to_owned()));
    }

    /// Calls the registry about the configured schema.
    pub fn calls(&mut self, operations: &[Operation]) {
        for &operation in operations {
            for resource in self.resources_of(operation) {
                let role = self.registry.role.as_ref().map(|role| role.arn.clone());
                self.glue(operation.as_str(), resource, role);
            }
        }
    }

    /// Finds the version to write with, as `registry.resolution` says.
    pub fn finds_version(&mut self) {
        // The first call of each start, and what a version's state and number are asked by.
        self.calls(&[GetSchemaVersion]);
        match self.registry.resolution {
            Resolution::Latest | Resolution::Version | Resolution::Id => {}
            // The last two say what a refused version was held against.
            Resolution::Lookup => {
                self.calls(&[GetSchemaByDefinition, GetSchema, ListSchemaVersions]);
            }
            Resolution::Register => self.registers(),
        }
    }

    /// Finds a version, or creates what is missing.
    pub fn registers(&mut self) {
        let registry = self.registry;
        let registration = &registry.registration;
        self.calls(&[
            GetSchemaByDefinition,
            GetSchema,
            ListSchemaVersions,
            RegisterSchemaVersion,
            CreateSchema,
        ]);
        if registration.create && registry.arn.is_none() {
            self.calls(&[CreateRegistry]);
        }
        if registration.clean_failed {
            self.calls(&[DeleteSchemaVersions]);
        }
        if !registration.metadata.is_empty() {
            self.calls(&[PutSchemaVersionMetadata]);
        }
        if !registration.tags.is_empty() {
            self.tags_schemas();
        }
    }

    /// Gives new schemas tags.
    fn tags_schemas(&mut self) {
        let role = self.registry.role.as_ref().map(|role| role.arn.clone());
        self.glue("TagResource", self.schema(), role);
    }

    /// IAM wants the registry beside its schema; a version that is asked for by its id belongs to neither.
    fn resources_of(&self, operation: Operation) -> Vec<Resource> {
        let registry = Resource::Registry(self.registry.name.clone());
        match operation {
            Operation::GetSchemaVersion | Operation::PutSchemaVersionMetadata => {
                vec![Resource::Any]
            }
            Operation::CreateRegistry | Operation::ListSchemas => vec![registry],
            _ => vec![registry, self.schema()],
        }
    }

    fn schema(&self) -> Resource {
        let RegistryConfig {
            name, schema_name, ..
        } = self.registry;
        Resource::Schema(name.clone(), schema_name.clone())
    }

    fn kafka(&mut self, action: &str, resource: Resource) {
        if self.kafka.auth.way != Auth::MskIam {
            return;
        }
        let resource = if self.is_elsewhere {
            Resource::OfTarget(Box::new(resource))
        } else {
            resource
        };
        let iam = self.kafka.auth.msk_iam.as_ref();
        let role = iam.and_then(|iam| iam.role.as_ref());
        self.need(
            "kafka-cluster",
            action,
            resource,
            role.map(|role| role.arn.clone()),
        );
    }

    /// Writes the files of a bucket below a prefix, lists them and takes some away. A key of KMS that the bucket is
    /// encrypted with needs more, which only the bucket knows.
    pub fn keeps_files(&mut self, bucket: &str, prefix: &str) {
        let pattern = match prefix {
            "" => "*".to_owned(),
            prefix => format!("{prefix}/*"),
        };
        let objects = Resource::Objects(bucket.to_owned(), pattern);
        self.need(
            "s3",
            "ListBucket",
            Resource::Bucket(bucket.to_owned()),
            None,
        );
        self.need("s3", "PutObject", objects.clone(), None);
        self.need("s3", "DeleteObject", objects, None);
    }

    fn glue(&mut self, action: &str, resource: Resource, role: Option<String>) {
        if self.registry.credentials == Credentials::Default {
            self.need("glue", action, resource, role);
        }
    }

    fn need(&mut self, service: &str, action: &str, resource: Resource, role: Option<String>) {
        if let Some(arn) = &role {
            self.needed.insert(Permission {
                action: "sts:AssumeRole".to_owned(),
                resource: Resource::Role(arn.clone()),
                role: None,
            });
        }
        self.needed.insert(Permission {
            action: format!("{service}:{action}"),
            resource,
            role,
        });
    }
}

impl fmt::Display for Permissions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Permission {
            action,
            resource,
            role,
        } in &self.needed
        {
            write!(f, "{action} {resource}")?;
            if let Some(role) = role {
                write!(f, " as {role}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
