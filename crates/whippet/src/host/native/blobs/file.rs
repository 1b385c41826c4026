//! Reads and writes the files in which objects are stored. A file consists of the content, a footer in JSON, and a
//! trailer with the length of the footer.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::task::spawn_blocking;

use crate::host::Entropy;
use crate::host::native::SystemEntropy;
use crate::response::ETag;
use crate::{Blob, Timestamp};

/// How many bytes of an object are read at a time.
const CHUNK: u64 = 256 * 1024;

/// The trailer ends with this text. Before it, the trailer has the length of the footer, in 8 hexadecimal digits.
const MARK: &str = "whippet\n";

/// The length of the trailer.
const TRAILER: usize = 8 + MARK.len();

/// The maximum total length of the footer and the trailer. The footer contains a media type of at most 255 bytes.
/// Escapes in the JSON can double this length.
const MAX_END: u64 = 1024;

/// A temporary file that is older than this counts as abandoned, because no upload takes so long.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// How often a write may try to create the folders of an object. A concurrent deletion may remove the folders before
/// the write has moved its file there.
const ATTEMPTS: u32 = 100;

/// The footer, which describes the object.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Footer<'a> {
    media_type: Cow<'a, str>,
    /// The text of the entity tag, without its quotes.
    etag: Cow<'a, str>,
}

/// A file that is being written. Dropping the `TempFile` deletes the file, unless `commit` has moved the file.
pub(super) struct TempFile {
    file: File,
    path: PathBuf,
    hash: Sha256,
    size: u64,
    is_committed: bool,
}

impl TempFile {
    /// Creates a file with a random name in the folder `temp`.
    pub(super) fn create(temp: &Path) -> io::Result<Self> {
        fs::create_dir_all(temp)?;
        let mut name = [0; 16];
        SystemEntropy.fill(&mut name);
        let path = temp.join(format!("{:032x}", u128::from_le_bytes(name)));
        Ok(Self {
            file: File::create_new(&path)?,
            path,
            hash: Sha256::new(),
            size: 0,
            is_committed: false,
        })
    }

    /// Adds bytes to the content.
    pub(super) fn write(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(self)
    }

    /// Completes the file, and moves the file to `path`, where the object `key` is stored.
    pub(super) fn commit(
        mut self,
        key: String,
        media_type: &str,
        path: &Path,
        root: &Path,
    ) -> io::Result<Blob> {
        let etag = ETag::of_digest(&self.hash.clone().finalize());
        let footer = serde_json::to_string(&Footer {
            media_type: media_type.into(),
            etag: etag.as_str().trim_matches('"').into(),
        })?;
        let trailer = format!("{:08x}{MARK}", footer.len());
        self.file.write_all(footer.as_bytes())?;
        self.file.write_all(trailer.as_bytes())?;
        self.file.sync_all()?;
        let modified = modified(&self.file)?;
        let folder = path.parent().unwrap_or(root);
        let mut attempt = 0;
        loop {
            attempt += 1;
            match fs::create_dir_all(folder).and_then(|()| fs::rename(&self.path, path)) {
                // Try again, because a concurrent deletion has removed the folder while the folder was still empty. If
                // this happened during `create_dir_all`, the error may be `AlreadyExists`.
                Err(error)
                    if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists)
                        && attempt < ATTEMPTS => {}
                result => break result?,
            }
        }
        self.is_committed = true;
        sync_folders(folder, root)?;
        Ok(Blob {
            key,
            size: self.size,
            etag,
            media_type: media_type.to_owned(),
            modified,
        })
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.is_committed {
            // If the file cannot be deleted here, a server that starts later deletes it: see `delete_abandoned`.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Opens the file of an object. Returns `None` if the file does not exist.
pub(super) fn open(key: String, path: &Path) -> io::Result<Option<(Blob, File)>> {
    let Some(mut file) = found(File::open(path))? else {
        return Ok(None);
    };
    let length = file.metadata()?.len();
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_END)))?;
    (&file).take(MAX_END).read_to_end(&mut end)?;
    let Some((footer, end)) = footer(&end) else {
        let message = format!("{} is not the file of an object", path.display());
        return Err(io::Error::new(ErrorKind::InvalidData, message));
    };
    let etag = ETag::strong(&footer.etag);
    let blob = Blob {
        key,
        size: length - end as u64,
        etag: etag.map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?,
        media_type: footer.media_type.into_owned(),
        modified: modified(&file)?,
    };
    Ok(Some((blob, file)))
}

