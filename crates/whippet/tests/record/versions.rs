//! Records with a version, and attempts to change records that do not exist.

use whippet::axum::http::Method;
use whippet::records::RecordError;
use whippet::response::IfMatch;
use whippet::routing::put;
use whippet::testing::{TestApp, block_on};
use whippet::{App, Db, NoContent, Path, Problem, Record, migrations};

use crate::samples::{Note, database, note};

#[test]
fn an_update_of_a_record_that_was_changed_since_is_a_conflict() {
    block_on(async {
        let (_app, db) = database().await;
        let read = note("n1").insert().fetch_one(&db).await.expect("a note");
        let first = Note {
            title: "First".to_owned(),
            ..read.clone()
        };
        let second = Note {
            title: "Second".to_owned(),
            ..read.clone()
        };
        let stored = first.update().fetch(&db).await.expect("the first update");
        assert_eq!((stored.version, stored.title.as_str()), (2, "First"));
        assert_eq!(second.update().fetch(&db).await, Err(RecordError::Conflict));
        assert_eq!(second.update().apply(&db).await, Err(RecordError::Conflict));
        assert_eq!(second.update().execute(&db).await, Ok(0));
        assert_eq!(Note::by_id("n1").fetch_one(&db).await, Ok(stored.clone()));
        let delete = || Note::delete("n1");
        assert_eq!(
            delete().if_version(1).apply(&db).await,
            Err(RecordError::Conflict)
        );
        assert_eq!(delete().if_version(2).fetch(&db).await, Ok(stored));
        assert_eq!(delete().apply(&db).await, Err(RecordError::NotFound));
        assert_eq!(read.update().apply(&db).await, Err(RecordError::NotFound));
    });
}

async fn replace(if_match: IfMatch, db: Db, Path(id): Path<String>) -> Result<NoContent, Problem> {
    let stored = Note::by_id(&id).fetch_optional(&db).await?;
    let mut note = stored.unwrap_or_else(|| note("n9"));
    note.title = "New".to_owned();
    note.update().if_match(&if_match).apply(&db).await?;
    Ok(NoContent)
}

async fn delete(if_match: IfMatch, db: Db, Path(id): Path<String>) -> Result<NoContent, Problem> {
    Note::delete(&id).if_match(&if_match).apply(&db).await?;
    Ok(NoContent)
}

#[test]
fn a_change_of_another_version_than_if_match_is_a_412() {
    block_on(async {
        let app = App::new()
            .migrations(migrations!("tests/record/migrations"))
            .route("/notes/{id}", put(replace).delete(delete));
        let app = TestApp::new(|_| Ok(app)).await;
        app.sql("insert into authors values (1, 'Ada')").await;
        let db = app.context().db();
        note("n1").insert().execute(&db).await.expect("a note");
        for (method, id, tags, status) in [
            (Method::PUT, "n1", Some("\"2\""), 412),
            (Method::PUT, "n1", Some("W/\"1\""), 412),
            (Method::PUT, "n1", Some("\"01\", \"x\""), 412),
            (Method::PUT, "n1", Some("\"7\", \"1\""), 204),
            (Method::PUT, "n1", None, 204),
            (Method::PUT, "n1", Some("*"), 204),
            (Method::PUT, "n2", Some("\"1\""), 404),
            (Method::DELETE, "n1", Some("\"1\""), 412),
            (Method::DELETE, "n1", Some("\"4\""), 204),
            (Method::DELETE, "n1", Some("\"4\""), 404),
        ] {
            let request = app.request(method, &format!("/notes/{id}"));
            let request = match tags {
                Some(tags) => request.header("if-match", tags),
                None => request,
            };
            request.await.assert_status(status);
        }
    });
}
