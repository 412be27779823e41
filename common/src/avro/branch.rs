//! A union's branch as a schema of its own.

use std::collections::HashMap;

use super::schema::{Schema, TypeId, TypeKind};

impl Schema {
    /// The schema of a top-level union's branch, standing for itself, with the names that it needs.
    ///
    /// `None` if the schema is no union or has no such branch.
    ///
    /// ```
    /// let schema = common::avro::Schema::parse(r#"["null", {"type": "enum", "name": "ns.E", "symbols": ["A"]}]"#)?;
    /// let branch = schema.branch(1).unwrap();
    /// assert_eq!(branch.to_string(), r#"{"type":"enum","name":"E","namespace":"ns","symbols":["A"]}"#);
    /// assert_eq!(Some(branch), schema.branch_named("ns.E"));
    /// # Ok::<(), common::avro::SchemaError>(())
    /// ```
    pub fn branch(&self, index: usize) -> Option<Self> {
        let TypeKind::Union(branches) = &self.root().kind else {
            return None;
        };
        branches.get(index).map(|branch| self.part(*branch))
    }

    /// The same, for the branch whose type has this full name: `null`, `string`, `ns.Order`.
    pub fn branch_named(&self, name: &str) -> Option<Self> {
        let TypeKind::Union(branches) = &self.root().kind else {
            return None;
        };
        let branch = branches.iter().find(|id| self.type_name(**id) == name);
        branch.map(|branch| self.part(*branch))
    }

    /// A type and all that it is made of.
    fn part(&self, id: TypeId) -> Self {
        let mut copy = Copy {
            from: self,
            to: Self {
                types: Vec::new(),
                root: id,
                complete: Vec::new(),
            },
            ids: HashMap::new(),
        };
        copy.to.root = copy.copy(id);
        copy.to
    }
}

struct Copy<'s> {
    from: &'s Schema,
    to: Schema,
    /// Where a type was copied to.
    ids: HashMap<TypeId, TypeId>,
}

impl Copy<'_> {
    /// Copies types in the order in which the parser makes them.
    fn copy(&mut self, id: TypeId) -> TypeId {
        if let Some(known) = self.ids.get(&id) {
            return *known;
        }
        let mut entry = self.from.get(id).clone();
        match &mut entry.kind {
            TypeKind::Array(inner) | TypeKind::Map(inner) => *inner = self.copy(*inner),
            TypeKind::Union(branches) => {
                for branch in branches {
                    *branch = self.copy(*branch);
                }
            }
            // A record may hold itself: its fields are copied once it has its place.
            _ => {}
        }
        let place = TypeId(
            u32::try_from(self.to.types.len()).expect("a part has no more types than the whole"),
        );
        self.ids.insert(id, place);
        self.to.types.push(entry);
        let TypeKind::Record(record) = &self.from.get(id).kind else {
            return place;
        };
        for (at, field) in record.fields.iter().enumerate() {
            let inner = self.copy(field.type_id);
            if let TypeKind::Record(copied) = &mut self.to.types[place.index()].kind {
                copied.fields[at].type_id = inner;
            }
        }
        self.to.complete.push(place);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_stand_for_themselves_with_the_names_they_need() {
        let shared = r#"{"type":"fixed","name":"F","size":2}"#;
        let record = |inner: &str| {
            format!(
                r#"{{"type":"record","name":"R","namespace":"ns","fields":[{{"name":"next","type":["null","R"],"default":null}},
                {{"name":"f","type":{{"type":"array","items":{inner}}}}},{{"name":"g","type":{{"type":"map","values":"F"}}}}]}}"#
            )
        };
        let first = record(r#"{"type":"fixed","name":"F","size":2}"#);
        let union = format!(
            r#"["null",{},{},{{"type":"map","values":"ns.R"}}]"#,
            shared.replace("\"F\"", "\"ns.F\""),
            record("\"F\"")
        );
        let schema = Schema::parse(&union).unwrap();
        for (at, name, text) in [
            (0, "null", "\"null\""),
            (
                1,
                "ns.F",
                r#"{"type":"fixed","name":"F","namespace":"ns","size":2}"#,
            ),
            (2, "ns.R", &first),
            (3, "map", &format!(r#"{{"type":"map","values":{first}}}"#)),
        ] {
            let branch = schema.branch(at).unwrap();
            assert_eq!(branch, Schema::parse(text).unwrap(), "{name}");
            assert_eq!(schema.branch_named(name), Some(branch));
        }
        assert_eq!(schema.branch(4), None);
        assert_eq!(schema.branch_named("R"), None);
        assert_eq!(schema.branch(2).unwrap().branch(0), None);
    }
}
