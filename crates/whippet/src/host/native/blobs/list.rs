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
        // The keys of the objects in this folder, and a prefix such as `a/` for each subfolder. Sorting this list is
        // enough to sort all objects. Every key in the subfolder `a` starts with `a/`, so no other key comes between
        // two keys of the subfolder.
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

    /// Returns whether the object `key` belongs to the list. If `key` is the prefix of a folder, returns whether an
    /// object in the folder may belong to the list.
    fn may_list(&self, key: &str) -> bool {
        let is_folder = key.ends_with('/');
        let has_prefix = key.starts_with(self.prefix) || is_folder && self.prefix.starts_with(key);
        has_prefix && (key > self.after || is_folder && self.after.starts_with(key))
    }
}

/// Converts the name of an object's file to the key of the object, and the name of a folder to the prefix of its keys.
/// Returns `None` for any other name.
fn key(start: &str, name: &str) -> Option<String> {
    match name.strip_suffix(SUFFIX) {
        Some(name) => Some(format!("{start}{}", decode_segment(name)?)),
        None => Some(format!("{start}{}/", decode_segment(name)?)),
    }
}
