//! Reads folders of migrations, and caches one in-memory database for each folder.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use crate::{Checked, Checker};

/// The migration files of a folder, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The paths of the files.
    pub files: Vec<PathBuf>,
    /// For each file, the time of its last change, and its length.
    versions: Vec<(Option<SystemTime>, u64)>,
}

/// A cached database, and the state of the folder when its migrations were applied.
struct Applied {
    path: PathBuf,
    folder: Folder,
    checker: Result<Checker, String>,
}

/// The cache. One process of the compiler or of an editor's language server expands many queries with the same folder.
static APPLIED: LazyLock<Mutex<Vec<Applied>>> = LazyLock::new(Mutex::default);

/// Returns the sorted names of the `.sql` files in a folder.
///
/// # Errors
///
/// Returns an error if the folder cannot be read. The error contains the path of the folder.
pub fn sql_files(path: &Path) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| {
        format!(
            "cannot read the migrations folder {}: {error}",
            path.display()
        )
    })?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Checks a query with the database that the migrations of a folder create. Each process applies the migrations once,
/// and again after a file was added, removed or changed.
///
/// # Errors
///
/// Returns an error if the folder cannot be read, if a migration fails, or if the query is not valid.
pub fn check_in(path: &Path, sql: &str) -> Result<(Checked, Folder), String> {
    let (checked, folder) = in_folder(path, |checker| checker.check(sql))?;
    Ok((checked?, folder))
}

/// Calls `read` with the database that the migrations of a folder create. The database is cached, as in [`check_in`].
///
/// # Errors
///
/// Returns an error if the folder cannot be read, or if a migration fails.
pub fn in_folder<T>(path: &Path, read: impl FnOnce(&Checker) -> T) -> Result<(T, Folder), String> {
    let folder = Folder::read(path)?;
    // A mutex is poisoned if a thread has panicked while it held the lock. Databases are complete before they are
    // cached, so the cache is still valid.
    let mut applied = APPLIED.lock().unwrap_or_else(PoisonError::into_inner);
    applied.retain(|known| known.path != path || known.folder == folder);
    if !applied.iter().any(|known| known.path == path) {
        let checker = folder.apply();
        applied.push(Applied {
            path: path.to_owned(),
            folder: folder.clone(),
            checker,
        });
    }
    let known = applied.iter().find(|known| known.path == path);
    let checker = known.map(|known| known.checker.as_ref());
    let checker = checker.ok_or("the migrations were not applied")?;
    let result = read(checker.map_err(Clone::clone)?);
    Ok((result, folder))
}

impl Folder {
    fn read(path: &Path) -> Result<Self, String> {
        let files: Vec<PathBuf> = sql_files(path)?
            .into_iter()
            .map(|name| path.join(name))
            .collect();
        let versions = files.iter().map(|file| match file.metadata() {
            Ok(metadata) => (metadata.modified().ok(), metadata.len()),
            Err(_) => (None, 0),
        });
        Ok(Self {
            versions: versions.collect(),
            files,
        })
    }

    fn apply(&self) -> Result<Checker, String> {
        let mut migrations = Vec::new();
        for file in &self.files {
            let sql = std::fs::read_to_string(file).map_err(|error| {
                format!("cannot read the migration {}: {error}", file.display())
            })?;
            let name = file
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            migrations.push((name, sql));
        }
        Checker::new(
            migrations
                .iter()
                .map(|(name, sql)| (name.as_str(), sql.as_str())),
        )
    }
}
