//! Copies the files of the component when the host starts, as Spin does. The component reads the copies below `/`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

/// An entry of the manifest's `files`, with a source and a destination. Spin also accepts an entry that is a pattern,
/// but spin-host does not.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a table with `source` and `destination`, because spin-host does not support patterns"
)]
pub(crate) struct Mount {
    /// The path of the file or directory to copy, relative to the manifest.
    source: PathBuf,
    /// The path of the copy in the component's file system.
    destination: String,
}

/// Copies the sources of `mounts` to a temporary directory. `root` is the directory of the manifest. Dropping the
/// returned value removes the temporary directory.
///
/// # Errors
///
/// Fails when a source does not exist, when a destination is not a path below `/`, or when a file cannot be copied.
pub(crate) fn copy(mounts: &[Mount], root: &Path) -> Result<Option<TempDir>> {
    if mounts.is_empty() {
        return Ok(None);
    }
    let copy = TempDir::with_prefix("spin-host-")
        .context("cannot create a temporary directory for the component's files; set TMPDIR")?;
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
            "files: the destination `{destination}` is not a path below `/`"
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
    fn an_invalid_mount_is_rejected_with_a_remedy() {
        let root = tempfile::tempdir().unwrap();
        for (source, destination, message) in [
            (
                "missing.txt",
                "/docs",
                "cannot copy missing.txt; build the component first",
            ),
            (
                ".",
                "/../docs",
                "the destination `/../docs` is not a path below `/`",
            ),
        ] {
            let error = copy(&[mount(source, destination)], root.path()).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}
