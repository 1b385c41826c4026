//! The records that the tests use, and a database for them.

use serde::{Deserialize, Serialize};
use whippet::testing::TestApp;
use whippet::{App, Column, Db, Record, Timestamp, migrations};

#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "authors", migrations = "tests/record/migrations")]
pub(crate) struct Author {
    pub(crate) id: i64,
    pub(crate) name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Color {
    pub(crate) red: u8,
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Record)]
#[record(
    table = "notes",
    migrations = "tests/record/migrations",
    page(created_at, id)
)]
pub(crate) struct Note {
    pub(crate) id: String,
    #[record(parent = Author)]
    pub(crate) author_id: i64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) labels: Vec<String>,
    #[record(json)]
    pub(crate) color: Option<Color>,
    pub(crate) created_at: Timestamp,
    #[record(generated)]
    pub(crate) title_length: i64,
    #[record(version)]
    pub(crate) version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Column)]
pub(crate) struct Team(pub(crate) String);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Column)]
pub(crate) enum Role {
    Reader,
    ChiefEditor,
}

/// In this struct, the fields of the key have another order than the key columns have in the table.
#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(table = "members", migrations = "tests/record/migrations")]
pub(crate) struct Member {
    #[record(key, parent = Author)]
    pub(crate) author_id: i64,
    #[record(key)]
    pub(crate) team: Team,
    pub(crate) role: Role,
    #[record(column = "order")]
    pub(crate) position: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Record)]
#[record(table = "entries", migrations = "tests/record/migrations")]
pub(crate) struct Entry {
    #[record(default)]
    pub(crate) id: i64,
    pub(crate) text: String,
    #[record(default)]
    pub(crate) at: Timestamp,
}

/// The only field of this record is its key.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "marks", migrations = "tests/record/migrations")]
pub(crate) struct Mark {
    pub(crate) code: Vec<u8>,
}

pub(crate) fn note(id: &str) -> Note {
    Note {
        id: id.to_owned(),
        author_id: 1,
        title: format!("Note {id}"),
        body: None,
        labels: vec!["a".to_owned(), "\"b\"".to_owned()],
        color: None,
        created_at: Timestamp::from_millis(5),
        title_length: 0,
        version: 1,
    }
}

/// Creates a database with two authors.
pub(crate) async fn database() -> (TestApp, Db) {
    let app = App::new().migrations(migrations!("tests/record/migrations"));
    let app = TestApp::new(|_| Ok(app)).await;
    app.sql("insert into authors values (1, 'Ada'), (2, 'Bob')")
        .await;
    let db = app.context().db();
    (app, db)
}
