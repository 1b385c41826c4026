//! Changing the columns for which a patch has values.

use serde::Deserialize;
use serde_json::json;
use whippet::records::RecordError;
use whippet::testing::block_on;
use whippet::{Change, Patch, Record, RecordPatch};

use crate::samples::{Color, Note, database, note};

#[derive(Debug, Deserialize, RecordPatch)]
#[record(table = "notes", migrations = "tests/record/migrations")]
struct NotePatch {
    title: Change<String>,
    body: Patch<String>,
    labels: Change<Vec<String>>,
    #[serde(rename = "colour")]
    #[record(json)]
    color: Patch<Color>,
}

fn patch(json: serde_json::Value) -> NotePatch {
    serde_json::from_value(json).expect("a patch")
}

#[test]
fn a_patch_changes_the_columns_of_its_fields() {
    block_on(async {
        let (_app, db) = database().await;
        let stored = note("n1").insert().fetch_one(&db).await.expect("a note");
        let change =
            patch(json!({"body": "text", "colour": {"red": 1, "name": "x"}, "labels": ["c"]}));
        let changed = Note::patch("n1", &change).fetch(&db).await;
        let color = Color {
            red: 1,
            name: Some("x".to_owned()),
        };
        let expected = Note {
            body: Some("text".to_owned()),
            color: Some(color),
            labels: vec!["c".to_owned()],
            version: 2,
            ..stored
        };
        assert_eq!(changed.as_ref(), Ok(&expected));
        let removal = patch(json!({"body": null, "colour": null, "title": "Tea"}));
        let changed = Note::patch("n1", &removal)
            .fetch(&db)
            .await
            .expect("a note");
        assert_eq!((changed.body, changed.color), (None, None));
        assert_eq!((changed.title.as_str(), changed.version), ("Tea", 3));
        assert_eq!(changed.labels, ["c"]);
    });
}

#[test]
fn an_empty_patch_changes_nothing_but_finds_the_record() {
    block_on(async {
        let (_app, db) = database().await;
        let stored = note("n1").insert().fetch_one(&db).await.expect("a note");
        let empty = patch(json!({}));
        assert_eq!(Note::patch("n1", &empty).fetch(&db).await, Ok(stored));
        let stale = Note::patch("n1", &empty).if_version(2);
        assert_eq!(stale.apply(&db).await, Err(RecordError::Conflict));
        assert_eq!(
            Note::patch("n2", &empty).apply(&db).await,
            Err(RecordError::NotFound)
        );
    });
}

#[test]
fn a_patch_of_another_version_changes_nothing() {
    block_on(async {
        let (_app, db) = database().await;
        let stored = note("n1").insert().fetch_one(&db).await.expect("a note");
        let change = patch(json!({"title": "Tea", "labels": []}));
        let conflict = Note::patch("n1", &change).if_version(2).apply(&db).await;
        assert_eq!(conflict, Err(RecordError::Conflict));
        assert_eq!(Note::by_id("n1").fetch_one(&db).await, Ok(stored));
        assert_eq!(
            Note::patch("n1", &change).if_version(1).execute(&db).await,
            Ok(1)
        );
    });
}
