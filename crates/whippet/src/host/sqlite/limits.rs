//! Sets the limits of D1 (<https://developers.cloudflare.com/d1/platform/limits/>) on SQLite connections.

use rusqlite::Connection;
use rusqlite::limits::Limit::{
    self, SQLITE_LIMIT_COLUMN, SQLITE_LIMIT_COMPOUND_SELECT, SQLITE_LIMIT_EXPR_DEPTH,
    SQLITE_LIMIT_FUNCTION_ARG, SQLITE_LIMIT_LENGTH, SQLITE_LIMIT_LIKE_PATTERN_LENGTH,
    SQLITE_LIMIT_SQL_LENGTH, SQLITE_LIMIT_TRIGGER_DEPTH, SQLITE_LIMIT_VARIABLE_NUMBER,
};

/// The limits that D1's documentation states. Two limits come from another source: the maximum number of terms in a
/// compound select, and the maximum depth of triggers. They are set in the function `setupSecurity` in workerd's
/// `src/workerd/util/sqlite.c++`.
const LIMITS: [(Limit, i32); 9] = [
    (SQLITE_LIMIT_LENGTH, 2_000_000),
    (SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (SQLITE_LIMIT_COLUMN, 100),
    (SQLITE_LIMIT_EXPR_DEPTH, 100),
    (SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (SQLITE_LIMIT_FUNCTION_ARG, 32),
    (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (SQLITE_LIMIT_TRIGGER_DEPTH, 10),
];

/// Sets D1's limits on a connection.
pub(super) fn set(connection: &Connection) {
    for (limit, value) in LIMITS {
        // `ignore` accepts what any version of rusqlite returns: older versions return the previous limit, and newer
        // versions return a `Result`.
        ignore(connection.set_limit(limit, value));
    }
}

fn ignore<T>(_: T) {}
