//! The rules of the lint.

use serde::Serialize;

/// How severe a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// The migration loses data, or fails on a host.
    Error,
    /// The migration may be wrong.
    Warning,
}

impl Level {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A rule of the lint.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) level: Level,
    pub(super) title: &'static str,
    /// Why the rule exists, and what to do.
    pub(super) explanation: &'static str,
}

impl Rule {
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id.eq_ignore_ascii_case(id))
    }
}

use Level::{Error, Warning};

macro_rules! rules {
    ($($id:literal $level:ident $title:literal: $explanation:literal;)*) => {
        /// All rules, in the order of their ids.
        pub(super) const RULES: &[Rule] = &[$(Rule {
            id: $id,
            level: $level,
            title: $title,
            explanation: $explanation,
        }),*];
    };
}

rules! {
    "W001" Error "Dropping a table deletes or changes rows of other tables":
"`drop table` first deletes the rows of the table, and the foreign keys of other tables act on each deleted row: `on
delete cascade` deletes the rows that refer to it, `set null` and `set default` change them. D1 ignores `pragma
foreign_keys = off` in a migration, and `pragma defer_foreign_keys` delays only the check. To rebuild a table, copy the
rows of the other tables to a new table first, and copy them back at the end of the same file:
  create table child_keep as select * from child;
  -- create the new table, copy the rows, drop the old table, rename the new table
  insert into child select * from child_keep;
  drop table child_keep;";
    "W002" Error "Rebuilding a table loses its indexes, triggers or views":
"`drop table` also drops the indexes and triggers of the table, and a view may not work with the new columns. Create
the indexes, triggers and views again at the end of the same file.";
    "W003" Error "The pragma is ignored in a migration, or breaks foreign keys":
"A migration runs in a transaction, and SQLite ignores `pragma foreign_keys` in a transaction. With `pragma
legacy_alter_table = on`, renaming a table leaves the foreign keys of other tables with the old name. Remove the pragma.";
    "W004" Error "D1 rejects the statement":
"A migration already runs in a transaction, so `begin`, `commit`, `rollback`, `savepoint` and `release` fail. D1 has one
database, so it rejects `attach`, `detach`, `vacuum` and temporary tables, and most pragmas. Remove the statement.";
    "W005" Error "D1 does not have the function":
"D1 allows only some of SQLite's functions, also in views, checks, defaults, generated columns and triggers. Compute the
value in the program, or with other functions.";
    "W006" Error "Adding a column fails on a table that has rows":
"A new column that is `not null` needs a default other than null, and the default must be constant: SQLite rejects
`current_timestamp` and expressions in brackets if the table has rows. Add the column with a constant default, or without
`not null`, and fill it with an update.";
    "W007" Error "A unique index on a table that may have rows":
"`create unique index` fails if two rows have the same values, for example in the production database. Delete the
duplicates in the same file before the index is created, and allow the finding with a reason.";
    "W008" Warning "The running program may read a table or column that is renamed or dropped":
"During a deploy the old program runs on the new schema. Deploy a program that does not use the table or column first,
and rename or drop it in a later migration.";
    "W009" Warning "A foreign key has no index":
"Without an index on the columns of a foreign key, each delete or update of a referenced row reads every row of the
table with the foreign key. Create an index that begins with the columns.";
    "W010" Warning "A table is not strict":
"SQLite stores a value of any type in a column of a table that is not `strict`, so an error in a program is found late.
Add `strict` after the closing bracket.";
    "W011" Warning "A column of a primary key may be null":
"For historical reasons SQLite allows nulls in a primary key, even in several rows, unless the table is `strict` or
`without rowid`. Add `not null`.";
    "W012" Error "wrangler may split the file into other statements than SQLite":
"Versions of wrangler split a migration file into statements by their own rules. In a trigger, write `end` as a separate
word with white space before it, and use line feeds without carriage returns. wrangler removes the text `BEGIN
TRANSACTION;` and `COMMIT;`, also from strings and comments.";
    "W013" Warning "The statement rewrites a whole table":
"D1 bills each row that is written. While a statement runs, D1 blocks other queries, and D1 stops a statement that takes
too long. For a large table, change the rows in steps from the program or a task.";
    "W014" Warning "`if exists` hides that the schema differs from the expected schema":
"A migration is applied once, to a known schema. With `if not exists` or `if exists` a migration succeeds even if the
schema differs from the expected schema. Remove these words.";
    "W015" Warning "SQLite may reuse the id of a deleted row":
"Without `autoincrement`, a new row may get the id of the last deleted row. If ids are given to clients, an old id then
refers to another row. Add `autoincrement`, or use random text ids.";
    "W000" Error "An opt-out comment is not valid":
"An opt-out comment has a rule and a reason: `-- whippet: allow W001 the children are copied back below`. It applies to
the statement that contains or follows the comment. `-- whippet: allow-file W010 <reason>` applies to the whole file.";
}
