//! Inserting, replacing, changing and deleting records.

use whippet::testing::block_on;
use whippet::{DbError, Query, Record, Timestamp, query};

use crate::samples::{Author, Color, Entry, Mark, Member, Note, Role, Team, database, note};

#[test]
fn a_record_is_read_as_it_was_inserted() {
    block_on(async {
        let (_app, db) = database().await;
        let mut note = Note {
            body: Some("text".to_owned()),
            color: Some(Color { red: 7, name: None }),
            ..note("n1")
        };
        assert_eq!(note.insert().execute(&db).await, Ok(1));
        note.title_length = 7;
        assert_eq!(Note::by_id("n1").fetch_optional(&db).await, Ok(Some(note)));
        assert_eq!(Note::by_id("n2").fetch_optional(&db).await, Ok(None));
    });
}

#[test]
fn null_as_json_text_is_read_as_none() {
    block_on(async {
        let (app, db) = database().await;
        assert_eq!(note("n1").insert().execute(&db).await, Ok(1));
        app.sql("update notes set color = 'null'").await;
        let stored = Note::by_id("n1").fetch_one(&db).await;
        assert_eq!(stored.map(|note| note.color), Ok(None));
    });
}

#[test]
fn an_insert_returns_the_values_that_the_database_has_set() {
    block_on(async {
        let (_app, db) = database().await;
        let new = Entry {
            id: 0,
            text: "first".to_owned(),
            at: Timestamp::from_millis(0),
        };
        let stored = new.insert().fetch_one(&db).await;
        let first = Entry {
            id: 1,
            at: Timestamp::from_millis(7),
            ..new.clone()
        };
        assert_eq!(stored, Ok(first));
        let second = new.insert().fetch_one(&db).await;
        assert_eq!(second.map(|entry| entry.id), Ok(2));
        let note = note("n1").insert().fetch_one(&db).await;
        assert_eq!(note.map(|note| note.title_length), Ok(7));
    });
}

#[test]
fn a_second_record_with_the_same_key_is_rejected() {
    block_on(async {
        let (_app, db) = database().await;
        assert_eq!(note("n1").insert().execute(&db).await, Ok(1));
        let error = note("n1").insert().execute(&db).await;
        assert!(error.is_err_and(|error| error.is_unique("notes.id")));
        let orphan = Note {
            author_id: 9,
            ..note("n2")
        };
        assert_eq!(orphan.insert().execute(&db).await, Err(DbError::ForeignKey));
    });
}

#[test]
fn upsert_inserts_or_replaces() {
    block_on(async {
        let (_app, db) = database().await;
        let first = note("n1").upsert().fetch_one(&db).await.expect("a note");
        assert_eq!((first.version, first.title.as_str()), (1, "Note n1"));
        let other = Note {
            title: "Tea".to_owned(),
            ..note("n1")
        };
        let second = other.upsert().fetch_one(&db).await.expect("a note");
        assert_eq!((second.version, second.title.as_str()), (2, "Tea"));
        // The database sets the time of an entry when the entry is inserted, and an upsert of an existing entry keeps
        // this time.
        let entry = Entry {
            id: 5,
            text: "a".to_owned(),
            at: Timestamp::from_millis(0),
        };
        for text in ["a", "b"] {
            let entry = Entry {
                text: text.to_owned(),
                ..entry.clone()
            };
            let stored = entry.upsert().fetch_one(&db).await.expect("an entry");
            assert_eq!((stored.id, stored.text.as_str()), (5, text));
            assert_eq!(stored.at, Timestamp::from_millis(7));
        }
        // The upsert of a record that has only a key succeeds, whether or not the record exists.
        let mark = Mark { code: vec![0, 255] };
        for _ in 0..2 {
            assert_eq!(mark.upsert().fetch_one(&db).await, Ok(mark.clone()));
        }
        assert_eq!(mark.update().fetch(&db).await, Ok(mark.clone()));
    });
}

#[test]
fn a_record_with_several_key_columns_is_found_by_all_of_them() {
    block_on(async {
        let (_app, db) = database().await;
        let member = |team: &str, author_id, role| Member {
            team: Team(team.to_owned()),
            author_id,
            role,
            position: None,
        };
        let members = [
            member("red", 1, Role::Reader),
            member("red", 2, Role::ChiefEditor),
            member("blue", 1, Role::Reader),
        ];
        db.batch(members.iter().map(Member::insert))
            .await
            .expect("members");
        let red = Team("red".to_owned());
        let found = Member::by_id((&red, 2)).fetch_one(&db).await;
        assert_eq!(found, Ok(members[1].clone()));
        let changed = Member {
            position: Some(3),
            ..members[1].clone()
        };
        assert_eq!(changed.update().fetch(&db).await, Ok(changed));
        assert_eq!(Member::delete((&red, 1)).execute(&db).await, Ok(1));
        let left = query("select team, author_id, role, \"order\" from members order by team");
        let left: Vec<(String, i64, String, Option<i64>)> =
            left.fetch_all(&db).await.expect("members");
        let expected = [
            ("blue".to_owned(), 1, "reader".to_owned(), None),
            ("red".to_owned(), 2, "chief_editor".to_owned(), Some(3)),
        ];
        assert_eq!(left, expected);
    });
}

#[test]
fn writes_of_a_batch_take_effect_together() {
    block_on(async {
        let (_app, db) = database().await;
        let ada = Author {
            id: 1,
            name: "Ada L.".to_owned(),
        };
        let queries: [Query; 3] = [
            note("n1").insert().into(),
            ada.update().into(),
            note("n1").insert().into(),
        ];
        assert!(db.batch(queries).await.is_err());
        let stored = Author::by_id(1).fetch_one(&db).await;
        assert_eq!(stored.map(|author| author.name), Ok("Ada".to_owned()));
        let (insert, reader) = note("n1").insert().returning().into_parts();
        let queries = [insert, ada.update().into(), Note::delete("n0").into()];
        let mut results = db.batch(queries).await.expect("a batch");
        let notes = results.read(0, reader).expect("the note");
        assert_eq!(notes[0].title_length, 7);
        assert_eq!((results.changes(1), results.changes(2)), (Ok(1), Ok(0)));
    });
}

#[test]
fn a_value_that_cannot_be_stored_is_the_error_of_the_statement() {
    block_on(async {
        let (_app, db) = database().await;
        let note = Note {
            author_id: 9_007_199_254_740_993,
            ..note("n1")
        };
        assert!(matches!(
            note.insert().execute(&db).await,
            Err(DbError::Limit(_))
        ));
    });
}
