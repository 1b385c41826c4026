//! Reads the files of the page `/docs`. Spin mounts these files into the component.

use axum::body::Bytes;
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use whippet_docs::File;

/// How many bytes one call reads.
const CHUNK: u64 = 128 * 1024;

/// Returns the contents of a file of the page `/docs`. The contents are compressed with gzip if `file.is_gzipped` is
/// true.
pub(crate) fn read(file: File) -> Result<Bytes, &'static str> {
    // By default, Spin copies the files that the manifest names, and mounts the copies at `/`. With the option
    // `--direct-mounts`, Spin copies nothing, and mounts the original folder at `/docs`.
    let mounted = get_directories()
        .into_iter()
        .find_map(|(folder, at)| match &*at {
            "/" => contents(&folder, &["docs/", file.name].concat()),
            "/docs" => contents(&folder, file.name),
            _ => None,
        });
    mounted.ok_or(
        "the component does not have the files of the pages /docs and /_whippet/outbox: add \
         `files = [{ source = \"build/spin/docs\", destination = \"/docs\" }]` to the component in spin.toml",
    )
}

fn contents(folder: &Descriptor, path: &str) -> Option<Bytes> {
    let file = folder.open_at(
        PathFlags::empty(),
        path,
        OpenFlags::empty(),
        DescriptorFlags::READ,
    );
    let file = file.ok()?;
    let mut contents = Vec::new();
    loop {
        let (chunk, is_end) = file.read(CHUNK, contents.len() as u64).ok()?;
        contents.extend(chunk);
        if is_end {
            return Some(contents.into());
        }
    }
}
