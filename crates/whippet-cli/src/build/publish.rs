//! The output directory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use super::bindgen::{GLUE, WASM};

/// The module that the host starts from.
const INDEX: &str = "index.js";

/// Brings the files in `stage` and the entry module to `out`, each only when it changed and in one step;
/// returns where they are now.
///
/// # Errors
///
/// Fails when a file cannot be read or written.
pub(super) fn publish(stage: &Path, entry: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    prune(&stage.join("snippets"), &out.join("snippets"))?;
    let mut sources = files(stage)?;
    // What is imported comes before what imports it.
    sources.sort_by_key(|file| (file.ends_with(GLUE), file.ends_with(WASM)));
    let mut published = Vec::new();
    for source in sources {
        let target = out.join(source.strip_prefix(stage).unwrap_or(&source));
        copy(&source, &target)?;
        published.push(target);
    }
    let index = out.join(INDEX);
    copy(entry, &index)?;
    published.push(index);
    Ok(published)
}

/// Removes snippets of crates that are no longer linked; their directories are named after a hash.
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
    // Unique per process, so that two builds at once do not write into one file.
    let temporary = to.with_extension(format!("{}.tmp", std::process::id()));
    to.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| fs::write(&temporary, contents))
        .and_then(|()| fs::rename(&temporary, to))
        .with_context(|| format!("cannot write {}", to.display()))
}

/// Every file in `dir`, at any depth.
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
    fn only_what_changed_is_written_and_stale_snippets_go() {
        let dir = tempfile::tempdir().expect("a directory");
        let (stage, out, entry) = (
            dir.path().join("stage"),
            dir.path().join("out"),
            dir.path().join("entry.js"),
        );
        write(
            dir.path(),
            &[("entry.js", "entry"), ("out/mine.txt", "mine")],
        );
        write(
            &stage,
            &[
                (WASM, "wasm"),
                (GLUE, "glue"),
                ("snippets/new-1/inline0.js", "new"),
            ],
        );
        write(
            &out,
            &[
                (GLUE, "glue"),
                (WASM, "old"),
                ("snippets/old-1/inline0.js", "old"),
            ],
        );
        let modified = |name: &str| {
            fs::metadata(out.join(name))
                .and_then(|file| file.modified())
                .expect("a time")
        };
        let glue = modified(GLUE);

        let published = publish(&stage, &entry, &out).expect("published");

        let mut present = files(&out).expect("files");
        present.retain(|file| !file.ends_with("mine.txt"));
        present.sort();
        let mut expected = published.clone();
        expected.sort();
        assert_eq!(present, expected);
        assert_eq!(published.last(), Some(&out.join(INDEX)));
        assert_eq!(fs::read_to_string(out.join(WASM)).expect("wasm"), "wasm");
        assert_eq!(
            fs::read_to_string(out.join("mine.txt")).expect("mine"),
            "mine"
        );
        assert_eq!(modified(GLUE), glue);
    }
}
