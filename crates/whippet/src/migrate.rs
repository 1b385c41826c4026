//! Migrations: the same files and the same ledger on every host.
//!
//! The ledger is wrangler's own table, so that `wrangler d1 migrations list` and Whippet agree. On Workers wrangler applies
//! migrations; natively and on Spin the app applies its embedded ones when it starts.

use crate::{AssertSqlSafe, Context, DbError, query};

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
    pub async fn pending(
        &self,
        context: &Context,
    ) -> Result<Vec<&'static Migration>, MigrateError> {
        let ledger = query("select name from d1_migrations order by id");
        let applied: Vec<String> = match ledger.fetch_all(&context.db()).await {
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

    pub(crate) async fn apply(&self, context: &Context) -> Result<Vec<&'static str>, MigrateError> {
        let db = context.db();
        let pending = if self.files.is_empty() {
            Vec::new()
        } else {
            self.pending(context).await?
        };
        if !pending.is_empty() {
            query(LEDGER).execute(&db).await?;
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

/// The statements of a file: split at semicolons outside strings, quoted names, comments and trigger bodies.
pub(crate) fn split(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        loop {
            let end = statement_end(rest);
            let (statement, after) = rest.split_at(end);
            rest = after;
            if has_tokens(statement) {
                // What is white space to SQLite, and no more.
                return Some(statement.trim_ascii());
            }
            if rest.is_empty() {
                return None;
            }
        }
    })
}

/// The end of the first statement: behind its semicolon, or the end of the text.
fn statement_end(sql: &str) -> usize {
    let mut depth = 0_usize;
    let mut is_trigger = false;
    let mut words = 0;
    for (start, token) in tokens(sql) {
        match token {
            Token::Semicolon if depth == 0 => return start + 1,
            Token::Word(word) => {
                words += 1;
                let word = word.to_ascii_lowercase();
                // `create [temp] trigger … begin … end`; a `case` inside closes with `end` too.
                is_trigger |= words <= 3 && word == "trigger";
                match word.as_str() {
                    "begin" | "case" if is_trigger => depth += 1,
                    "end" => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            Token::Semicolon | Token::Other => {}
        }
    }
    sql.len()
}

fn has_tokens(statement: &str) -> bool {
    tokens(statement).any(|(_, token)| !matches!(token, Token::Semicolon))
}

enum Token<'a> {
    Semicolon,
    Word(&'a str),
    Other,
}

fn tokens(sql: &str) -> impl Iterator<Item = (usize, Token<'_>)> {
    let bytes = sql.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at;
            let find = |needle: &str, from: usize| {
                sql.get(from..)
                    .and_then(|rest| rest.find(needle))
                    .map_or(sql.len(), |found| from + found + needle.len())
            };
            match *bytes.get(at)? {
                byte if byte.is_ascii_whitespace() => at += 1,
                b'-' if bytes.get(at + 1) == Some(&b'-') => at = find("\n", at),
                b'/' if bytes.get(at + 1) == Some(&b'*') => at = find("*/", at + 2),
                // A doubled quote inside closes and opens again, which comes to the same.
                b'\'' => at = find("'", at + 1),
                b'"' => at = find("\"", at + 1),
                b'`' => at = find("`", at + 1),
                b'[' => at = find("]", at),
                b';' => {
                    at += 1;
                    return Some((start, Token::Semicolon));
                }
                byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                    while bytes
                        .get(at)
                        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    {
                        at += 1;
                    }
                    return Some((start, Token::Word(&sql[start..at])));
                }
                _ => {
                    at += 1;
                    return Some((start, Token::Other));
                }
            }
            if matches!(bytes[start], b'\'' | b'"' | b'`' | b'[') {
                return Some((start, Token::Other));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::split;

    fn statements(sql: &str) -> Vec<&str> {
        split(sql).collect()
    }

    #[test]
    fn semicolons_inside_strings_comments_and_triggers_do_not_split() {
        let sql = "create table a (x text default 'a;b'); -- one; two\n/* three; */\ninsert into a values ('it''s;');\n\
            create trigger t after insert on a begin update a set x = case when 1 then 'y;' else 'z' end; delete from a; end;\n\
            create index \"odd;name\" on a (x)";
        let found = statements(sql);
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found[2].ends_with("end;"), "{found:#?}");
        assert!(found[3].starts_with("create index"), "{found:#?}");
    }

    #[test]
    fn what_only_looks_like_a_trigger_or_a_comment_splits() {
        let steps = "create table steps (trigger text, begin text, [end;] text);";
        let named = "select [end;][e;] from steps;";
        let sql = format!("{steps} {named} select 3 - 1; select 8 / 2; begin; commit");
        let rest = ["select 3 - 1;", "select 8 / 2;", "begin;", "commit"];
        assert_eq!(statements(&sql), [&[steps, named][..], &rest].concat());
    }

    #[test]
    fn text_without_a_statement_has_none() {
        assert!(statements("").is_empty());
        assert!(statements("-- only a comment;\n ; ;;").is_empty());
        assert!(statements("/* never closed").is_empty());
        assert_eq!(statements(" \u{b}\u{a0} ;"), ["\u{b}\u{a0} ;"]);
        assert_eq!(statements("select 'never closed"), ["select 'never closed"]);
        assert_eq!(
            statements("select 'ä;ö'; select 2"),
            ["select 'ä;ö';", "select 2"]
        );
    }
}
