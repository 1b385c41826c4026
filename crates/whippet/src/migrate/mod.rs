//! Database migrations, which use the same files and the same migration ledger on every host.
//!
//! On Workers, wrangler applies the migrations. Natively and on Spin, the app applies its embedded migrations at
//! startup. The migration ledger is wrangler's table `d1_migrations`, so `wrangler d1 migrations list` and Whippet
//! report the same applied migrations. A second table, `whippet_migrations`, contains the checksum of each file, and a
//! flag that is set if the file only adds to the schema. Programs and `whippet migrate` write this table; wrangler does
//! not.

mod error;
mod failed_line;

pub use error::MigrateError;
use whippet_migrations::{
    APPLIED, APPLIED_WITHOUT_COMPANION, Applied, COMPANION, File, LEDGER, Ledger, RECORD, checksum,
    compare, only_adds, statements,
};

use crate::{AssertSqlSafe, Db, DbError, Query, query};

/// A file in the migrations folder.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// The file's name, such as `0001_users.sql`, which the migration ledger records.
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

    /// Returns the migrations that are not yet applied to the database. If the database has newer migrations than the
    /// program, and each of them only adds to the schema, nothing is pending.
    ///
    /// # Errors
    ///
    /// Returns an error if the migration ledger cannot be read, or does not match the program's files. The ledger does
    /// not match in three cases: it names a newer migration that does more than add to the schema, a file was edited
    /// after it was applied, or a later file was applied before an earlier one.
    pub async fn pending(&self, db: &Db) -> Result<Vec<&'static Migration>, MigrateError> {
        let pending = self.compare(db).await?.pending;
        Ok(pending.into_iter().map(|at| &self.files[at]).collect())
    }

    /// Applies the pending migrations, and returns the names of the applied migrations. Each migration runs in one
    /// transaction. The transaction also records the migration in the tables `d1_migrations` and `whippet_migrations`.
    pub(crate) async fn apply(&self, db: &Db) -> Result<Vec<&'static str>, MigrateError> {
        let mut applied = Vec::new();
        if self.files.is_empty() {
            return Ok(applied);
        }
        let ledger = self.compare(db).await?;
        if let Some(newest) = ledger.newer.last() {
            tracing::info!(
                migration = newest,
                "the schema is newer than the program, and compatible with it"
            );
        }
        if ledger.pending.is_empty() && ledger.unrecorded.is_empty() {
            return Ok(applied);
        }
        for table in [LEDGER, COMPANION] {
            query(table).execute(db).await?;
        }
        for at in ledger.unrecorded {
            record(&self.files[at]).execute(db).await?;
        }
        for migration in ledger.pending.into_iter().map(|at| &self.files[at]) {
            match db.batch(migration_batch(migration)).await {
                Ok(_) => applied.push(migration.name),
                // Another process has applied the migration since this process read the migration ledger.
                Err(error) if error.is_unique("d1_migrations.name") => {}
                Err(error) => {
                    return Err(MigrateError::Failed {
                        name: migration.name,
                        line: failed_line::find(db, migration).await,
                        error,
                    });
                }
            }
        }
        Ok(applied)
    }

    async fn compare(&self, db: &Db) -> Result<Ledger, MigrateError> {
        let applied = applied(db).await?;
        let files = self
            .files
            .iter()
            .map(|&Migration { name, sql }| File { name, sql });
        Ok(compare(&files.collect::<Vec<_>>(), &applied)?)
    }
}

/// Reads the records of applied migrations from the database. The tables do not exist before the first migration is
/// applied. If wrangler has applied all migrations, only the migration ledger exists.
async fn applied(db: &Db) -> Result<Vec<Applied>, DbError> {
    let is_missing =
        |rows: &Result<Vec<_>, DbError>| rows.as_ref().is_err_and(DbError::is_missing_table);
    let mut rows = query(APPLIED)
        .fetch_all::<(String, Option<String>, Option<bool>)>(db)
        .await;
    if is_missing(&rows) {
        rows = query(APPLIED_WITHOUT_COMPANION).fetch_all(db).await;
    }
    if is_missing(&rows) {
        return Ok(Vec::new());
    }
    let applied = |(name, checksum, only_adds)| Applied {
        name,
        checksum,
        only_adds,
    };
    Ok(rows?.into_iter().map(applied).collect())
}

/// Returns the queries that apply a migration and record it. The row in the migration ledger is inserted first, because
/// its unique key rejects a migration that another process has applied.
fn migration_batch(migration: &Migration) -> impl Iterator<Item = Query> {
    let row = query("insert into d1_migrations (name) values (?1)").bind(migration.name);
    let statements = statements(migration.sql);
    let statements = statements.map(|statement| query(AssertSqlSafe(statement.sql.to_owned())));
    std::iter::once(row)
        .chain(statements)
        .chain([record(migration)])
}

/// Returns the query that records the checksum of an applied migration.
fn record(migration: &Migration) -> Query {
    query(RECORD)
        .bind(migration.name)
        .bind(checksum(migration.sql))
        .bind(only_adds(migration.sql))
}
