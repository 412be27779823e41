//! The object store: a bucket of S3 or a folder, seen as one topic's files.
//!
//! Its calls block, on threads that may; none of them is made twice by itself for longer than some seconds.

use super::SinkError;
use super::folder::UNFINISHED;
use super::object::name::{Name, Unnamed};
use crate::config::{ObjectConfig, Place};
use bytes::Bytes;
use client::s3::{self, Bucket};
use futures_util::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;

/// See the module's words.
pub(crate) struct Store {
    objects: Arc<dyn ObjectStore>,
    /// What the topic's keys begin with.
    root: Path,
    topic: String,
    /// Where files are written by ourselves.
    folder: Option<PathBuf>,
    shown: String,
    handle: Handle,
}

/// A file of the topic's in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) path: Path,
    pub(crate) partition: i32,
    /// The offset of its first record.
    pub(crate) first: i64,
}

impl Store {
    /// Opens the store; a folder is made if it is not there.
    pub(super) async fn open(
        config: &ObjectConfig,
        place: &Place,
        topic: &str,
    ) -> Result<Self, SinkError> {
        match place {
            Place::Folder(folder) => {
                let shown = folder.display().to_string();
                let made = std::fs::create_dir_all(folder);
                made.map_err(|source| SinkError::Open {
                    target: shown.clone(),
                    source,
                })?;
                let local = LocalFileSystem::new_with_prefix(folder);
                let local = local.map_err(|source| SinkError::Store {
                    target: shown.clone(),
                    source,
                })?;
                let objects = Arc::new(local.with_fsync(true));
                Ok(Self {
                    folder: Some(folder.clone()),
                    ..Self::over(objects, ("", topic), shown)
                })
            }
            Place::Bucket { bucket, prefix } => {
                let shown = format!("s3://{bucket}/{prefix}");
                let bucket = Bucket {
                    name: bucket,
                    region: config.region.as_deref(),
                    endpoint: config.endpoint.as_deref(),
                };
                let objects = s3::open(&bucket).await;
                let objects = objects.map_err(|source| SinkError::S3 {
                    target: shown.clone(),
                    source,
                })?;
                Ok(Self::over(objects, (prefix, topic), shown))
            }
        }
    }

    fn over(objects: Arc<dyn ObjectStore>, (prefix, topic): (&str, &str), shown: String) -> Self {
        Self {
            objects,
            root: Path::from(prefix).join(topic),
            topic: topic.to_owned(),
            folder: None,
            shown,
            handle: Handle::current(),
        }
    }

    /// The topic whose files these are.
    pub(super) fn topic(&self) -> &str {
        &self.topic
    }

    /// Writes a file whole, or not at all.
    pub(super) fn put(&self, folder: &str, name: &Name<'_>, bytes: Bytes) -> io::Result<()> {
        let path = self.path(folder, name);
        if let Some(root) = &self.folder {
            return super::folder::put(root, path.as_ref(), &bytes);
        }
        let put = self.objects.put(&path, bytes.into());
        self.handle.block_on(put).map_err(io::Error::other)?;
        Ok(())
    }

    /// Takes away a file that was just written.
    pub(super) fn take_back(&self, folder: &str, name: &Name<'_>) -> io::Result<()> {
        let path = self.path(folder, name);
        let removed = self.handle.block_on(self.objects.delete(&path));
        removed.map_err(io::Error::other)
    }

    fn path(&self, folder: &str, name: &Name<'_>) -> Path {
        // Folders are encoded already, and a name has nothing that would have to be.
        let path = format!("{}/{folder}/{name}", self.root);
        let parts = path.split('/').filter(|part| !part.is_empty());
        let path = parts.collect::<Vec<_>>().join("/");
        Path::parse(path).expect("no part of a path is one that leads elsewhere")
    }

    /// The topic's files of a partition whose first record stands at an offset or behind it, unfinished ones too.
    pub(crate) async fn since(
        &self,
        partition: i32,
        offset: i64,
    ) -> Result<Vec<Object>, object_store::Error> {
        let mut found = Vec::new();
        let mut all = self.objects.list(Some(&self.root));
        while let Some(object) = all.try_next().await? {
            let name = object.location.filename().unwrap_or_default();
            let name = name.strip_prefix(UNFINISHED).unwrap_or(name);
            match Unnamed::read(name, &self.topic) {
                Some(Unnamed {
                    partition: of,
                    first,
                }) if of == partition && first >= offset => {
                    found.push(Object {
                        path: object.location,
                        partition,
                        first,
                    });
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Writes a file that nobody reads beside the topic's, and takes it away.
    pub(super) async fn probe(&self) -> Result<(), object_store::Error> {
        let path = self
            .root
            .clone()
            .join(format!("{UNFINISHED}probe-{}", uuid::Uuid::new_v4()));
        self.objects
            .put(&path, Bytes::from_static(b"probe").into())
            .await?;
        self.objects.delete(&path).await
    }

    /// Takes a file away; one that is gone already is no error.
    pub(crate) async fn remove(&self, object: &Object) -> Result<(), object_store::Error> {
        match self.objects.delete(&object.path).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            result => result,
        }
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
