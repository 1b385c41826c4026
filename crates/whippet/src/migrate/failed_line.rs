//! Finds the failing statement of a migration.

use whippet_migrations::statements;

use super::{Migration, migration_batch};
use crate::{Db, query};

/// A statement that always fails, so that a batch is rolled back.
const ROLL_BACK: &str = "select whippet_roll_back";

/// Returns the line of the first failing statement in a migration. Returns `None` if no statement fails by itself, for
/// example because a deferred foreign key is violated at the end of the transaction.
///
/// The error of a batch does not say which of its statements failed. So this function searches by bisection: it runs a
/// number of statements from the start of the migration, rolls them back, and then tries a smaller or larger number.
pub(super) async fn find(db: &Db, migration: &Migration) -> Option<usize> {
    let lines: Vec<usize> = statements(migration.sql)
        .map(|statement| statement.line)
        .collect();
    // If only the first `succeeds` statements run, none of them fails. If the first `fails` statements run, one of them
    // fails.
    let (mut succeeds, mut fails) = (0, lines.len() + 1);
    while fails - succeeds > 1 {
        let count = succeeds.midpoint(fails);
        // Take one more query, because the first query of the batch inserts the row of the migration ledger.
        let first = migration_batch(migration)
            .take(1 + count)
            .chain([query(ROLL_BACK)]);
        let error = db.batch(first).await.err()?;
        if error.to_string().contains("whippet_roll_back") {
            succeeds = count;
        } else {
            fails = count;
        }
    }
    lines.get(fails - 1).copied()
}
