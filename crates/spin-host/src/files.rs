//! The files of the component. As in Spin they are copied when it starts, and the copy is what the component sees, read-only,
//! at `/`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

/// An entry of `files`. Spin takes patterns too.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table of `source` and `destination`: spin-host has no patterns"
)]
pub(crate) struct Mount {
    /// A file or a directory, relative to the manifest.
    source: PathBuf,
    /// Where the component sees it.
    destination: String,
}

/// Copies what `mounts` name, below the directory `root` of the manifest. The copy goes when the answer is dropped.
///
/// # Errors
///
/// Fails when a source is not there, a destination is no place below `/`, or a file cannot be copied.
pub(crate) fn copy(mounts: &[Mount], root: &Path) -> Result<Option<TempDir>> {
    if mounts.is_empty() {
        return Ok(None);
    }
    let copy = TempDir::with_prefix("spin-host-")
        .context("cannot make a directory for the component's files; set TMPDIR")?;
    for Mount {
        source,
        destination,
    } in mounts
    {
        let below = Path::new(destination.trim_start_matches('/'));
        ensure!(
            below
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_))),
            "files: the destination `{destination}` is no path below `/`"
        );
        copy_all(&root.join(source), &copy.path().join(below)).with_context(|| {
            format!(
                "files: cannot copy {}; build the component first",
                source.display()
            )
        })?;
    }
    Ok(Some(copy))
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from, to)?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(source: &str, destination: &str) -> Mount {
        Mount {
            source: source.into(),
            destination: destination.into(),
        }
    }

    #[test]
    fn files_and_directories_are_copied_to_their_destinations() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("docs/deep")).unwrap();
        fs::write(root.path().join("docs/deep/a.txt"), "a").unwrap();
        fs::write(root.path().join("b.txt"), "b").unwrap();
        let mounts = [mount("docs", "/pages"), mount("b.txt", "/pages/c.txt")];

        let copied = copy(&mounts, root.path()).unwrap().unwrap();

        let read = |path: &str| fs::read_to_string(copied.path().join(path)).unwrap();
        assert_eq!(read("pages/deep/a.txt"), "a");
        assert_eq!(read("pages/c.txt"), "b");
        assert!(copy(&[], root.path()).unwrap().is_none());
    }

    #[test]
    fn mistakes_are_named() {
        let root = tempfile::tempdir().unwrap();
        for (source, destination, message) in [
            (
                "nothing",
                "/docs",
                "cannot copy nothing; build the component first",
            ),
            (
                ".",
                "/../docs",
                "the destination `/../docs` is no path below `/`",
            ),
        ] {
            let error = copy(&[mount(source, destination)], root.path()).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
