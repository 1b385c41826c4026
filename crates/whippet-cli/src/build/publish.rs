//! Copies a complete build to the output directory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Copies the files in `stage` to `out`, and then removes stale directories from `out`. Returns the paths of the
/// copies.
///
/// A file is written atomically, and only when its contents have changed. The files named in `last` are written after
/// all other files, in the order of `last`. After all files are written, directories are removed from `out/<pruned>` if
/// they do not exist in `stage/<pruned>`. These directories are removed last, because files of the previous build
/// import files from them.
///
/// # Errors
///
/// Fails when a file cannot be read or written, or when a directory cannot be read or removed.
pub(super) fn publish(
    stage: &Path,
    last: &[&str],
    pruned: Option<&str>,
    out: &Path,
) -> Result<Vec<PathBuf>> {
    let mut sources = files(stage)?;
    sources.sort_by_key(|file| last.iter().position(|name| file.ends_with(name)));
    let mut published = Vec::new();
    for source in sources {
        let target = out.join(source.strip_prefix(stage).unwrap_or(&source));
        copy(&source, &target)?;
        published.push(target);
    }
    if let Some(folder) = pruned {
        prune(&stage.join(folder), &out.join(folder))?;
    }
    Ok(published)
}

/// Removes each directory in `present` that does not exist in `wanted`.
fn prune(wanted: &Path, present: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(present) else {
        return Ok(());
    };
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", present.display()))?;
        if !wanted.join(entry.file_name()).exists() {
            let path = entry.path();
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let contents = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|present| present == contents) {
        return Ok(());
    }
    // The name of the temporary file is unique per process, so that concurrent builds do not write to the same file.
    let temporary = to.with_extension(format!("{}.tmp", std::process::id()));
    to.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&temporary, contents))
        .and_then(|()| fs::rename(&temporary, to))
        .with_context(|| format!("cannot write {}", to.display()))
}

/// Returns the path of every file in `dir`, at any depth.
fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    for entry in entries.with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, files: &[(&str, &str)]) {
        for (name, contents) in files {
            let path = dir.join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, contents).expect("a file");
        }
    }

    #[test]
    fn only_changed_files_are_written_and_importing_files_are_written_last() {
        let dir = tempfile::tempdir().expect("a directory");
        let (stage, out) = (dir.path().join("stage"), dir.path().join("out"));
        let built = [
            ("index.js", "index"),
            ("glue.js", "glue"),
            ("app.wasm", "new"),
            ("snippets/a-1/inline0.js", "snippet"),
        ];
        write(&stage, &built);
        let present = [
            ("mine.txt", "mine"),
            ("glue.js", "glue"),
            ("app.wasm", "old"),
        ];
        write(&out, &present);
        let modified = |name: &str| {
            fs::metadata(out.join(name))
                .and_then(|file| file.modified())
                .expect("a time")
        };
        let glue = modified("glue.js");

        let published = publish(&stage, &["glue.js", "index.js"], None, &out).expect("published");

        let last = [out.join("glue.js"), out.join("index.js")];
        assert_eq!(published[2..], last);
        let mut present = files(&out).expect("files");
        present.retain(|file| !file.ends_with("mine.txt"));
        present.sort();
        let mut expected = published;
        expected.sort();
        assert_eq!(present, expected);
        assert_eq!(
            fs::read_to_string(out.join("app.wasm")).expect("wasm"),
            "new"
        );
        assert_eq!(
            fs::read_to_string(out.join("mine.txt")).expect("mine"),
            "mine"
        );
        assert_eq!(modified("glue.js"), glue);
    }

    #[test]
    fn stale_directories_are_removed_after_every_file_is_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let (stage, out) = (dir.path().join("stage"), dir.path().join("out"));
        write(&stage, &[("index.js", "new"), ("snippets/new-1/a.js", "")]);
        write(&out, &[("snippets/old-1/a.js", "")]);
        let stale = out.join("snippets/old-1/a.js");
        let publish = || publish(&stage, &["index.js"], Some("snippets"), &out);

        // Publishing fails, because there is a directory at the path of the entry module.
        fs::create_dir(out.join("index.js")).expect("a directory");
        publish().expect_err("the entry module is a directory");
        assert!(stale.exists(), "the previous build imports this file");

        fs::remove_dir(out.join("index.js")).expect("removed");
        publish().expect("published");
        let mut present = files(&out).expect("files");
        present.retain(|file| file.extension().is_none_or(|extension| extension != "tmp"));
        present.sort();
        let expected = ["index.js", "snippets/new-1/a.js"].map(|file| out.join(file));
        assert_eq!(present, expected);
    }
}
