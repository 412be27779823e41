//! A registry in memory that counts its calls and fails on command.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    Answer, Compatibility, DataFormat, NewSchema, Operation, Problem, RegistryError, SchemaName,
    SchemaRegistry, SchemaState, SchemaVersion, SchemaVersions, Schemas, VersionState,
    VersionStatus, Versions, Which,
};

pub(crate) struct FakeRegistry {
    state: Mutex<State>,
    /// Calls that may be answered; closed by `hold`.
    gate: Semaphore,
}

#[derive(Default)]
struct State {
    registries: BTreeSet<String>,
    schemas: BTreeMap<(String, String), DataFormat>,
    compatibility: Option<Compatibility>,
    metadata: Vec<(Uuid, String, String)>,
    taken: Option<u64>,
    versions: Vec<Stored>,
    faults: HashMap<Operation, VecDeque<Problem>>,
    calls: Vec<Operation>,
    /// Looks at a new version that show it as PENDING.
    pending_looks: u32,
    verdict: Option<VersionStatus>,
}

/// A version and how the registry will decide about it.
struct Stored {
    version: SchemaVersion,
    pending_looks: u32,
    verdict: VersionStatus,
}

impl Stored {
    fn state(&self) -> VersionState {
        let SchemaVersion {
            id, number, status, ..
        } = self.version;
        VersionState {
            id,
            number,
            data_format: None,
            status,
        }
    }
}

impl FakeRegistry {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS / 2),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Adds a version as it would have come from somebody else, and gives its id.
    pub(crate) fn add(&self, name: &SchemaName, data_format: DataFormat, definition: &str) -> Uuid {
        let mut state = self.state();
        state.registries.insert(name.registry.clone());
        state.schemas.insert(key(name), data_format);
        state.append(name, definition).id
    }

    pub(crate) fn add_registry(&self, registry: &str) {
        self.state().registries.insert(registry.to_owned());
    }

    /// Makes the next calls of an operation fail, one for each problem.
    pub(crate) fn fail(&self, operation: Operation, problems: &[Problem]) {
        self.state()
            .faults
            .entry(operation)
            .or_default()
            .extend(problems);
    }

    /// Makes versions created from here on PENDING for so many looks, and then as the verdict says.
    pub(crate) fn decide(&self, pending_looks: u32, verdict: VersionStatus) {
        let mut state = self.state();
        state.pending_looks = pending_looks;
        state.verdict = Some(verdict);
    }

    /// Gives all schemas this rule; what it means is up to `decide`.
    pub(crate) fn rule(&self, mode: Compatibility) {
        self.state().compatibility = Some(mode);
    }

    /// All entries of all versions' metadata.
    pub(crate) fn metadata(&self) -> Vec<(Uuid, String, String)> {
        self.state().metadata.clone()
    }

    /// Lets a number lead to the first version, whatever version has it.
    pub(crate) fn take_number(&self, number: u64) {
        self.state().taken = Some(number);
    }

    /// Lets no call be answered until `release`.
    pub(crate) fn hold(&self) {
        self.gate.forget_permits(usize::MAX);
    }

    pub(crate) fn release(&self) {
        self.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    pub(crate) fn calls(&self) -> Vec<Operation> {
        self.state().calls.clone()
    }

    pub(crate) fn count(&self, operation: Operation) -> usize {
        self.state()
            .calls
            .iter()
            .filter(|called| **called == operation)
            .count()
    }

    fn answer<'a, T: Send + 'a>(
        &'a self,
        operation: Operation,
        read: impl FnOnce(&mut State) -> Result<T, Problem> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move {
            self.state().calls.push(operation);
            tokio::task::yield_now().await;
            drop(self.gate.acquire().await.unwrap());
            let mut state = self.state();
            let fault = state
                .faults
                .get_mut(&operation)
                .and_then(VecDeque::pop_front);
            fault
                .map_or_else(|| read(&mut state), Err)
                .map_err(|problem| RegistryError::new(operation, problem, "as told"))
        })
    }
}

fn key(name: &SchemaName) -> (String, String) {
    (name.registry.clone(), name.schema.clone())
}

fn of(version: &SchemaVersion, name: &SchemaName) -> bool {
    version.registry.as_ref() == Some(&name.registry)
        && version.schema_name.as_ref() == Some(&name.schema)
}

impl State {
    fn append(&mut self, name: &SchemaName, definition: &str) -> VersionState {
        let number = self
            .versions
            .iter()
            .filter(|known| of(&known.version, name))
            .count() as u64
            + 1;
        let verdict = self.verdict.unwrap_or(VersionStatus::Available);
        let version = SchemaVersion {
            id: Uuid::new_v4(),
            registry: Some(name.registry.clone()),
            schema_name: Some(name.schema.clone()),
            number: Some(number),
            data_format: self.schemas[&key(name)],
            definition: definition.to_owned(),
            status: if self.pending_looks > 0 {
                VersionStatus::Pending
            } else {
                verdict
            },
        };
        let state = VersionState {
            id: version.id,
            number: Some(number),
            data_format: None,
            status: version.status,
        };
        self.versions.push(Stored {
            version,
            pending_looks: self.pending_looks,
            verdict,
        });
        state
    }

