//! Compares migration files with the migrations that a database has applied.

use crate::{is_unchanged, squashed};

/// Creates the ledger of applied migrations. wrangler creates the same table with the same statement.
pub const LEDGER: &str = "create table if not exists d1_migrations(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)";

/// Creates Whippet's own table of applied migrations. This table contains what the ledger does not: the checksum of
/// each applied file, and whether the file only adds to the schema.
pub const COMPANION: &str = "create table if not exists whippet_migrations (
    name text primary key not null,
    checksum text not null,
    only_adds integer not null check (only_adds in (0, 1))
) strict";

/// Reads the name, the checksum and `only_adds` of each applied migration, in the order in which the migrations were
/// applied.
pub const APPLIED: &str = "select ledger.name, checksum, only_adds from d1_migrations ledger \
     left join whippet_migrations companion on companion.name = ledger.name order by ledger.id";

/// Replaces [`APPLIED`] for a database in which [`COMPANION`] has not created the table yet.
pub const APPLIED_WITHOUT_COMPANION: &str =
    "select name, null as checksum, null as only_adds from d1_migrations order by id";

/// Records an applied migration. The parameters are the migration's name, its checksum, and 1 if the migration only
/// adds to the schema, or else 0.
pub const RECORD: &str =
    "insert or ignore into whippet_migrations (name, checksum, only_adds) values (?1, ?2, ?3)";

/// A migration file.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The file's name, such as `0001_users.sql`.
    pub name: &'a str,
    /// The file's SQL.
    pub sql: &'a str,
}

/// What a database has recorded about an applied migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The name of the file that the ledger contains.
    pub name: String,
    /// The checksum of the file. `None` if wrangler applied the file, and Whippet has not recorded the checksum yet.
    pub checksum: Option<String>,
    /// Whether the file only adds to the schema. `None` if the database has not recorded this.
    pub only_adds: Option<bool>,
}

/// The result of comparing migration files with the migrations that a database has applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The indexes of the files that are not applied, in ascending order.
    pub pending: Vec<usize>,
    /// The indexes of the files that are applied, but whose checksums are not recorded.
    pub unrecorded: Vec<usize>,
    /// The names of migrations that a newer version of the program has applied. This program has no files for them. Each
    /// of these migrations only adds to the schema.
    pub newer: Vec<String>,
}

/// The reason why the files do not match the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerError {
    /// The database has applied a migration for which there is no file. The program may not work with the resulting
    /// schema.
    Unknown(String),
    /// A file was changed after it was applied.
    Edited(String),
    /// A file is not applied, although a later file is applied.
    Skipped {
        /// The file that is not applied.
        pending: String,
        /// The later file.
        applied: String,
    },
    /// The first file replaces earlier files, but the database has applied only some of the earlier files.
    Incomplete {
        /// The file that replaces earlier files.
        squashed: String,
        /// The last replaced file that the database has applied.
        applied: String,
    },
}

impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => write!(
                f,
                "the database has the migration {name}, which this program does not have: the program is older than the schema; run a program that has the migration"
            ),
            Self::Edited(name) => write!(
                f,
                "the migration {name} was edited after it was applied: restore the file as it was, and write the change as a new migration"
            ),
            Self::Skipped { pending, applied } => write!(
                f,
                "the migration {pending} is not applied, but the later migration {applied} is: give {pending} the next number, so that every database applies it last"
            ),
            Self::Incomplete { squashed, applied } => write!(
                f,
                "the migration {squashed} replaces earlier migrations, but only those up to {applied} are applied: apply the others with the files of a version before the squash"
            ),
        }
    }
}

impl std::error::Error for LedgerError {}

