//! Connections: lists as the Relay specification defines them. Connections use the same cursors as
//! [`Page`](crate::Page).

use async_graphql::OutputType;
use async_graphql::connection::{Connection, Edge};

use crate::response::{Cursor, Order, PageLimit};
use crate::{FieldError, Problem, Value};

/// The arguments of a connection, as in the [Relay specification](https://relay.dev/graphql/connections.htm): `first`
/// and `after`, or `last` and `before`. Without `first` and `last`, a connection has the first 50 items. `first` and
/// `last` are at most 250.
///
/// The cursors have the same format as in REST lists. A connection and a [`Page`](crate::Page) can share cursors if
/// both give their list the same name and the same columns. The cursor `next` of the page is then a valid value for the
/// argument `after` of the connection.
///
/// ```
/// use async_graphql::connection::Connection;
/// use async_graphql::{Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SimpleObject};
/// use serde::Deserialize;
/// use whippet::graphql::{self, ConnectionArgs, ResolverContext, connection, page_complexity};
/// use whippet::response::Order;
/// use whippet::testing::TestApp;
/// use whippet::{App, AssertSqlSafe, query};
///
/// #[derive(Deserialize, SimpleObject)]
/// struct Note { id: i64, text: String }
///
/// struct Query;
///
/// #[Object]
/// impl Query {
///     #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
///     async fn notes(
///         &self,
///         ctx: &Context<'_>,
///         first: Option<i32>,
///         after: Option<String>,
///         last: Option<i32>,
///         before: Option<String>,
///     ) -> Result<Connection<String, Note>> {
///         let args = ConnectionArgs { first, after, last, before };
///         let cursor = args.cursor("notes", &["id"], Order::Ascending)?;
///         let sql = format!("select id, text from notes where {}", cursor.sql());
///         let notes = query(AssertSqlSafe(sql)).bind(cursor.key()).bind(cursor.limit());
///         let notes: Vec<Note> = notes.fetch_all(&ctx.db()?).await?;
///         Ok(connection(&cursor, notes, |note| [note.id.into()])?)
///     }
/// }
///
/// # whippet::testing::block_on(async {
/// let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
/// let app = TestApp::new(|_| Ok(App::new().routes(graphql::routes("/graphql", schema)))).await;
/// app.sql("create table notes (id integer, text text); insert into notes values (1, 'tea'), (2, 'milk'), (3, 'jam')").await;
/// let query = "{ notes(last: 1) { edges { cursor node { text } } pageInfo { hasPreviousPage } } }";
/// let body = app.post("/graphql").json(&serde_json::json!({"query": query})).await.json();
/// let notes = &body["data"]["notes"];
/// assert_eq!(notes["edges"][0]["node"]["text"], "jam");
/// assert_eq!(notes["pageInfo"]["hasPreviousPage"], true);
/// # });
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ConnectionArgs {
    /// The number of items to read after the cursor, or from the start of the list.
    pub first: Option<i32>,
    /// The connection starts after the item with this cursor.
    pub after: Option<String>,
    /// The number of items to read before the cursor, or from the end of the list.
    pub last: Option<i32>,
    /// The connection ends before the item with this cursor.
    pub before: Option<String>,
}

/// The maximum complexity of a connection. A document has at most 10,000 selections, so the sum of their complexities
/// fits into 32 bits, and does not wrap around on wasm32.
const MAX_COMPLEXITY: usize = 1 << 18;

/// Returns the complexity of a connection: the complexity of an item, multiplied by the number of items that the
/// arguments `first` and `last` ask for. Use this function in the attribute `complexity` of a connection: see
/// [`ConnectionArgs`]. The result is at most 262,144, which is above every useful
/// [limit](crate::graphql::Limits::complexity).
#[must_use]
pub fn page_complexity(first: Option<i32>, last: Option<i32>, child_complexity: usize) -> usize {
    let items = first.or(last).map_or(PageLimit::default().get(), |number| {
        u32::try_from(number).unwrap_or(0).min(PageLimit::MAX)
    });
    let complexity = (items as usize).saturating_mul(child_complexity);
    complexity.min(MAX_COMPLEXITY)
}

impl ConnectionArgs {
    /// Decodes the cursor in the arguments. The rows of the list must be sorted by `columns`.
    /// [`PageParams::cursor`](crate::response::PageParams::cursor) does the same for REST lists.
    ///
    /// # Errors
    ///
    /// Returns a 422 problem for a cursor of another list, for a number outside 1 to 250, and for arguments of both
    /// directions.
    pub fn cursor(
        self,
        list: &'static str,
        columns: &'static [&'static str],
        order: Order,
    ) -> Result<Cursor, Problem> {
        let backwards = self.last.is_some() || self.before.is_some();
        if backwards && (self.first.is_some() || self.after.is_some()) {
            let message = "use either `first` and `after`, or `last` and `before`";
            return Err(invalid("/first", "direction", message.to_owned()));
        }
        let (name, number) = match backwards {
            true => ("/last", self.last),
            false => ("/first", self.first),
        };
        // A negative number becomes 0, which is out of range too.
        let number = number.map(|number| number.try_into().unwrap_or(0_u32));
        let limit = number.map(PageLimit::try_from).transpose();
        let limit = limit.map_err(|error| invalid(name, "range", error.to_string()))?;
        let (name, encoded) = match backwards {
            true => ("/before", self.before),
            false => ("/after", self.after),
        };
        Cursor::directed(
            list,
            columns,
            order,
            limit.unwrap_or_default(),
            backwards,
            encoded.as_deref(),
        )
        .map_err(|_| invalid(name, "cursor", "must be a cursor of this list".to_owned()))
    }
}

fn invalid(pointer: &str, code: &'static str, message: String) -> Problem {
    Problem::invalid(vec![FieldError::new(pointer, code, message)])
}

/// Builds the connection from the rows of a query. The SQL of the query must contain [`Cursor::sql`]. `key` returns the
/// sort key of a row, as for [`Cursor::page`].
///
/// If the connection is read forwards (`first`), `hasNextPage` is exact, and `hasPreviousPage` is true if the request
/// has a cursor. If the connection is read backwards (`last`), `hasPreviousPage` is exact, and `hasNextPage` is true if
/// the request has a cursor.
///
/// # Errors
///
/// Returns a 500 problem if a value of a key is neither text nor an integer.
pub fn connection<T, K>(
    cursor: &Cursor,
    rows: Vec<T>,
    key: impl Fn(&T) -> K,
) -> Result<Connection<String, T>, Problem>
where
    T: OutputType,
    K: IntoIterator<Item = Value>,
{
    let page = cursor.page(rows, &key)?;
    let (has_previous, has_next) = match cursor.is_backwards() {
        true => (page.has_more, cursor.has_position()),
        false => (cursor.has_position(), page.has_more),
    };
    let mut connection = Connection::new(has_previous, has_next);
    for item in page.items {
        let cursor = cursor.of_item(key(&item))?;
        connection.edges.push(Edge::new(cursor, item));
    }
    Ok(connection)
}