    fn look_at(
        &mut self,
        wanted: impl Fn(&SchemaVersion) -> bool,
    ) -> Result<SchemaVersion, Problem> {
        let known = self
            .versions
            .iter_mut()
            .find(|known| wanted(&known.version))
            .ok_or(Problem::VersionNotFound)?;
        if known.version.status == VersionStatus::Pending {
            known.pending_looks = known.pending_looks.saturating_sub(1);
            if known.pending_looks == 0 {
                known.version.status = known.verdict;
            }
        }
        Ok(known.version.clone())
    }

    fn find(&self, name: &SchemaName, definition: &str) -> Option<VersionState> {
        let known = self
            .versions
            .iter()
            .find(|known| of(&known.version, name) && known.version.definition == definition)?;
        Some(known.state())
    }
}

impl SchemaVersions for FakeRegistry {
    fn schema_version(&self, id: Uuid) -> Answer<'_, SchemaVersion> {
        self.answer(Operation::GetSchemaVersion, move |state| {
            state.look_at(|version| version.id == id)
        })
    }
}

impl SchemaRegistry for FakeRegistry {
    fn version_of<'a>(&'a self, name: &'a SchemaName, which: Which) -> Answer<'a, SchemaVersion> {
        self.answer(Operation::GetSchemaVersion, move |state| {
            if let Which::Number(number) = which
                && state.taken == Some(number)
            {
                return Ok(state.versions[0].version.clone());
            }
            let number = match which {
                Which::Number(number) => Some(number),
                Which::Latest => {
                    let mine = state
                        .versions
                        .iter()
                        .filter(|known| of(&known.version, name));
                    mine.filter_map(|known| known.version.number).max()
                }
            };
            state.look_at(|version| of(version, name) && version.number == number)
        })
    }

    fn version_by_definition<'a>(
        &'a self,
        name: &'a SchemaName,
        definition: &'a str,
    ) -> Answer<'a, VersionState> {
        self.answer(Operation::GetSchemaByDefinition, move |state| {
            let data_format = *state
                .schemas
                .get(&key(name))
                .ok_or(Problem::SchemaNotFound)?;
            let found = state
                .find(name, definition)
                .ok_or(Problem::VersionNotFound)?;
            Ok(VersionState {
                number: None,
                data_format: Some(data_format),
                ..found
            })
        })
    }

    fn schema<'a>(&'a self, name: &'a SchemaName) -> Answer<'a, SchemaState> {
        self.answer(Operation::GetSchema, move |state| {
            let data_format = state.schemas.get(&key(name)).copied();
            Ok(SchemaState {
                data_format: data_format.ok_or(Problem::SchemaNotFound)?,
                compatibility: state.compatibility,
                checkpoint: Some(1),
            })
        })
    }

    fn versions<'a>(&'a self, name: &'a SchemaName, most: usize) -> Answer<'a, Versions> {
        self.answer(Operation::ListSchemaVersions, move |state| {
            let mine = state
                .versions
                .iter()
                .filter(|known| of(&known.version, name));
            let mut versions: Vec<_> = mine.map(Stored::state).collect();
            versions.reverse();
            let more = versions.len() > most;
            versions.truncate(most);
            Ok(Versions { versions, more })
        })
    }

    fn schemas<'a>(&'a self, registry: &'a str, _: Option<&'a str>) -> Answer<'a, Schemas> {
        self.answer(Operation::ListSchemas, move |state| {
            let mine = state.schemas.keys().filter(|(own, _)| own == registry);
            let names = mine.map(|(_, schema)| schema.clone()).collect();
            Ok(Schemas { names, next: None })
        })
    }

    fn put_metadata<'a>(&'a self, id: Uuid, key: &'a str, value: &'a str) -> Answer<'a, ()> {
        self.answer(Operation::PutSchemaVersionMetadata, move |state| {
            let entry = (id, key.to_owned(), value.to_owned());
            if state.metadata.contains(&entry) {
                return Err(Problem::AlreadyExists);
            }
            state.metadata.push(entry);
            Ok(())
        })
    }

    fn delete_version<'a>(&'a self, name: &'a SchemaName, number: u64) -> Answer<'a, ()> {
        self.answer(Operation::DeleteSchemaVersions, move |state| {
            state
                .versions
                .retain(|known| !of(&known.version, name) || known.version.number != Some(number));
            Ok(())
        })
    }

    fn register_version<'a>(
        &'a self,
        name: &'a SchemaName,
        definition: &'a str,
    ) -> Answer<'a, VersionState> {
        self.answer(Operation::RegisterSchemaVersion, move |state| {
            if !state.schemas.contains_key(&key(name)) {
                return Err(Problem::SchemaNotFound);
            }
            let known = state.find(name, definition);
            Ok(known
                .filter(|known| known.status != VersionStatus::Deleting)
                .unwrap_or_else(|| state.append(name, definition)))
        })
    }

    fn create_schema<'a>(&'a self, schema: &'a NewSchema<'a>) -> Answer<'a, VersionState> {
        self.answer(Operation::CreateSchema, move |state| {
            if !state.registries.contains(&schema.name.registry) {
                return Err(Problem::RegistryNotFound);
            }
            if state.schemas.contains_key(&key(schema.name)) {
                return Err(Problem::AlreadyExists);
            }
            state.schemas.insert(key(schema.name), schema.data_format);
            Ok(state.append(schema.name, schema.definition))
        })
    }

    fn create_registry<'a>(&'a self, registry: &'a str) -> Answer<'a, ()> {
        self.answer(Operation::CreateRegistry, move |state| {
            if state.registries.insert(registry.to_owned()) {
                Ok(())
            } else {
                Err(Problem::AlreadyExists)
            }
        })
    }
}
