//! Opens an in-memory database that rejects statements that Cloudflare D1 rejects.

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Error};
use whippet_migrations::D1_PRAGMAS;

use crate::functions;

/// D1's limits (workerd, `src/workerd/util/sqlite.c++`). The limit for compound selects was measured on D1 itself.
const LIMITS: [(Limit, i32); 8] = [
    (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    (Limit::SQLITE_LIMIT_COLUMN, 100),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
    (Limit::SQLITE_LIMIT_VDBE_OP, 25_000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
    (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
];

/// Opens an empty in-memory database.
pub(crate) fn open() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    // By default, SQLite reads a misspelled name in double quotes as a string. These settings make it an error.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    Ok(connection)
}

/// Sets D1's limits on the connection, and forbids everything that D1 forbids.
#[allow(clippy::unit_arg, reason = "some versions of rusqlite return nothing")]
pub(crate) fn restrict(connection: &mut Connection) {
    for (limit, value) in LIMITS {
        done(connection.set_limit(limit, value));
    }
    done(connection.authorizer(Some(authorize)));
}

/// Ignores the result of a call that cannot fail on an open connection. Newer versions of rusqlite return a `Result`
/// there, and older versions return nothing.
fn done<T>(_: T) {}

fn authorize(context: AuthContext<'_>) -> Authorization {
    let is_allowed = match context.action {
        AuthAction::Function { function_name } => functions::is_everywhere(function_name),
        AuthAction::Pragma { pragma_name, .. } => D1_PRAGMAS
            .binary_search(&pragma_name.to_ascii_lowercase().as_str())
            .is_ok(),
        AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. }
        | AuthAction::CreateTempIndex { .. }
        | AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempView { .. } => false,
        _ => true,
    };
    if is_allowed {
        Authorization::Allow
    } else {
        Authorization::Deny
    }
}

/// Returns SQLite's own message. Also returns the position of the error in the SQL, if SQLite reports one.
pub(crate) fn message(error: &Error) -> (String, Option<usize>) {
    match error {
        Error::SqlInputError { msg, offset, .. } => (msg.clone(), usize::try_from(*offset).ok()),
        Error::SqliteFailure(_, Some(message)) => (message.clone(), None),
        other => (other.to_string(), None),
    }
}
