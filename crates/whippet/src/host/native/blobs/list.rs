//! Lists objects in the byte order of their keys.

use std::fs;
use std::io;
use std::path::Path;

use super::SUFFIX;
use super::file::{found, open};
use crate::Blob;
use crate::blobs::{decode_segment, encode_segment};

/// Returns the first `limit` objects whose keys start with `prefix` and are greater than `after`.
pub(super) fn list(root: &Path, prefix: &str, after: &str, limit: usize) -> io::Result<Vec<Blob>> {
    let mut lister = Lister {
        prefix,
        after,
        limit,
        blobs: Vec::new(),
    };
    lister.add(root, "")?;
    Ok(lister.blobs)
}

struct Lister<'a> {
    prefix: &'a str,
    after: &'a str,
    limit: usize,
    blobs: Vec<Blob>,
}

impl Lister<'_> {
    /// Adds the objects in a folder. All keys in the folder start with `start`, which is empty or ends with a slash.
    fn add(&mut self, folder: &Path, start: &str) -> io::Result<()> {
        // A concurrent deletion may have deleted the folder.
        let Some(entries) = found(fs::read_dir(folder))? else {
            return Ok(());
        };
        // Contains the key of each object in this folder, and a prefix such as `a/` for each subfolder. Sorting this
        // list sorts the objects: all keys in the subfolder `a` start with `a/`, so no other key sorts between them.
        let mut keys = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            keys.extend(name.to_str().and_then(|name| key(start, name)));
        }
        keys.retain(|key| self.may_list(key));
        keys.sort_unstable();
        for key in keys {
            if self.blobs.len() == self.limit {
                break;
            }
            let name = key[start.len()..].to_owned();
            match name.strip_suffix('/') {
                Some(segment) => self.add(&folder.join(encode_segment(segment)), &key)?,
                None => {
                    let path = folder.join(encode_segment(&name) + SUFFIX);
                    self.blobs.extend(open(key, &path)?.map(|(blob, _)| blob));
                }
            }
        }
        Ok(())
    }

    /// Returns whether an object belongs to the list. For a folder, returns whether an object in the folder may belong
    /// to the list.
    fn may_list(&self, key: &str) -> bool {
        let is_folder = key.ends_with('/');
        let has_prefix = key.starts_with(self.prefix) || is_folder && self.prefix.starts_with(key);
        has_prefix && (key > self.after || is_folder && self.after.starts_with(key))
    }
}

/// Returns the key for the name of a file or folder; `None` if the name belongs to neither an object nor a folder of
/// objects.
fn key(start: &str, name: &str) -> Option<String> {
    match name.strip_suffix(SUFFIX) {
        Some(name) => Some(format!("{start}{}", decode_segment(name)?)),
        None => Some(format!("{start}{}/", decode_segment(name)?)),
    }
}
