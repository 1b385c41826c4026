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
    /// Adds the objects in a folder. `start` is the start of their keys: empty or with a slash at its end.
    fn add(&mut self, folder: &Path, start: &str) -> io::Result<()> {
        // A concurrent deletion may have deleted the folder.
        let Some(entries) = found(fs::read_dir(folder))? else {
            return Ok(());
        };
        // The keys of objects, and the starts of the keys in folders, which end with a slash. Their byte order is the
        // order of the objects, because no key in the folder `a` sorts between `a/` and another name.
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

    /// Whether an object is listed; for a folder, whether it may have an object that is listed.
    fn may_list(&self, key: &str) -> bool {
        let is_folder = key.ends_with('/');
        let has_prefix = key.starts_with(self.prefix) || is_folder && self.prefix.starts_with(key);
        has_prefix && (key > self.after || is_folder && self.after.starts_with(key))
    }
}

/// Returns the key for the name of a file or folder; `None` if the name has another use.
fn key(start: &str, name: &str) -> Option<String> {
    match name.strip_suffix(SUFFIX) {
        Some(name) => Some(format!("{start}{}", decode_segment(name)?)),
        None => Some(format!("{start}{}/", decode_segment(name)?)),
    }
}
