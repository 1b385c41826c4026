//! Database migrations, which use the same files and the same migration ledger on every host.
//!
//! On Workers, wrangler applies the migrations. Natively and on Spin, the app applies its embedded migrations at
//! startup. The migration ledger is wrangler's table `d1_migrations`, so `wrangler d1 migrations list` and Whippet
//! report the same applied migrations.

use crate::db::split;
use crate::{AssertSqlSafe, Db, DbError, query};

/// A file in the migrations folder.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name, such as `0001_users.sql`. The migration ledger records this name.
    pub name: &'static str,
    /// The file's SQL.
    pub sql: &'static str,
}

/// The migrations that a program was built with, in the order of their numbers. [`migrations!`](crate::migrations!)
/// creates them.
#[derive(Debug, Clone, Copy)]
pub struct Migrations {
    files: &'static [Migration],
}

/// Creates the migration ledger with the statement that wrangler uses.
const LEDGER: &str = "create table if not exists d1_migrations(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)";

impl Migrations {
    /// Creates a list of migrations from files, which must be in the order of their numbers.
    #[must_use]
    pub const fn new(files: &'static [Migration]) -> Self {
        Self { files }
    }

    /// Returns the migration files, in the order of their numbers.
    #[must_use]
    pub const fn files(&self) -> &'static [Migration] {
        self.files
    }

    /// Returns the migrations that are not yet applied to the database.
    ///
    /// # Errors
    ///
    /// Returns an error if the migration ledger cannot be read. Also returns an error if the migration ledger names a
    /// migration that the program does not have. The program is then older than the schema.
    pub async fn pending(&self, db: &Db) -> Result<Vec<&'static Migration>, MigrateError> {
        let ledger = query("select name from d1_migrations order by id");
        let applied: Vec<String> = match ledger.fetch_all(db).await {
            // The migration ledger does not exist before the first migration is applied.
            Err(error) if error.is_missing_table() => Vec::new(),
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

    /// Applies each pending migration, and adds its row to the migration ledger in the same transaction. Returns the
    /// names of the applied migrations.
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
            // The row in the migration ledger is inserted first. If another process has applied the migration, the
            // unique key rejects the row, so the migration does not run twice.
            let row = query("insert into d1_migrations (name) values (?1)").bind(migration.name);
            let statements = split(migration.sql).map(|sql| query(AssertSqlSafe(sql.to_owned())));
            let statements = std::iter::once(row).chain(statements);
            match db.batch(statements).await {
                Ok(_) => applied.push(migration.name),
                // Another process has applied the migration since this process read the migration ledger.
                Err(error) if error.is_unique("d1_migrations.name") => {}
                Err(error) => return Err(MigrateError::Failed(migration.name, error)),
            }
        }
        Ok(applied)
    }
}

/// The reason why the schema cannot be brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MigrateError {
    /// The migration ledger names a migration that the program does not have.
    Unknown(String),
    /// A migration failed and was rolled back.
    Failed(&'static str, DbError),
    /// The migration ledger could not be read or created.
    Ledger(DbError),
}

impl std::fmt::Display for MigrateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => write!(
                f,
                "the database has the migration {name}, which this program does not have: the program is older than the schema"
            ),
            Self::Failed(name, error) => write!(
                f,
                "the migration {name} failed and was rolled back: {error}"
            ),
            Self::Ledger(error) => write!(
                f,
                "the migration ledger d1_migrations cannot be read or created: {error}"
            ),
        }
    }
}

impl std::error::Error for MigrateError {}

impl From<DbError> for MigrateError {
    fn from(error: DbError) -> Self {
        Self::Ledger(error)
    }
}
