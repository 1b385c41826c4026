//! Pages of checked queries.

use whippet::extract::Query;
use whippet::response::{Order, Page, PageParams};
use whippet::routing::get;
use whippet::testing::{TestApp, block_on};
use whippet::{App, Db, Problem, migrations, query, query_as};

#[derive(serde::Deserialize)]
struct Filter {
    name: Option<String>,
}

async fn list(
    db: Db,
    Query(page): Query<PageParams>,
    Query(filter): Query<Filter>,
) -> Result<Page<String>, Problem> {
    let cursor = page.cursor("users", &["name", "id"], Order::Descending)?;
    let users = query_as!(
        migrations = "tests/query/migrations",
        (String, i64),
        "select u.name, u.id from users u where u.id > 0 {and u.name <> :other} and {page :cursor by u.name, u.id}",
        other = filter.name,
    );
    let page = cursor.page(users.fetch_all(&db).await?, |(name, id)| {
        [name.as_str().into(), (*id).into()]
    })?;
    Ok(page.map(|(name, id)| format!("{name}{id}")))
}

async fn list_by_other_columns(
    db: Db,
    Query(page): Query<PageParams>,
) -> Result<Page<i64>, Problem> {
    let cursor = page.cursor("users", &["id"], Order::Descending)?;
    let users = query!(
        migrations = "tests/query/migrations",
        "select id, name from users where {page :cursor by name}"
    );
    let users = users.fetch_all(&db).await?;
    cursor.page(users.into_iter().map(|user| user.id).collect(), |id| {
        [(*id).into()]
    })
}

async fn app() -> TestApp {
    let app = App::new()
        .migrations(migrations!("tests/query/migrations"))
        .route("/users", get(list))
        .route("/wrong", get(list_by_other_columns));
    let app = TestApp::new(|_| Ok(app)).await;
    app.sql("insert into users (id, name, created_at) values (1, 'a', 0), (2, 'b', 0), (3, 'b', 0), (4, 'c', 0)")
        .await;
    app
}

async fn read(app: &TestApp, query: &str) -> serde_json::Value {
    app.get(&format!("/users?{query}"))
        .await
        .assert_status(200)
        .json()
}

#[test]
fn a_list_is_read_page_by_page_in_both_directions_and_orders() {
    block_on(async {
        let app = app().await;
        let first = read(&app, "limit=3").await;
        assert_eq!(first["items"], serde_json::json!(["c4", "b3", "b2"]));
        let next = read(
            &app,
            &format!(
                "limit=3&cursor={}",
                first["next"].as_str().expect("a cursor")
            ),
        )
        .await;
        assert_eq!(next["items"], serde_json::json!(["a1"]));
        let back = read(
            &app,
            &format!(
                "limit=2&cursor={}",
                next["previous"].as_str().expect("a cursor")
            ),
        )
        .await;
        assert_eq!(back["items"], serde_json::json!(["b3", "b2"]));
        let filtered = read(&app, "limit=3&name=b&order=ascending").await;
        assert_eq!(filtered["items"], serde_json::json!(["a1", "c4"]));
        let cursor = filtered["next"].as_str().expect("a cursor").to_owned();
        let end = read(&app, &format!("name=b&order=ascending&cursor={cursor}")).await;
        assert_eq!(end["items"], serde_json::json!([]));
    });
}

#[test]
fn the_cursor_sorts_by_the_columns_of_the_query() {
    block_on(async {
        let app = app().await;
        app.get("/wrong").await.assert_status(500);
        let logs = format!("{:?}", app.logs());
        assert!(logs.contains("the query sorts by name"), "{logs}");
    });
}
