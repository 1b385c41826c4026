//! The query macros.
//!
//! Each macro passes the path of this crate to a procedural macro. So the macros also work in an app that renames the
//! dependency `whippet`.

/// Creates a query that is checked at compile time. The macro applies the migrations in the crate's folder `migrations`
/// to a database in memory. SQLite then checks the query against this database, under the rules of Cloudflare D1.
///
/// The values follow the SQL. `name = value` sets the parameter `:name`. If the parameters are written as `?`, the
/// values are in the order of the parameters. If no value is given for the parameter `:name`, the macro binds the
/// variable `name`. Values are borrowed.
///
/// The result is a [`Query`](crate::Query) if the statement returns no columns. Otherwise it is a
/// [`TypedQuery`](crate::sql::TypedQuery) of a struct that has a field for each column.
///
/// ```
/// use whippet::{Db, DbError, query};
///
/// async fn rename(db: &Db, id: i64, name: &str) -> Result<u64, DbError> {
///     // `migrations` names the folder of this example. The default is the folder `migrations`.
///     query!(migrations = "tests/query/migrations", "update users set name = :name where id = :id").execute(db).await
/// }
///
/// async fn print(db: &Db) -> Result<String, DbError> {
///     let users = query!(migrations = "tests/query/migrations", "select id, name, email from users order by id");
///     let lines = users.fetch_all(db).await?.into_iter().map(|user| {
///         // `email` can be null, so the field is an `Option`.
///         format!("{} {} {}\n", user.id, user.name, user.email.unwrap_or_default())
///     });
///     Ok(lines.collect())
/// }
/// # whippet::testing::block_on(async {
/// #     let app = whippet::testing::TestApp::new(|_| Ok(whippet::App::new())).await;
/// #     app.sql(include_str!("../../../tests/query/migrations/0001_users.sql")).await;
/// #     app.sql("insert into users (id, name, created_at) values (1, 'Ada', 0)").await;
/// #     assert_eq!(rename(&app.context().db(), 1, "Bob").await, Ok(1));
/// #     assert_eq!(print(&app.context().db()).await, Ok("1 Bob \n".to_owned()));
/// # });
/// ```
///
/// # Columns
///
/// [`FromColumn`](crate::sql::FromColumn) lists the Rust types into which each type of column can be read. The check
/// infers which columns are never null, for example from the schema, joins, `coalesce`, `group by`, and conditions such
/// as `name is not null`. `as "name!"` (not null) and `as "name?"` (nullable) override the check, and `as "name: Type"`
/// sets the type of the field. If a column contains null although the check or `as "name!"` excludes null, the query
/// fails with [`DbError::Decode`](crate::DbError::Decode).
///
/// # Pieces
///
/// Text in braces is an optional piece: a condition decides at run time whether the statement contains the piece. The
/// check covers every statement that the conditions can produce.
///
/// - `{and name = :name}` is left out if the value of `:name` is `None`. The same is true for `{, name = :name}` in
///   `update … set`.
/// - `{if :flag …}` is left out if the value of `:flag` is `false`. `{if not :flag …}` is left out if the value is
///   `true`.
/// - `where {page :cursor by created_at, id}` continues a list after a [`Cursor`](crate::response::Cursor): the macro writes
///   the condition, `order by` and `limit`.
///
/// To pass a list, bind the list to one parameter: `id in (select value from json_each(:ids))` with `ids = &ids`.
///
/// # Recompilation
///
/// cargo compiles the query again when a migration changes. cargo notices a new migration only if the crate has a
/// `build.rs` that prints `cargo::rerun-if-changed=migrations`.
///
/// `cargo::rustc-env=WHIPPET_MIGRATIONS=…` in `build.rs` sets another migrations folder for the whole crate.
///
/// # Errors
///
/// If SQLite rejects the query or a migration, compilation fails with SQLite's message. If a Rust type does not fit its
/// column or parameter, the compile error contains the name of the column or parameter.
#[macro_export]
macro_rules! query {
    ($($tokens:tt)*) => {
        $crate::sql::macro_impl::query! { $crate; $($tokens)* }
    };
}

/// Creates a [`query!`](crate::query!) whose rows are tuples, or structs that have a field for each column.
///
/// The struct needs no attributes. Compilation fails if a column has no field, or if a field has no column.
///
/// ```
/// use std::collections::BTreeMap;
/// use whippet::{Db, DbError, Timestamp, query_as};
///
/// struct User {
///     id: i64,
///     name: String,
///     // A list or a map is stored as JSON text.
///     tags: Option<Vec<String>>,
///     created_at: Timestamp,
/// }
///
/// async fn search(db: &Db, name: Option<&str>, ids: Option<&[i64]>) -> Result<Vec<User>, DbError> {
///     query_as!(migrations = "tests/query/migrations", User,
///         "select id, name, tags, created_at from users where created_at > 0
///          {and name like :name} {and id in (select value from json_each(:ids))} order by id"
///     ).fetch_all(db).await
/// }
/// # whippet::testing::block_on(async {
/// #     let app = whippet::testing::TestApp::new(|_| Ok(whippet::App::new())).await;
/// #     app.sql(include_str!("../../../tests/query/migrations/0001_users.sql")).await;
/// #     app.sql("insert into users (id, name, tags, created_at) values (1, 'Ada', '[\"x\"]', 5), (2, 'Bob', null, 5)").await;
/// #     assert_eq!(search(&app.context().db(), None, None).await?.len(), 2);
/// #     assert_eq!(search(&app.context().db(), Some("A%"), None).await?[0].tags, Some(vec!["x".to_owned()]));
/// #     assert_eq!(search(&app.context().db(), None, Some(&[2, 3])).await?[0].name, "Bob");
/// #     Ok::<_, DbError>(())
/// # }).expect("the queries");
/// ```
///
/// # Errors
///
/// Compilation fails in the same cases as for [`query!`](crate::query!).
#[macro_export]
macro_rules! query_as {
    ($($tokens:tt)*) => {
        $crate::sql::macro_impl::query_as! { $crate; $($tokens)* }
    };
}

/// Creates a [`query!`](crate::query!) that returns a single column. The Rust type of the column may precede the SQL.
///
/// ```
/// use whippet::{Column, Db, DbError, query_scalar};
///
/// #[derive(Column)]
/// struct UserId(i64);
///
/// async fn newest(db: &Db) -> Result<Option<UserId>, DbError> {
///     query_scalar!(migrations = "tests/query/migrations", UserId, "select id from users order by id desc limit 1")
///         .fetch_optional(db)
///         .await
/// }
///
/// async fn is_known(db: &Db, name: &str) -> Result<bool, DbError> {
///     query_scalar!(migrations = "tests/query/migrations", "select exists (select 1 from users where name = :name)")
///         .fetch_one(db)
///         .await
/// }
/// # let _ = (newest, is_known);
/// ```
///
/// # Errors
///
/// Compilation fails in the same cases as for [`query!`](crate::query!).
#[macro_export]
macro_rules! query_scalar {
    ($($tokens:tt)*) => {
        $crate::sql::macro_impl::query_scalar! { $crate; $($tokens)* }
    };
}