/// Returns two values: the footer, and the total length of the footer and the trailer.
fn footer(end: &[u8]) -> Option<(Footer<'_>, usize)> {
    let (rest, trailer) = end.split_at_checked(end.len().checked_sub(TRAILER)?)?;
    let digits = std::str::from_utf8(trailer).ok()?.strip_suffix(MARK)?;
    let length = usize::from_str_radix(digits, 16).ok()?;
    let footer = rest.get(rest.len().checked_sub(length)?..)?;
    Some((serde_json::from_slice(footer).ok()?, length + TRAILER))
}

/// Returns a range of a file as a stream. A file never changes, so all bytes in the stream belong to one version of the
/// object.
pub(super) fn stream(file: File, range: Range<u64>) -> Body {
    Body::from_stream(stream::try_unfold((file, range), async |(file, range)| {
        if range.is_empty() {
            return Ok(None);
        }
        let read = move || read(file, range).map(Some);
        spawn_blocking(read).await.map_err(io::Error::other)?
    }))
}

/// Reads the next chunk of a range. Returns the chunk, the file, and the part of the range after the chunk.
fn read(mut file: File, range: Range<u64>) -> io::Result<(Bytes, (File, Range<u64>))> {
    let end = range.end.min(range.start + CHUNK);
    let mut chunk = Vec::new();
    file.seek(SeekFrom::Start(range.start))?;
    (&file).take(end - range.start).read_to_end(&mut chunk)?;
    if chunk.len() as u64 != end - range.start {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok((chunk.into(), (file, end..range.end)))
}

/// Deletes the file of an object, and then the folders that have become empty.
pub(super) fn delete(path: &Path, root: &Path) -> io::Result<()> {
    if found(fs::remove_file(path))?.is_none() {
        return Ok(());
    }
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    found(sync(folder))?;
    for folder in folder.ancestors().take_while(|folder| *folder != root) {
        // `remove_dir` fails if the folder is not empty.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Deletes the temporary files of processes that have crashed.
pub(super) fn delete_abandoned(temp: &Path) -> io::Result<()> {
    for entry in found(fs::read_dir(temp))?.into_iter().flatten() {
        let entry = entry?;
        // Another process may delete the file at the same time.
        let Some(metadata) = found(entry.metadata())? else {
            continue;
        };
        let age = SystemTime::now().duration_since(metadata.modified()?);
        if age.is_ok_and(|age| age > ABANDONED) {
            found(fs::remove_file(entry.path()))?;
        }
    }
    Ok(())
}

/// Returns `None` instead of the error for a file or folder that does not exist.
pub(super) fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

/// Syncs the folders from `folder` up to `root`, so that the names of new files and folders are on the disk.
fn sync_folders(folder: &Path, root: &Path) -> io::Result<()> {
    for folder in folder.ancestors() {
        // A concurrent deletion may already have removed the new object and its folder.
        found(sync(folder))?;
        if folder == root {
            break;
        }
    }
    Ok(())
}

/// Syncs a folder on Unix. Systems other than Unix cannot open a folder to sync it.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Returns the time at which a file was written.
fn modified(file: &File) -> io::Result<Timestamp> {
    let modified = file.metadata()?.modified()?;
    let since_epoch = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_millis(0) + since_epoch)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::delete_abandoned;

    #[test]
    fn a_temporary_file_is_abandoned_after_a_day() {
        let temp = std::env::temp_dir().join(format!("whippet-temp-{}", std::process::id()));
        delete_abandoned(&temp).expect("a folder that does not exist has no files");
        fs::create_dir_all(&temp).expect("a folder");
        for (name, hours) in [("old", 25), ("new", 23)] {
            let file = File::create(temp.join(name)).expect("a file");
            let age = Duration::from_secs(hours * 3600);
            let modified = file.set_modified(SystemTime::now() - age);
            modified.expect("the time is set");
        }
        delete_abandoned(&temp).expect("the file is deleted");
        assert!(temp.join("new").exists() && !temp.join("old").exists());
        fs::remove_dir_all(&temp).expect("the folder is deleted");
    }
}
