//! A bound on full names: each message, field and value carries those of all that it stands in, so that a long name
//! around many fields takes the square of the text.

use prost_reflect::prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto};

use super::ProtobufSchemaFault;

/// Most bytes that the full names of a schema may take together.
pub(super) const MAX_NAMES: usize = 4 * 1024 * 1024;

/// Refuses files whose full names are too long together.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), ProtobufSchemaFault> {
    let mut names = Names::default();
    names.inside(file.package().len(), &file.message_type, &file.enum_type);
    // Where a field names a type, its full name is kept once more, and that may be the longest.
    let kept = names.references.saturating_mul(names.longest);
    if names.total.saturating_add(kept) > MAX_NAMES {
        return Err(ProtobufSchemaFault::NamesTooLong { limit: MAX_NAMES });
    }
    Ok(())
}

#[derive(Default)]
struct Names {
    /// Bytes of all full names.
    total: usize,
    /// Bytes of the longest name of a type.
    longest: usize,
    /// Fields that name a type.
    references: usize,
}

impl Names {
    /// Counts what stands in a package or message whose own full name is so long.
    fn inside(
        &mut self,
        around: usize,
        messages: &[DescriptorProto],
        enums: &[EnumDescriptorProto],
    ) {
        for declared in enums {
            self.declare(around, declared.name());
            for value in &declared.value {
                self.add(around, value.name());
            }
        }
        for message in messages {
            let own = self.declare(around, message.name());
            for field in message.field.iter().chain(&message.extension) {
                self.add(own, field.name());
                self.references += usize::from(field.type_name.is_some());
            }
            for oneof in &message.oneof_decl {
                self.add(own, oneof.name());
            }
            self.inside(own, &message.nested_type, &message.enum_type);
        }
    }

    fn declare(&mut self, around: usize, name: &str) -> usize {
        let length = self.add(around, name);
        self.longest = self.longest.max(length);
        length
    }

    fn add(&mut self, around: usize, name: &str) -> usize {
        let length = around + 1 + name.len();
        self.total = self.total.saturating_add(length);
        length
    }
}
