//! The trait of records.

use super::children::{ChildOf, Children};
use super::insert::Insert;
use super::modify::Modify;
use super::pages::{Paged, RecordPage};
use super::patch::{RecordPatch, patch_sql};
use super::table::{Table, same, values};
use crate::db::checked::{Row, TypedQuery, Values, composed};
use crate::response::{InvalidCursor, Order, PageParams};
use crate::{DbError, Value};

/// A struct whose fields are the columns of a table. `#[derive(Record)]` implements the trait.
///
/// The derive macro checks the struct and every statement against the migrations of the crate when the program is
/// compiled. If the type of a field does not fit the column, the program does not compile.
///
/// ```
/// use whippet::{Db, DbError, Problem, Record, Timestamp};
///
/// #[derive(Record)]
/// #[record(table = "notes", migrations = "tests/record/migrations")]
/// struct Note {
///     id: String,
///     author_id: i64,
///     title: String,
///     body: Option<String>,
///     #[record(json)]
///     labels: Vec<String>,
///     created_at: Timestamp,
///     // The length of the title, which the database computes.
///     #[record(generated)]
///     title_length: i64,
///     // Each update increments the version, and fails if the record was changed since it was read.
///     #[record(version)]
///     version: i64,
/// }
///
/// async fn rename(db: &Db, id: &str, title: &str) -> Result<Note, Problem> {
///     let mut note = Note::by_id(id).fetch_one(db).await?;
///     note.title = title.to_owned();
///     Ok(note.update().fetch(db).await?)
/// }
/// # whippet::testing::block_on(async {
/// # let app = whippet::testing::TestApp::new(|_| Ok(whippet::App::new())).await;
/// # app.sql(include_str!("../../tests/record/migrations/0001_notes.sql")).await;
/// # app.sql("insert into authors values (1, 'Ada'); insert into notes (id, author_id, title, labels, created_at, version)
/// #     values ('n1', 1, 'Tea', '[]', 0, 1)").await;
/// # let note = rename(&app.context().db(), "n1", "Coffee").await?;
/// # assert_eq!((note.title_length, note.version), (6, 2));
/// # Ok::<_, Problem>(())
/// # }).expect("the statements");
/// ```
///
/// The settings of the struct, in `#[record(…)]`:
///
/// - `table = "…"`: the table. This setting is required.
/// - `page(a, b)`: the fields by which [`page`](Self::page) sorts the records. The key must be among these fields. By
///   default, `page` sorts by the key.
/// - `migrations = "…"`, `crate = path`: see [`query!`](crate::query!) and `#[derive(Column)]`.
///
/// The settings of a field:
///
/// - `key`: the field is part of the primary key. If no field has this setting, the schema determines the key.
/// - `default`: [`insert`](Self::insert) omits the column, so the database sets it to its default or to the next row
///   id.
/// - `generated`: the database computes the value of the column.
/// - `json`: the column is JSON text, which serde reads and writes. If the column can be null, the field is an
///   `Option`, and the JSON text `null` is also read as `None`.
/// - `version`: the field is an integer that each update increments: see [`update`](Self::update).
/// - `parent = Type`: the column is a foreign key, which refers to the record `Type`: see [`of_each`](Self::of_each).
/// - `column = "…"`: the name of the column, if it differs from the name of the field.
/// - `index`, `unique`, `on_delete = "…"`, `sql = "…"`, and the SQL in `default = "…"` and `generated = "…"`: the
///   schema of the column. Only `whippet migrate diff` reads these settings. It also reads the settings `index(a, b)`
///   and `unique(a, b)` of the struct, which declare indexes of several columns.
///
/// The struct may omit columns of the table that have a default or can be null.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a record",
    note = "add `#[derive(whippet::Record)]` and `#[record(table = \"…\")]`"
)]
pub trait Record: Sized + 'static {
    /// The type of the key: an integer, a `&str`, a reference to another type, or a tuple if the key has several
    /// columns.
    type Id<'a>;
    #[doc(hidden)]
    const TABLE: &'static Table;
    #[doc(hidden)]
    const COLUMNS: &'static [&'static str];
    #[doc(hidden)]
    const SELECT: &'static str;
    #[doc(hidden)]
    const INSERT: (&'static str, &'static [u8]);
    #[doc(hidden)]
    const UPSERT: (&'static str, &'static [u8]);
    #[doc(hidden)]
    const UPDATE: (&'static str, &'static [u8]);
    #[doc(hidden)]
    const KEY: &'static [u8];
    #[doc(hidden)]
    const PAGE: (&'static [&'static str], &'static [u8]);
    #[doc(hidden)]
    const VERSION: Option<u8> = None;

    #[doc(hidden)]
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError>;

    #[doc(hidden)]
    fn value_of(&self, column: u8) -> Result<Value, DbError>;

    #[doc(hidden)]
    fn id_values(id: Self::Id<'_>) -> Values;

    /// Returns the query that reads the record with this key.
    ///
    /// `fetch_optional` returns `None` if the table has no such record.
    fn by_id(id: Self::Id<'_>) -> TypedQuery<Self> {
        let query = composed(&[Self::SELECT, Self::TABLE.by_key], Self::id_values(id));
        TypedQuery::new(query, Self::COLUMNS, Self::from_row)
    }

    /// Returns the statement that inserts the record.
    ///
    /// The statement fails with [`DbError::Unique`] if the table has a record with the same key.
    fn insert(&self) -> Insert<Self> {
        let (sql, columns) = Self::INSERT;
        Insert::new(sql, values(columns, &|column| self.value_of(column)))
    }

    /// Returns the statement that stores the record. If the table already has a record with the same key, the statement
    /// replaces the stored record. Otherwise, the statement inserts the record.
    ///
    /// A replaced record keeps the values of the columns with the setting `default`. If the record has a version, the
    /// statement increments the stored version without a check.
    fn upsert(&self) -> Insert<Self> {
        let (sql, columns) = Self::UPSERT;
        Insert::new(sql, values(columns, &|column| self.value_of(column)))
    }

    /// Returns the statement that sets all columns of the stored record, except the key, to the values of this record.
    ///
    /// If the record has a version, the statement increments the stored version. If the stored version differs from the
    /// version of this record, the statement changes nothing.
    fn update(&self) -> Modify<Self> {
        let (sql, columns) = Self::UPDATE;
        let write = |column| self.value_of(column);
        let mut all = values(Self::KEY, &write);
        all.extend(values(columns, &write));
        let modify = Modify::new(&[sql, Self::TABLE.by_key], all);
        match Self::VERSION {
            Some(version) => modify.of_version(self.value_of(version)),
            None => modify,
        }
    }

    /// Returns the statement that changes only the columns for which `patch` contains new values.
    ///
    /// If `patch` contains no new values, the statement sets the key to its current value. This changes no data, but
    /// the statement still finds out whether the record exists, and runs the `update` triggers of the table. If `patch`
    /// is for another table, the program does not compile.
    ///
    /// ```
    /// use serde::Deserialize;
    /// use whippet::response::IfMatch;
    /// use whippet::{Change, Db, Json, NoContent, Patch, Path, Problem, Record, RecordPatch, patch};
    /// # use whippet::Timestamp;
    /// # #[derive(Record)]
    /// # #[record(table = "notes", migrations = "tests/record/migrations")]
    /// # struct Note { id: String, author_id: i64, title: String, #[record(json)] labels: Vec<String>, created_at: Timestamp,
    /// #     #[record(version)] version: i64 }
    ///
    /// #[derive(Deserialize, RecordPatch, schemars::JsonSchema)]
    /// #[record(table = "notes", migrations = "tests/record/migrations")]
    /// struct NotePatch {
    ///     title: Change<String>,
    ///     body: Patch<String>,
    /// }
    ///
    /// /// Responds 404 if the note does not exist, and 412 if it has another version than `If-Match`.
    /// #[patch("/notes/{id}")]
    /// async fn change_note(
    ///     Path(id): Path<String>, if_match: IfMatch, db: Db, Json(patch): Json<NotePatch>,
    /// ) -> Result<NoContent, Problem> {
    ///     Note::patch(&id, &patch).if_match(&if_match).apply(&db).await?;
    ///     Ok(NoContent)
    /// }
    /// # let _ = change_note;
    /// ```
    fn patch<P: RecordPatch>(id: Self::Id<'_>, patch: &P) -> Modify<Self> {
        const {
            assert!(
                same(Self::TABLE.name, P::TABLE),
                "the patch and the record are for different tables: use a patch of the record's table"
            );
        }
        let mut all = Self::id_values(id);
        let sql = patch_sql(Self::TABLE, patch.changes(), &mut all);
        Modify::new(&[&sql, Self::TABLE.by_key], all)
    }

    /// Returns the statement that deletes the record with this key.
    fn delete(id: Self::Id<'_>) -> Modify<Self> {
        Modify::new(
            &["delete from ", Self::TABLE.sql, Self::TABLE.by_key],
            Self::id_values(id),
        )
    }

    /// Returns one page of the records, sorted by the fields in `page(…)`. Every page takes the same time to read. If
    /// records are created or deleted between two requests, the next page still repeats no record and skips none.
    ///
    /// `order` applies if the request does not choose an order. The cursors of the page contain the name of the table,
    /// so they are valid only for lists of this table.
    ///
    /// ```
    /// use whippet::extract::Query;
    /// use whippet::response::{Order, Page, PageParams};
    /// use whippet::{Db, Problem, Record, get};
    ///
    /// #[derive(Record, serde::Serialize, schemars::JsonSchema)]
    /// #[record(table = "authors", migrations = "tests/record/migrations", page(name, id))]
    /// struct Author { id: i64, name: String }
    ///
    /// #[get("/authors")]
    /// async fn list_authors(db: Db, Query(params): Query<PageParams>) -> Result<Page<Author>, Problem> {
    ///     Author::page(params, Order::Ascending)?.fetch(&db).await
    /// }
    /// # let _ = list_authors;
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the cursor in `params` is not from a page of this list.
    fn page(params: PageParams, order: Order) -> Result<RecordPage<Self>, InvalidCursor>
    where
        Self: Paged,
    {
        let cursor = params.cursor(Self::TABLE.name, Self::PAGE.0, order)?;
        Ok(RecordPage::new(cursor))
    }

    /// Returns the query that reads the children of all `parents` at once.
    ///
    /// ```
    /// use whippet::{Db, DbError, Record};
    /// # use whippet::Timestamp;
    ///
    /// #[derive(Record)]
    /// #[record(table = "authors", migrations = "tests/record/migrations")]
    /// struct Author { id: i64, name: String }
    ///
    /// #[derive(Record)]
    /// #[record(table = "notes", migrations = "tests/record/migrations")]
    /// struct Note {
    ///     id: String,
    ///     #[record(parent = Author)]
    ///     author_id: i64,
    ///     title: String,
    ///     #[record(json)]
    ///     labels: Vec<String>,
    ///     created_at: Timestamp,
    ///     version: i64,
    /// }
    ///
    /// async fn with_notes(db: &Db, authors: Vec<Author>) -> Result<Vec<(Author, Vec<Note>)>, DbError> {
    ///     let notes = Note::of_each(&authors).fetch(db).await?;
    ///     Ok(authors.into_iter().zip(notes).collect())
    /// }
    /// # let _ = with_notes;
    /// ```
    fn of_each<P: Record>(parents: &[P]) -> Children<Self>
    where
        Self: ChildOf<P>,
    {
        let keys = parents.iter().map(|parent| match P::KEY {
            [key] => parent.value_of(*key),
            _ => Ok(Value::Null),
        });
        let (column, index) = Self::PARENT;
        Children::new(column, index, keys.collect())
    }
}
