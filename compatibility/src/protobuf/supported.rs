//! What AWS does not take: groups, and extensions that are no options.

use prost_reflect::{ExtensionDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor};

use super::side::short;
use crate::InvalidDefinition;

/// The file whose messages options are extensions of.
const OPTIONS: &str = "google/protobuf/descriptor.proto";

/// Refuses a file with groups or extensions.
pub(super) fn check(file: &FileDescriptor) -> Result<(), InvalidDefinition> {
    file.extensions()
        .try_for_each(|field| check_extension(&field))?;
    let mut pending: Vec<MessageDescriptor> = file.messages().collect();
    while let Some(message) = pending.pop() {
        message
            .child_extensions()
            .try_for_each(|field| check_extension(&field))?;
        if let Some(group) = message.fields().find(FieldDescriptor::is_group) {
            return Err(refused(group.full_name(), "groups"));
        }
        pending.extend(message.child_messages());
    }
    Ok(())
}

fn check_extension(field: &ExtensionDescriptor) -> Result<(), InvalidDefinition> {
    if field.containing_message().parent_file().name() != OPTIONS {
        return Err(refused(field.full_name(), "extensions"));
    }
    if field.is_group() {
        return Err(refused(field.full_name(), "groups"));
    }
    Ok(())
}

fn refused(name: &str, what: &str) -> InvalidDefinition {
    InvalidDefinition::new(format_args!("{}: {what} are not supported", short(name)))
}
