//! Object storage in a folder.
//!
//! The object with the key `reports/1.csv` is the file `reports/1.csv@blob`. The store percent-encodes the segments of
//! a key, so that the path of an object is always inside the folder. The encoded segments contain no `@`, so the store
//! can use this character in its own names. Files that are being written are in the folder `@temp`.

mod file;
mod list;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::task::spawn_blocking;

use self::file::TempFile;
use crate::blobs::encode_segment;
use crate::host::{BlobStore, BlobUpload};
use crate::response::PageLimit;
use crate::{Blob, BlobContent, BlobError, BlobPage, Config};

/// The name of the folder for temporary files.
const TEMP: &str = "@temp";

/// The suffix that distinguishes the files of objects from folders.
const SUFFIX: &str = "@blob";

/// Returns the store of the app. The store is the folder that the variable `BLOBS` names, or the folder `blobs` by
/// default.
pub(crate) fn store(config: &Config) -> Arc<dyn BlobStore> {
    Arc::new(BlobFolder::from_config(config))
}

/// A folder that stores objects: the store of [`Blobs`](crate::Blobs) on the native host. Several processes may use the
/// same folder. The file system must distinguish upper and lower case. If the folder does not exist, the first write
/// creates it.
///
/// A write goes to a temporary file, which is synced to the disk and then renamed. So a crash leaves either the old or
/// the new object. Once a write has succeeded, the object is on the disk.
///
/// A file contains the content of an object, followed by the media type and the entity tag of the object. So one rename
/// replaces all three.
#[derive(Debug, Clone)]
pub struct BlobFolder {
    root: Arc<Path>,
}

impl BlobFolder {
    /// Creates a store in the folder `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into().into(),
        }
    }

    /// Creates a store in the folder that the variable `BLOBS` names, or in the folder `blobs` by default.
    pub(crate) fn from_config(config: &Config) -> Self {
        Self::new(config.get("BLOBS").unwrap_or("blobs"))
    }

    /// Deletes the temporary files that processes left behind when they crashed.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder of temporary files cannot be read, or a file cannot be deleted.
    pub(crate) fn delete_abandoned(&self) -> io::Result<()> {
        file::delete_abandoned(&self.root.join(TEMP))
    }

    /// Returns the path of the object's file.
    fn path(&self, key: &str) -> PathBuf {
        let mut path = self.root.to_path_buf();
        path.extend(key.split('/').map(encode_segment));
        path.as_mut_os_string().push(SUFFIX);
        path
    }
}

impl BlobStore for BlobFolder {
    fn put<'a>(
        &'a self,
        key: &'a str,
        mut upload: BlobUpload,
    ) -> BoxFuture<'a, Result<Blob, BlobError>> {
        Box::pin(async move {
            let temp = self.root.join(TEMP);
            let mut file = run(move || TempFile::create(&temp)).await?;
            while let Some(chunk) = upload.chunk().await? {
                file = run(move || file.write(&chunk)).await?;
            }
            let (root, path, key) = (Arc::clone(&self.root), self.path(key), key.to_owned());
            run(move || file.commit(key, upload.media_type(), &path, &root)).await
        })
    }

    fn get<'a>(
        &'a self,
        key: &'a str,
        range: Option<Range<u64>>,
    ) -> BoxFuture<'a, Result<Option<BlobContent>, BlobError>> {
        Box::pin(async move {
            let (path, key) = (self.path(key), key.to_owned());
            let Some((blob, file)) = run(move || file::open(key, &path)).await? else {
                return Ok(None);
            };
            let range = match range {
                None => 0..blob.size,
                Some(range) if range.start < blob.size => range.start..range.end.min(blob.size),
                Some(_) => return Err(BlobError::Range),
            };
            let body = file::stream(file, range);
            Ok(Some(BlobContent { blob, body }))
        })
    }

    fn head<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Blob>, BlobError>> {
        let (path, key) = (self.path(key), key.to_owned());
        Box::pin(async move {
            let opened = run(move || file::open(key, &path)).await?;
            Ok(opened.map(|(blob, _)| blob))
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        let (path, root) = (self.path(key), Arc::clone(&self.root));
        Box::pin(run(move || file::delete(&path, &root)))
    }

    fn list<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: PageLimit,
    ) -> BoxFuture<'a, Result<BlobPage, BlobError>> {
        let root = Arc::clone(&self.root);
        let (prefix, after) = (prefix.to_owned(), after.unwrap_or_default().to_owned());
        let limit = limit.get() as usize;
        Box::pin(async move {
            let blobs = run(move || list::list(&root, &prefix, &after, limit + 1)).await?;
            Ok(BlobPage::of(blobs, limit))
        })
    }
}

/// Runs a blocking function on a separate thread. The function runs to its end even if the returned future is dropped.
async fn run<T: Send + 'static>(
    blocking: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, BlobError> {
    let failed = |error: &dyn std::error::Error| {
        BlobError::Store(format!(
            "the folder for stored objects cannot be used: {error}"
        ))
    };
    let result = spawn_blocking(blocking).await;
    let result = result.map_err(|error| failed(&error))?;
    result.map_err(|error| failed(&error))
}
