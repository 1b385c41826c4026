//! Connections and global ids.

use async_graphql::connection::Connection;
use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Object, Result, Schema, SimpleObject,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use whippet::extract::Query as QueryString;
use whippet::graphql::{self, ConnectionArgs, ResolverContext, connection, page_complexity};
use whippet::response::{Order, PageParams};
use whippet::testing::TestApp;
use whippet::{App, AssertSqlSafe, Db, Page, Problem, get, query, routes};

#[derive(Deserialize, Serialize, SimpleObject, schemars::JsonSchema)]
struct Note {
    id: i64,
}

struct Query;

#[Object]
impl Query {
    #[graphql(complexity = "page_complexity(first, last, child_complexity)")]
    async fn notes(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Note>> {
        let args = ConnectionArgs {
            first,
            after,
            last,
            before,
        };
        let cursor = args.cursor("notes", &["id"], Order::Ascending)?;
        let sql = format!("select id from notes where {}", cursor.sql());
        let notes = query(AssertSqlSafe(sql))
            .bind(cursor.key())
            .bind(cursor.limit());
        let notes: Vec<Note> = notes.fetch_all(&ctx.db()?).await?;
        Ok(connection(&cursor, notes, |note| [note.id.into()])?)
    }
}

/// The list of the connection `notes`, as a REST operation.
#[get("/notes")]
async fn list_notes(
    db: Db,
    QueryString(page): QueryString<PageParams>,
) -> Result<Page<Note>, Problem> {
    let cursor = page.cursor("notes", &["id"], Order::Ascending)?;
    let sql = format!("select id from notes where {}", cursor.sql());
    let notes = query(AssertSqlSafe(sql))
        .bind(cursor.key())
        .bind(cursor.limit());
    cursor.page(notes.fetch_all(&db).await?, |note: &Note| [note.id.into()])
}

async fn start(notes: i64) -> TestApp {
    let schema = || Schema::build(Query, EmptyMutation, EmptySubscription);
    let app = App::new()
        .routes(graphql::routes("/graphql", schema))
        .routes(routes![list_notes]);
    let app = TestApp::new(|_| Ok(app)).await;
    app.sql("create table notes (id integer primary key)").await;
    for id in 1..=notes {
        app.sql(&format!("insert into notes values ({id})")).await;
    }
    app
}

/// Returns the ids, the cursors, and two flags: whether there is a previous page, and whether there is a next page.
async fn page(app: &TestApp, arguments: &str) -> (Vec<i64>, Vec<String>, [bool; 2]) {
    let fields = "edges { cursor node { id } } nodes { id } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }";
    let query = json!({"query": format!("{{ notes{arguments} {{ {fields} }} }}")});
    let body = app.post("/graphql").json(&query).await.json();
    assert_eq!(body["errors"], Value::Null, "{arguments}");
    let notes = &body["data"]["notes"];
    let edges = notes["edges"].as_array().unwrap();
    let ids = edges
        .iter()
        .map(|edge| edge["node"]["id"].as_i64().unwrap())
        .collect();
    let cursors: Vec<String> = edges
        .iter()
        .map(|edge| edge["cursor"].as_str().unwrap().to_owned())
        .collect();
    let info = &notes["pageInfo"];
    assert_eq!(
        info["startCursor"].as_str(),
        cursors.first().map(String::as_str)
    );
    assert_eq!(
        info["endCursor"].as_str(),
        cursors.last().map(String::as_str)
    );
    let flags =
        [&info["hasPreviousPage"], &info["hasNextPage"]].map(|flag| flag.as_bool().unwrap());
    (ids, cursors, flags)
}

#[whippet::test]
async fn a_connection_is_read_forwards_and_backwards() {
    let app = start(5).await;
    let (ids, cursors, flags) = page(&app, "(first: 2)").await;
    assert_eq!((ids, flags), (vec![1, 2], [false, true]));
    let (ids, cursors, flags) = page(&app, &format!("(first: 2, after: \"{}\")", cursors[1])).await;
    assert_eq!((ids, flags), (vec![3, 4], [true, true]));
    let (ids, _, flags) = page(&app, &format!("(after: \"{}\")", cursors[1])).await;
    assert_eq!((ids, flags), (vec![5], [true, false]));
    let (ids, _, flags) = page(&app, &format!("(last: 1, before: \"{}\")", cursors[0])).await;
    assert_eq!((ids, flags), (vec![2], [true, true]));
    let (ids, cursors, flags) = page(&app, "(last: 2)").await;
    assert_eq!((ids, flags), (vec![4, 5], [true, false]));
    let (ids, _, flags) = page(&app, &format!("(last: 9, before: \"{}\")", cursors[0])).await;
    assert_eq!((ids, flags), (vec![1, 2, 3], [false, true]));
    let (ids, _, flags) = page(&app, "").await;
    assert_eq!((ids, flags), (vec![1, 2, 3, 4, 5], [false, false]));
    let (ids, _, flags) = page(&start(0).await, "").await;
    assert_eq!((ids, flags), (vec![], [false, false]));
}

#[whippet::test]
async fn a_connection_and_a_rest_list_have_the_same_cursors() {
    let app = start(5).await;
    let (_, cursors, _) = page(&app, "(first: 2)").await;
    let rest = app.get("/notes?limit=2").await.json();
    assert_eq!(rest["next"], cursors[1]);
    let next = app
        .get("/notes?limit=2")
        .query("cursor", &cursors[1])
        .await
        .json();
    assert_eq!(next["items"], json!([{"id": 3}, {"id": 4}]));
}

#[whippet::test]
async fn invalid_arguments_are_errors_with_pointers() {
    let app = start(1).await;
    for (arguments, pointer) in [
        ("(first: 0)", "/first"),
        ("(first: 251)", "/first"),
        ("(first: -1)", "/first"),
        ("(first: 2147483647)", "/first"),
        ("(last: 0)", "/last"),
        ("(last: -2147483648)", "/last"),
        ("(after: \"x\")", "/after"),
        ("(before: \"\")", "/before"),
        ("(first: 1, last: 1)", "/first"),
        ("(first: 1, before: \"x\")", "/first"),
    ] {
        let query = json!({"query": format!("{{ notes{arguments} {{ nodes {{ id }} }} }}")});
        let body = app.post("/graphql").json(&query).await.json();
        let extensions = &body["errors"][0]["extensions"];
        assert_eq!(
            extensions["errors"][0]["pointer"], pointer,
            "{arguments}: {body}"
        );
    }
}

#[whippet::test]
async fn the_complexity_of_a_connection_does_not_wrap_around() {
    assert_eq!(page_complexity(None, None, 3), 150);
    assert_eq!(page_complexity(Some(10), None, 3), 30);
    assert_eq!(page_complexity(None, Some(i32::MAX), 3), 750);
    assert_eq!(page_complexity(Some(-1), None, 3), 0);
    let nested = (0..20).fold(1, |complexity, _| {
        page_complexity(Some(250), None, complexity)
    });
    assert_eq!(nested, 1 << 18);
}
