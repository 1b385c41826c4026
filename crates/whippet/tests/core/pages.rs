//! Keyset pagination.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use whippet::axum::http::StatusCode;
use whippet::extract::Query;
use whippet::response::{Order, Page, PageParams};
use whippet::routing::get;
use whippet::testing::{TestApp, block_on};
use whippet::{App, AssertSqlSafe, Db, Migration, Migrations, Problem, query};

const MIGRATIONS: Migrations = Migrations::new(&[Migration {
    name: "0001_notes.sql",
    sql: "create table notes (rank integer not null, id text not null, primary key (rank, id)) strict;
          insert into notes values (1, 'a'), (1, 'b'), (2, 'a'), (9007199254740991, 'z'), (1, 'é''\"');",
}]);

#[derive(Serialize, Deserialize)]
struct Note {
    rank: i64,
    id: String,
}

async fn list(db: Db, Query(page): Query<PageParams>) -> Result<Page<String>, Problem> {
    let cursor = page.cursor("notes", &["rank", "id"], Order::Ascending)?;
    let sql = format!(
        "select rank, id from notes where id <> '' and {}",
        cursor.sql()
    );
    let rows = query(AssertSqlSafe(sql))
        .bind(cursor.key())
        .bind(cursor.limit());
    let page = cursor.page(rows.fetch_all(&db).await?, |note: &Note| {
        [note.rank.into(), note.id.as_str().into()]
    })?;
    Ok(page.map(|note| format!("{}{}", note.rank, note.id)))
}

async fn list_others(Query(page): Query<PageParams>) -> Result<Page<()>, Problem> {
    let cursor = page.cursor("others", &["rank", "id"], Order::Ascending)?;
    cursor.page(Vec::new(), |()| [])
}

async fn list_badly(Query(page): Query<PageParams>) -> Result<Page<u8>, Problem> {
    page.cursor("bad", &["x"], Order::Ascending)?
        .page(vec![1], |_| [0.5.into()])
}

async fn app() -> TestApp {
    let app = App::new().migrations(MIGRATIONS).route("/notes", get(list));
    let app = app
        .route("/others", get(list_others))
        .route("/bad", get(list_badly));
    TestApp::new(|_| Ok(app)).await
}

/// Reads pages until there are no more. The first request has the cursor `cursor`, or no cursor if `cursor` is empty.
/// Each further request has the cursor from the field `direction` (`next` or `previous`) of the page before. Returns
/// two values: the items of each page, and the last page.
async fn walk(
    app: &TestApp,
    query: &str,
    mut cursor: String,
    direction: &str,
) -> (Vec<Value>, Value) {
    let mut pages = Vec::new();
    loop {
        let page = app
            .get(&format!("/notes?{query}&cursor={cursor}"))
            .await
            .json();
        pages.push(page["items"].clone());
        if page["has_more"] == false {
            return (pages, page);
        }
        cursor = page[direction].as_str().unwrap().to_owned();
    }
}

#[whippet::test]
fn pages_visit_every_item_once_in_both_orders_and_directions() {
    block_on(async {
        let app = app().await;
        let (pages, last) = walk(&app, "limit=2", String::new(), "next").await;
        let max = "9007199254740991z";
        assert_eq!(
            pages,
            [json!(["1a", "1b"]), json!(["1é'\"", "2a"]), json!([max])]
        );
        let back = last["previous"].as_str().unwrap().to_owned();
        let (pages, first) = walk(&app, "limit=2", back, "previous").await;
        assert_eq!(pages, [json!(["1é'\"", "2a"]), json!(["1a", "1b"])]);
        // Reads forward again, starting after the first page.
        let next = first["next"].as_str().unwrap().to_owned();
        let (pages, _) = walk(&app, "limit=50", next, "next").await;
        assert_eq!(pages, [json!(["1é'\"", "2a", max])]);
        let (pages, _) = walk(&app, "limit=3&order=descending", String::new(), "next").await;
        assert_eq!(pages, [json!([max, "2a", "1é'\""]), json!(["1b", "1a"])]);
    });
}

#[whippet::test]
fn items_created_between_two_pages_cause_no_duplicates_and_no_gaps() {
    block_on(async {
        let app = app().await;
        let first = app.get("/notes?limit=2").await.json();
        let insert = query("insert into notes values (0, 'new'), (2, '0')");
        insert.execute(&app.context().db()).await.unwrap();
        let next = first["next"].as_str().unwrap();
        let second = app
            .get(&format!("/notes?limit=2&cursor={next}"))
            .await
            .json();
        assert_eq!(second["items"], json!(["1é'\"", "20"]));
    });
}

#[whippet::test]
fn an_empty_page_returns_the_cursor_of_the_request() {
    block_on(async {
        let app = app().await;
        let empty = app.get("/others").await.json();
        assert_eq!(
            empty,
            json!({"items": [], "next": null, "previous": null, "has_more": false})
        );
        let (_, last) = walk(&app, "limit=5", String::new(), "next").await;
        let end = last["next"].as_str().unwrap();
        let beyond = app.get(&format!("/notes?cursor={end}")).await.json();
        assert_eq!(
            (&beyond["items"], &beyond["next"]),
            (&json!([]), &json!(end))
        );
        query("insert into notes values (9007199254740991, 'zz')")
            .execute(&app.context().db())
            .await
            .unwrap();
        let more = app.get(&format!("/notes?cursor={end}")).await.json();
        assert_eq!(more["items"], json!(["9007199254740991zz"]));
    });
}

#[whippet::test]
fn invalid_cursors_and_cursors_of_other_lists_are_rejected() {
    block_on(async {
        let app = app().await;
        let page = app.get("/notes?limit=1").await.json();
        let cursor = page["next"].as_str().unwrap();
        for path in [
            format!("/others?cursor={cursor}"),
            format!("/notes?cursor={cursor}A"),
            "/notes?cursor=nonsense!".to_owned(),
            "/notes?cursor=%00".to_owned(),
            // The decoded cursors: ["notes",false,[1]], ["notes",false,[1,null]] and ["notes",false,[1,[2]]].
            "/notes?cursor=WyJub3RlcyIsZmFsc2UsWzFdXQ".to_owned(),
            "/notes?cursor=WyJub3RlcyIsZmFsc2UsWzEsbnVsbF1d".to_owned(),
            "/notes?cursor=WyJub3RlcyIsZmFsc2UsWzEsWzJdXV0".to_owned(),
        ] {
            let response = app.get(&path).await;
            assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
            assert_eq!(response.json()["errors"][0]["pointer"], "/cursor", "{path}");
        }
    });
}

#[whippet::test]
fn a_limit_over_the_maximum_is_rejected_without_valid() {
    block_on(async {
        let app = app().await;
        for limit in ["251", "4294967294", "4294967295", "4294967296", "0"] {
            let response = app.get(&format!("/notes?limit={limit}")).await;
            response.assert_problem(422, "validation");
            assert_eq!(response.json()["errors"][0]["pointer"], "/limit", "{limit}");
        }
        assert!(app.statements().is_empty());
    });
}

#[whippet::test]
fn invalid_limits_orders_and_keys_are_rejected() {
    block_on(async {
        let app = app().await;
        for query in ["limit=0", "limit=251", "limit=x", "order=up", "order="] {
            let response = app.get(&format!("/notes?{query}")).await;
            assert_eq!(response.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        }
        assert_eq!(
            app.get("/notes?limit=250&cursor=").await.status,
            StatusCode::OK
        );
        assert_eq!(
            app.get("/bad").await.status,
            StatusCode::INTERNAL_SERVER_ERROR
        );
    });
}
