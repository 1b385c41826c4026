//! Creates database files.

use std::fs::OpenOptions;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// Creates the database file if it does not exist. Only the user of the process can access the new file. SQLite gives
/// the files of the write-ahead log and the shared memory the same permissions as the database file.
pub(super) fn create_private(database: &str) {
    let Some(path) = path(database) else {
        return;
    };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // An existing file keeps its permissions. If the file cannot be created, SQLite reports the error.
    drop(options.open(path));
}

/// Returns the path of the file that SQLite would create. Returns `None` if SQLite would create no file, for example
/// because the database is in memory. A name that begins with `file:` is a URI (<https://sqlite.org/uri.html>).
fn path(database: &str) -> Option<PathBuf> {
    let Some(uri) = database.strip_prefix("file:") else {
        let is_file = !database.is_empty() && database != ":memory:";
        return is_file.then(|| database.into());
    };
    let uri = uri.split('#').next().unwrap_or_default();
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let creates = |parameter: &str| parameter == "mode=rwc" || !parameter.starts_with("mode=");
    if !query.split('&').all(creates) {
        return None;
    }
    // The authority of a `file:` URI must be empty or `localhost`.
    let path = match path.strip_prefix("//") {
        Some(rest) => &rest[rest.find('/')?..],
        None => path,
    };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let is_file = !path.is_empty() && path != ":memory:";
    is_file.then(|| path.into_owned().into())
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn the_path_of_a_database_is_found_in_a_path_and_in_a_uri() {
        for (database, expected) in [
            ("app.db", Some("app.db")),
            ("/data/app.db", Some("/data/app.db")),
            ("file:app.db", Some("app.db")),
            ("file:app.db?mode=rwc&cache=private", Some("app.db")),
            ("file:///data/a%20b.db#x", Some("/data/a b.db")),
            ("file://localhost/data/app.db", Some("/data/app.db")),
            (":memory:", None),
            ("", None),
            ("file::memory:", None),
            ("file:app.db?mode=ro", None),
            ("file:app.db?cache=shared&mode=memory", None),
        ] {
            assert_eq!(path(database), expected.map(Into::into), "{database}");
        }
    }
}
