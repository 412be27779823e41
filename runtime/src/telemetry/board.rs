//! What a daemon's page shows of its state: a description, so that page and `GET /state` cannot tell different things.

/// The parts of a page. Places are JSON pointers into `GET /state`.
#[derive(Clone, Copy, Debug)]
pub struct Board {
    /// Single numbers and names.
    pub facts: &'static [Fact],
    /// Lists.
    pub tables: &'static [Table],
    /// What each check of health asks for, by the check's name.
    pub checks: &'static [(&'static str, &'static str)],
}

/// A single number or name.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// What it is.
    pub label: &'static str,
    /// Where it stands.
    pub at: &'static str,
    /// How it is written.
    pub form: Form,
}

impl Fact {
    /// A fact of this name, from this place.
    pub const fn new(label: &'static str, at: &'static str, form: Form) -> Self {
        Self { label, at, form }
    }
}

/// A list of objects, a row each.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// The section's anchor.
    pub id: &'static str,
    /// The section's heading.
    pub title: &'static str,
    /// What the rows are.
    pub caption: &'static str,
    /// Where the list stands.
    pub at: &'static str,
    /// What is said where there is no row.
    pub none: &'static str,
    /// The columns.
    pub columns: &'static [Column],
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub label: &'static str,
    /// The key of its value in each object.
    pub key: &'static str,
    /// How it is written.
    pub form: Form,
}

impl Column {
    /// A column with this heading, from this key.
    pub const fn new(label: &'static str, key: &'static str, form: Form) -> Self {
        Self { label, key, form }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A text as it is.
    Text,
    /// A number, and the unit behind it.
    Number(&'static str),
    /// As a number; 0 is no limit.
    Limit(&'static str),
    /// Whether something is so.
    Flag,
}
