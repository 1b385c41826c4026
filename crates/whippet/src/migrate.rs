//! Migrations: the same files and the same ledger on every host.
//!
//! The ledger is wrangler's own table, so that `wrangler d1 migrations list` and Whippet agree. On Workers wrangler applies
//! migrations; natively and on Spin the app applies its embedded ones when it starts.

use crate::db::split;
use crate::{AssertSqlSafe, Db, DbError, query};

/// One file of the migrations folder.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name, such as `0001_users.sql`: what the ledger records.
    pub name: &'static str,
    /// The file's text.
    pub sql: &'static str,
}

/// The migrations that a program was built with, in order: made by [`migrations!`](crate::migrations!).
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    files: &'static [Migration],
}

/// wrangler's ledger, as wrangler creates it.
const LEDGER: &str = "create table if not exists d1_migrations(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)";

impl Migrations {
    /// From files in the order of their numbers.
    #[must_use]
    pub const fn new(files: &'static [Migration]) -> Self {
        Self { files }
    }

    /// The files, in order.
    #[must_use]
    pub const fn files(&self) -> &'static [Migration] {
        self.files
    }

    /// The migrations that the database does not have yet.
    ///
    /// # Errors
    ///
    /// When the ledger names a migration that the program does not have: an older program runs on a newer schema.
    pub async fn pending(&self, db: &Db) -> Result<Vec<&'static Migration>, MigrateError> {
        let ledger = query("select name from d1_migrations order by id");
        let applied: Vec<String> = match ledger.fetch_all(db).await {
            // Nothing was ever applied.
            Err(DbError::Database(message)) if message.contains("no such table") => Vec::new(),
            applied => applied?,
        };
        if let Some(unknown) = applied
            .iter()
            .find(|name| self.files.iter().all(|file| file.name != **name))
        {
            return Err(MigrateError::Unknown(unknown.clone()));
        }
        Ok(self
            .files
            .iter()
            .filter(|file| applied.iter().all(|name| name != file.name))
            .collect())
    }

    pub(crate) async fn apply(&self, db: &Db) -> Result<Vec<&'static str>, MigrateError> {
        let pending = if self.files.is_empty() {
            Vec::new()
        } else {
            self.pending(db).await?
        };
        if !pending.is_empty() {
            query(LEDGER).execute(db).await?;
        }
        let mut applied = Vec::new();
        for migration in pending {
            // The ledger's row comes first: its key is what tells that another process was faster.
            let row = query("insert into d1_migrations (name) values (?1)").bind(migration.name);
            let statements = split(migration.sql).map(|sql| query(AssertSqlSafe(sql.to_owned())));
            let statements = std::iter::once(row).chain(statements);
            match db.batch(statements).await {
                Ok(_) => applied.push(migration.name),
                // Another process applied it in the meantime.
                Err(error) if error.is_unique("d1_migrations.name") => {}
                Err(error) => return Err(MigrateError::Failed(migration.name, error)),
            }
        }
        Ok(applied)
    }
}

/// Why the schema cannot be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrateError {
    /// The ledger names a migration that the program does not have.
    Unknown(String),
    /// A migration failed; nothing of it took effect.
    Failed(&'static str, DbError),
    /// The ledger could not be read.
    Ledger(DbError),
}

impl std::fmt::Display for MigrateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => write!(
                f,
                "the database has the migration {name}, which this program does not know: it is older than its schema"
            ),
            Self::Failed(name, error) => write!(
                f,
                "the migration {name} failed and was rolled back: {error}"
            ),
            Self::Ledger(error) => write!(f, "the ledger d1_migrations cannot be read: {error}"),
        }
    }
}

impl std::error::Error for MigrateError {}

impl From<DbError> for MigrateError {
    fn from(error: DbError) -> Self {
        Self::Ledger(error)
    }
}
