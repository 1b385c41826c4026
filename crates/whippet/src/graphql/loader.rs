//! Loaders, which read the values of many keys with one query.

use std::collections::HashMap;
use std::hash::Hash;

use crate::{Context, Problem};

/// Reads the values of many keys at once, so that reading the children of 100 objects takes one statement instead of
/// 100.
///
/// [`ResolverContext::load`](super::ResolverContext::load) collects the keys that all running resolvers ask for, and
/// calls [`load`](Self::load) when every resolver waits for a value. During a GraphQL query, each key is loaded only
/// once. Before each field of a mutation is executed, all loaded values are discarded. Requests share no loaded values.
/// The statements of a load count as statements of its request, and no load outlives its request.
///
/// ```
/// use std::collections::HashMap;
/// use async_graphql::{ComplexObject, Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SimpleObject};
/// use serde::Deserialize;
/// use whippet::graphql::{self, Loader, ResolverContext, group_by};
/// use whippet::testing::TestApp;
/// use whippet::{App, Problem, query};
///
/// #[derive(Clone, Deserialize, SimpleObject)]
/// #[graphql(complex)]
/// struct User { id: i64, name: String }
///
/// #[derive(Clone, Deserialize, SimpleObject)]
/// struct Note { user_id: i64, text: String }
///
/// struct NotesOfUser;
///
/// impl Loader for NotesOfUser {
///     type Key = i64;
///     type Value = Vec<Note>;
///
///     async fn load(context: &whippet::Context, ids: &[i64]) -> Result<HashMap<i64, Vec<Note>>, Problem> {
///         let sql = "select user_id, text from notes where user_id in (select value from json_each(?1)) order by rowid";
///         let notes = query(sql).bind_json(ids).fetch_all(&context.db()).await?;
///         Ok(group_by(notes, |note: &Note| note.user_id))
///     }
/// }
///
/// #[ComplexObject]
/// impl User {
///     async fn notes(&self, ctx: &Context<'_>) -> Result<Vec<Note>> {
///         Ok(ctx.load::<NotesOfUser>(self.id).await?.unwrap_or_default())
///     }
/// }
///
/// struct Query;
///
/// #[Object]
/// impl Query {
///     async fn users(&self, ctx: &Context<'_>) -> Result<Vec<User>> {
///         Ok(query("select id, name from users order by id").fetch_all(&ctx.db()?).await?)
///     }
/// }
///
/// # whippet::testing::block_on(async {
/// let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
/// let app = TestApp::new(|_| Ok(App::new().routes(graphql::routes("/graphql", schema)))).await;
/// app.sql("create table users (id integer, name text); insert into users values (1, 'Ada'), (2, 'Grace');
///          create table notes (user_id integer, text text); insert into notes values (2, 'tea')").await;
/// let before = app.statements().len();
/// let response = app.post("/graphql").json(&serde_json::json!({"query": "{ users { notes { text } } }"})).await;
/// assert_eq!(response.text(), r#"{"data":{"users":[{"notes":[]},{"notes":[{"text":"tea"}]}]}}"#);
/// assert_eq!(app.statements().len() - before, 2);
/// # });
/// ```
pub trait Loader: 'static {
    /// The type of the keys, which identify values.
    type Key: Eq + Hash + Clone + Send + Sync + 'static;

    /// The type of the values. Every resolver that asks for a key gets a clone of its value.
    type Value: Clone + Send + Sync + 'static;

    /// The maximum number of keys in one call. If there are more keys, `load` is called several times. Bind the keys as
    /// one JSON array, as in the example above, because D1 accepts at most 100 parameters.
    const MAX_KEYS: usize = 1_000;

    /// Reads the values of the keys. `keys` has no duplicates. A key without a value is absent from the result.
    ///
    /// # Errors
    ///
    /// If `load` returns an error, every field that waits for one of the keys fails with this error.
    fn load(
        context: &Context,
        keys: &[Self::Key],
    ) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>, Problem>> + Send;
}

/// Groups rows by a key, for a [`Loader`] whose values are lists. Rows with the same key keep their order.
pub fn group_by<K: Eq + Hash, T>(
    rows: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> K,
) -> HashMap<K, Vec<T>> {
    let mut groups: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}
