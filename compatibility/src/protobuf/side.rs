//! One of the two files: the names in it, and its parts as short texts.

use std::borrow::Cow;

use prost_reflect::{
    Cardinality, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, OneofDescriptor, Syntax,
};

use super::types::entry;

/// Longest name in a text in bytes.
const MAX_NAME: usize = 120;

/// The reader's or the writer's file.
pub(super) struct Side<'f> {
    file: &'f FileDescriptor,
}

/// The name of a message: inside the package if the file declares it, else with the package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Name<'m> {
    is_own: bool,
    pub(super) text: &'m str,
}

impl<'f> Side<'f> {
    pub(super) const fn new(file: &'f FileDescriptor) -> Self {
        Self { file }
    }

    pub(super) fn package(&self) -> &str {
        self.file.package_name()
    }

    /// The messages at the top of the file.
    pub(super) fn messages(&self) -> impl Iterator<Item = MessageDescriptor> {
        self.file.messages()
    }

    pub(super) fn name<'m>(&self, message: &'m MessageDescriptor) -> Name<'m> {
        self.named(message.full_name(), &message.parent_file())
    }

    fn named<'m>(&self, text: &'m str, file: &FileDescriptor) -> Name<'m> {
        let is_own = file.index() == self.file.index();
        let inside = text.strip_prefix(self.package());
        let inside = inside.and_then(|text| text.strip_prefix('.'));
        let text = inside.filter(|_| is_own).unwrap_or(text);
        Name { is_own, text }
    }

    /// The message of this name that the file declares.
    pub(super) fn message(&self, name: Name<'_>) -> Option<MessageDescriptor> {
        let pool = self.file.parent_pool();
        let message = match self.package() {
            "" => pool.get_message_by_name(name.text),
            package => pool.get_message_by_name(&format!("{package}.{}", name.text)),
        };
        message.filter(|message| !message.is_map_entry() && self.name(message) == name)
    }

    /// The package, as it is declared.
    pub(super) fn declaration(&self) -> String {
        match self.package() {
            "" => "no package".to_owned(),
            package => format!("package {}", short(package)),
        }
    }

    /// The field, as it is declared.
    pub(super) fn field(&self, field: &FieldDescriptor) -> String {
        let name = short(field.name());
        let number = field.number();
        if let Some((key, value)) = entry(field) {
            let (key, value) = (self.kind(&key), self.kind(&value));
            return format!("map<{key}, {value}> {name} = {number}");
        }
        let label = match field.cardinality() {
            Cardinality::Required => "required ",
            Cardinality::Repeated => "repeated ",
            Cardinality::Optional if is_labelled(field) => "optional ",
            Cardinality::Optional => "",
        };
        format!("{label}{} {name} = {number}", self.kind(field))
    }

    fn kind(&self, field: &FieldDescriptor) -> String {
        match field.kind() {
            Kind::Message(message) => short(self.name(&message).text).into_owned(),
            Kind::Enum(declared) => {
                let name = self.named(declared.full_name(), &declared.parent_file());
                short(name.text).into_owned()
            }
            scalar => format!("{scalar:?}"),
        }
    }
}

/// Where a field is: `Order.Item.price (3)`.
pub(super) fn path(message: Name<'_>, field: &FieldDescriptor) -> String {
    let (name, number) = (short(field.name()), field.number());
    format!("{}.{name} ({number})", short(message.text))
}

/// The oneof that a field was written into; one that stands for `optional` is none.
pub(super) fn oneof(field: &FieldDescriptor) -> Option<OneofDescriptor> {
    field
        .containing_oneof()
        .filter(|oneof| !oneof.is_synthetic())
}

/// A name in a text that must stay short.
pub(super) fn short(name: &str) -> Cow<'_, str> {
    if name.len() <= MAX_NAME {
        return Cow::Borrowed(name);
    }
    let end = name.floor_char_boundary(MAX_NAME);
    Cow::Owned(format!("{}…", &name[..end]))
}

/// Whether the text of the field says `optional`.
fn is_labelled(field: &FieldDescriptor) -> bool {
    match field.parent_file().syntax() {
        Syntax::Proto2 => oneof(field).is_none(),
        Syntax::Proto3 => field.field_descriptor_proto().proto3_optional(),
    }
}
