//! Following a table.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join;
use whippet::response::{Event, LastEventId, Sse, follow};
use whippet::testing::TestApp;
use whippet::{App, Clock, Db, DbError, get, query, routes};

/// Returns the next two rows after the id `after`.
async fn rows_after(db: Db, after: i64) -> Result<Vec<(i64, Event)>, DbError> {
    let rows = query("select id, text from rows where id > ?1 order by id limit 2").bind(after);
    let rows: Vec<(i64, String)> = rows.fetch_all(&db).await?;
    let event = |(id, text): (i64, String)| (id, Event::data(text));
    Ok(rows.into_iter().map(event).collect())
}

#[get("/rows")]
async fn list_rows(db: Db, clock: Clock, LastEventId(last): LastEventId) -> Sse {
    let after = last.and_then(|id| id.parse().ok()).unwrap_or(0);
    let read = move |after| rows_after(db.clone(), after);
    let rows = follow(clock, Duration::from_secs(2), after, read);
    Sse::try_new(rows)
}

async fn app() -> TestApp {
    let app = TestApp::new(|_| Ok(App::new().routes(routes![list_rows]))).await;
    app.sql("create table rows (id integer primary key autoincrement, text text not null)")
        .await;
    app.sql("insert into rows (text) values ('a'), ('b'), ('c'), ('d'), ('e')")
        .await;
    app
}

#[whippet::test]
async fn stored_rows_come_at_once_and_new_rows_within_the_interval() {
    let app = app().await;
    let start = app.context().clock().now();
    let mut events = app.get("/rows").header("last-event-id", "1").stream().await;
    for expected in ["b", "c", "d", "e"] {
        assert_eq!(events.next_event().await.unwrap().data, expected);
    }
    assert_eq!(app.context().clock().now(), start);

    app.advance("1s").await;
    app.sql("insert into rows (text) values ('f')").await;
    let event = events.next_event().await.unwrap();
    assert_eq!((&*event.data, &*event.id), ("f", "6"));
    let waited = app.context().clock().now().since(start);
    assert!(waited <= Duration::from_secs(3), "{waited:?}");
}

#[whippet::test]
async fn the_table_is_read_once_in_each_interval() {
    let app = app().await;
    let db = app.context().db();
    let read = move |after| rows_after(db.clone(), after);
    let rows = follow(app.context().clock(), Duration::from_secs(2), 5, read);
    let mut rows = std::pin::pin!(rows);
    let insert = async {
        app.advance("21s").await;
        app.sql("insert into rows (text) values ('f')").await;
        app.advance("2s").await;
    };
    let (row, ()) = join(rows.next(), insert).await;
    assert_eq!(row.unwrap().unwrap().0, 6);
    let reads = app.statements();
    let reads = reads.iter().filter(|read| read.sql.contains("from rows"));
    // The stream reads the table every two seconds: at 0 s, 2 s, … and 22 s.
    assert_eq!(reads.count(), 12);
}

#[whippet::test]
async fn an_error_ends_the_stream() {
    let app = app().await;
    let db = app.context().db();
    let read = move |after| rows_after(db.clone(), after);
    let rows = follow(app.context().clock(), Duration::from_secs(2), 4, read);
    let mut rows = std::pin::pin!(rows);
    assert_eq!(rows.next().await.unwrap().unwrap().0, 5);
    app.sql("drop table rows").await;
    assert!(rows.next().await.unwrap().is_err());
    assert!(rows.next().await.is_none());
}
