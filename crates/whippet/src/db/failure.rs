//! Reads SQLite's error messages, because D1 and Spin report no error codes, only messages.

/// The failures that [`read_message`] distinguishes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure<'a> {
    /// A violation of a unique key. The text is a list of the columns of the key (`table.column, table.column`), or the
    /// name of a unique index on expressions.
    Unique(&'a str),
    ForeignKey,
    /// A violation of `not null` by the column `table.column`.
    NotNull(&'a str),
    /// A violation of the `check` constraint with this name or expression.
    Check(&'a str),
    /// The query exceeds a limit of D1. The text states the limit, and how to stay within it.
    Limit(&'static str),
    Busy,
    MissingTable,
    Other,
}

/// Parts of the messages with which a database reports that it cannot run a query now. For D1, these are the messages
/// for which D1's documentation recommends a retry, and the messages of an overloaded database
/// (<https://developers.cloudflare.com/d1/observability/debug-d1/>).
const BUSY: &[&str] = &[
    "database is locked",
    "database table is locked",
    "database schema is locked",
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "D1 DB is overloaded",
    "Network connection lost",
    "caused object to be reset",
    "reset because its code was updated",
    "due to transient issue on remote node",
];

/// SQLite's messages about limits. The second text of each pair states the limit, and how to stay within it. The limits
/// are those of D1 (<https://developers.cloudflare.com/d1/platform/limits/>).
const LIMITS: &[(&str, &str)] = &[
    (
        "too many SQL variables",
        "D1 accepts at most 100 parameters: bind a JSON array and read it with json_each",
    ),
    (
        "variable number must be between",
        "D1 accepts at most 100 parameters: bind a JSON array and read it with json_each",
    ),
    (
        "too many columns",
        "D1 accepts at most 100 columns in a table, a result or an index: split the table or the query",
    ),
    (
        "too many terms in compound SELECT",
        "D1 accepts at most 5 terms in a compound select: use `values`, `or` or json_each, or run several queries as a batch",
    ),
    (
        "Expression tree is too large",
        "D1 accepts expressions that are at most 100 levels deep: replace a long chain of operators by a list that json_each reads",
    ),
    (
        "parser stack overflow",
        "D1 accepts expressions that are at most 100 levels deep: remove nested brackets, or split the query",
    ),
    (
        "LIKE or GLOB pattern too complex",
        "D1 accepts patterns of at most 50 bytes for `like` and `glob`: reject longer input, or search with instr",
    ),
    (
        "too many arguments on function",
        "D1 accepts at most 32 arguments of a function: nest calls of the function",
    ),
    (
        "string or blob too big",
        "D1 stores at most 2,000,000 bytes in a text, a blob or a row: store the value in pieces, or outside the database",
    ),
    (
        "statement too long",
        "D1 accepts at most 100,000 bytes of SQL: split the query into a batch",
    ),
];

/// Finds out which failure an error message reports. The message contains SQLite's own text. D1 appends `: SQLITE_…` to
/// SQLite's text, and libSQL encloses SQLite's text in quotes.
pub(super) fn read_message(message: &str) -> Failure<'_> {
    if let Some(columns) = after(message, "UNIQUE constraint failed: ") {
        let index = columns
            .strip_prefix("index '")
            .and_then(|name| name.strip_suffix('\''));
        return Failure::Unique(index.unwrap_or(columns));
    }
    if message.contains("FOREIGN KEY constraint failed") {
        return Failure::ForeignKey;
    }
    if let Some(column) = after(message, "NOT NULL constraint failed: ") {
        return Failure::NotNull(column);
    }
    if let Some(constraint) = after(message, "CHECK constraint failed: ") {
        return Failure::Check(constraint);
    }
    if BUSY.iter().any(|text| message.contains(text)) {
        return Failure::Busy;
    }
    if let Some((_, limit)) = LIMITS.iter().find(|(text, _)| message.contains(text)) {
        return Failure::Limit(limit);
    }
    if message.contains("no such table") {
        return Failure::MissingTable;
    }
    Failure::Other
}

/// Returns SQLite's text after `label`, without the text that D1 or libSQL append.
fn after<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(label)?;
    let rest = rest.split(": SQLITE_").next().unwrap_or(rest);
    Some(rest.split("\", code").next().unwrap_or(rest).trim())
}

#[cfg(test)]
mod tests {
    use super::{Failure, read_message};

    const UNIQUE: Failure<'_> = Failure::Unique("endpoints.app_id, endpoints.uid");

    #[test]
    fn the_error_messages_of_every_host_are_recognized() {
        let d1 = "D1_ERROR: UNIQUE constraint failed: endpoints.app_id, endpoints.uid: SQLITE_CONSTRAINT";
        let d1_extended = format!("{d1} (extended: SQLITE_CONSTRAINT_UNIQUE)");
        for (message, failure) in [
            // Messages on the native host, and on Spin with a database file.
            (
                "UNIQUE constraint failed: endpoints.app_id, endpoints.uid",
                UNIQUE,
            ),
            (
                "UNIQUE constraint failed: index 'by_email'",
                Failure::Unique("by_email"),
            ),
            ("FOREIGN KEY constraint failed", Failure::ForeignKey),
            (
                "NOT NULL constraint failed: users.name",
                Failure::NotNull("users.name"),
            ),
            (
                "CHECK constraint failed: users_age",
                Failure::Check("users_age"),
            ),
            (
                r#"CHECK constraint failed: "kind" in ('a', "b")"#,
                Failure::Check(r#""kind" in ('a', "b")"#),
            ),
            ("database is locked", Failure::Busy),
            ("database table is locked: users", Failure::Busy),
            ("no such table: d1_migrations", Failure::MissingTable),
            ("no such column: uid", Failure::Other),
            // Messages on Workers.
            (d1, UNIQUE),
            (&d1_extended, UNIQUE),
            (
                "D1_ERROR: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT",
                Failure::ForeignKey,
            ),
            (
                "D1_ERROR: NOT NULL constraint failed: users.name: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)",
                Failure::NotNull("users.name"),
            ),
            (
                "D1_ERROR: CHECK constraint failed: age >= 0: SQLITE_CONSTRAINT",
                Failure::Check("age >= 0"),
            ),
            (
                "D1_ERROR: the database cannot be written now: SQLITE_BUSY",
                Failure::Busy,
            ),
            (
                "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
                Failure::Busy,
            ),
            ("D1_ERROR: Network connection lost.", Failure::Busy),
            (
                "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
                Failure::Busy,
            ),
            (
                "D1_ERROR: no such table: d1_migrations: SQLITE_ERROR",
                Failure::MissingTable,
            ),
            // The messages of libSQL on Spin.
            (
                r#"Hrana: `stream error: `Error { message: "SQLite error: UNIQUE constraint failed: endpoints.app_id, endpoints.uid", code: "SQLITE_CONSTRAINT" }``"#,
                UNIQUE,
            ),
            (
                r#"Hrana: `stream error: `Error { message: "SQLite error: NOT NULL constraint failed: users.name", code: "SQLITE_CONSTRAINT" }``"#,
                Failure::NotNull("users.name"),
            ),
        ] {
            assert_eq!(read_message(message), failure, "{message}");
        }
    }
}