/// Compares migration files with the migrations that a database has applied. `files` must be sorted by name.
///
/// # Errors
///
/// Returns an error if the files do not match the database. An applied migration without a file is also an error,
/// unless the migration only adds to the schema and all files are applied.
pub fn compare(files: &[File<'_>], applied: &[Applied]) -> Result<Ledger, LedgerError> {
    let mut ledger = Ledger::default();
    for (at, file) in files.iter().enumerate() {
        match applied.iter().find(|applied| applied.name == file.name) {
            None => ledger.pending.push(at),
            Some(applied) => match &applied.checksum {
                None => ledger.unrecorded.push(at),
                Some(recorded) if !is_unchanged(file.sql, recorded) => {
                    return Err(LedgerError::Edited(file.name.to_owned()));
                }
                Some(_) => {}
            },
        }
    }
    let squashed = files.first().filter(|file| squashed(file.sql).is_some());
    let is_replaced = |applied: &&Applied| squashed.is_some_and(|file| *applied.name < *file.name);
    if let Some(file) = squashed
        && ledger.pending.first() == Some(&0)
        && let Some(last) = applied.iter().rev().find(is_replaced)
    {
        return Err(LedgerError::Incomplete {
            squashed: file.name.to_owned(),
            applied: last.name.clone(),
        });
    }
    let is_file = |applied: &&Applied| files.iter().any(|file| file.name == applied.name);
    let is_unknown = |applied: &&Applied| !is_file(applied) && !is_replaced(applied);
    for applied in applied.iter().filter(is_unknown) {
        if applied.only_adds != Some(true) || !ledger.pending.is_empty() {
            return Err(LedgerError::Unknown(applied.name.clone()));
        }
        ledger.newer.push(applied.name.clone());
    }
    if let Some(&first) = ledger.pending.first()
        && let Some(later) = (first..files.len()).find(|at| !ledger.pending.contains(at))
    {
        return Err(LedgerError::Skipped {
            pending: files[first].name.to_owned(),
            applied: files[later].name.to_owned(),
        });
    }
    Ok(ledger)
}

#[cfg(test)]
mod tests {
    use super::{Applied, File, Ledger, LedgerError, compare};
    use crate::{checksum, squash_mark};

    const FILES: [File<'_>; 3] = [
        File {
            name: "0001_a.sql",
            sql: "create table a (x)",
        },
        File {
            name: "0002_b.sql",
            sql: "create table b (x)",
        },
        File {
            name: "0003_c.sql",
            sql: "create table c (x)",
        },
    ];

    fn applied(name: &str, checksum: Option<String>, only_adds: Option<bool>) -> Applied {
        Applied {
            name: name.to_owned(),
            checksum,
            only_adds,
        }
    }

    fn recorded(at: usize) -> Applied {
        applied(FILES[at].name, Some(checksum(FILES[at].sql)), Some(true))
    }

    #[test]
    fn files_that_match_the_database_are_applied_or_pending() {
        for (database, pending, unrecorded) in [
            (vec![], vec![0, 1, 2], vec![]),
            (vec![recorded(0)], vec![1, 2], vec![]),
            (
                vec![recorded(0), applied("0002_b.sql", None, None)],
                vec![2],
                vec![1],
            ),
            (vec![recorded(2), recorded(1), recorded(0)], vec![], vec![]),
        ] {
            let expected = Ledger {
                pending,
                unrecorded,
                newer: vec![],
            };
            assert_eq!(compare(&FILES, &database), Ok(expected), "{database:?}");
        }
    }

    #[test]
    fn newer_migrations_are_compatible_only_if_each_of_them_only_adds() {
        let newer = |only_adds| applied("0004_d.sql", Some(String::new()), only_adds);
        let all = || vec![recorded(0), recorded(1), recorded(2)];
        let compatible = compare(&FILES, &[all(), vec![newer(Some(true))]].concat());
        assert_eq!(
            compatible.map(|ledger| ledger.newer),
            Ok(vec!["0004_d.sql".to_owned()])
        );
        let unknown = LedgerError::Unknown("0004_d.sql".to_owned());
        for database in [
            [all(), vec![newer(Some(false))]].concat(),
            [all(), vec![newer(None)]].concat(),
            // If any migration file is not applied yet, an applied migration whose file is missing is an error, even if
            // this migration only adds to the schema.
            vec![recorded(0), newer(Some(true))],
        ] {
            assert_eq!(
                compare(&FILES, &database),
                Err(unknown.clone()),
                "{database:?}"
            );
        }
    }

    #[test]
    fn an_edited_file_and_a_skipped_file_are_errors() {
        let edited = applied(
            "0001_a.sql",
            Some(checksum("create table a (y)")),
            Some(true),
        );
        assert_eq!(
            compare(&FILES, &[edited]),
            Err(LedgerError::Edited("0001_a.sql".to_owned()))
        );
        let skipped = LedgerError::Skipped {
            pending: "0002_b.sql".to_owned(),
            applied: "0003_c.sql".to_owned(),
        };
        assert_eq!(compare(&FILES, &[recorded(0), recorded(2)]), Err(skipped));
    }
    #[test]
    fn a_squashed_file_replaces_earlier_files_that_are_all_applied() {
        let sql =
            squash_mark("0001_a.sql", FILES[1].sql) + "create table a (x); create table b (x)";
        let squashed = File {
            name: "0002_b.sql",
            sql: &sql,
        };
        let files = [squashed, FILES[2]];
        let pending = |applied: &[Applied]| compare(&files, applied).map(|ledger| ledger.pending);
        let new = applied("0002_b.sql", Some(checksum(&sql)), Some(true));
        assert_eq!(pending(&[]), Ok(vec![0, 1]));
        assert_eq!(pending(&[new]), Ok(vec![1]));
        assert_eq!(pending(&[recorded(0), recorded(1)]), Ok(vec![1]));
        assert_eq!(
            pending(&[recorded(0), recorded(1), recorded(2)]),
            Ok(vec![])
        );
        let incomplete = LedgerError::Incomplete {
            squashed: "0002_b.sql".to_owned(),
            applied: "0001_a.sql".to_owned(),
        };
        assert_eq!(pending(&[recorded(0)]), Err(incomplete));
        let edited = applied(
            "0002_b.sql",
            Some(checksum("create table z (x)")),
            Some(true),
        );
        let error = LedgerError::Edited("0002_b.sql".to_owned());
        assert_eq!(pending(&[recorded(0), edited]), Err(error));
    }
}
