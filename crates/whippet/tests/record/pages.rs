//! Pages of records.

use whippet::response::{Order, Page, PageLimit, PageParams};
use whippet::testing::block_on;
use whippet::{Db, Record, Timestamp};

use crate::samples::{Author, Note, database, note};

fn params(limit: u32, cursor: Option<String>) -> PageParams {
    PageParams {
        limit: PageLimit::try_from(limit).ok(),
        cursor,
        order: None,
    }
}

async fn page(db: &Db, limit: u32, cursor: Option<String>) -> Page<Note> {
    let page = Note::page(params(limit, cursor), Order::Ascending).expect("a cursor");
    page.fetch(db).await.expect("a page")
}

fn ids(page: &Page<Note>) -> Vec<&str> {
    page.items.iter().map(|note| note.id.as_str()).collect()
}

async fn insert(db: &Db, notes: &[(&str, i64, i64)]) {
    let notes = notes.iter().map(|&(id, author_id, at)| Note {
        author_id,
        created_at: Timestamp::from_millis(at),
        ..note(id)
    });
    let notes: Vec<_> = notes.map(|note| note.insert()).collect();
    db.batch(notes).await.expect("notes");
}

#[test]
fn pages_are_sorted_by_the_fields_in_both_directions() {
    block_on(async {
        let (_app, db) = database().await;
        insert(
            &db,
            &[
                ("d", 1, 1),
                ("b", 1, 2),
                ("a", 2, 2),
                ("c", 1, 2),
                ("e", 1, 3),
            ],
        )
        .await;
        let first = page(&db, 2, None).await;
        assert_eq!((ids(&first), first.has_more), (vec!["d", "a"], true));
        assert_eq!(first.previous, None);
        let second = page(&db, 2, first.next.clone()).await;
        assert_eq!(ids(&second), ["b", "c"]);
        let last = page(&db, 2, second.next.clone()).await;
        assert_eq!((ids(&last), last.has_more), (vec!["e"], false));
        let back = page(&db, 2, last.previous.clone()).await;
        assert_eq!(ids(&back), ["b", "c"]);
        let descending = Note::page(params(3, None), Order::Descending).expect("a cursor");
        let descending = descending.fetch(&db).await.expect("a page");
        assert_eq!(ids(&descending), ["e", "c", "b"]);
    });
}

#[test]
fn records_that_come_and_go_cause_no_duplicates_and_no_gaps() {
    block_on(async {
        let (_app, db) = database().await;
        insert(
            &db,
            &[
                ("a", 1, 1),
                ("b", 1, 2),
                ("c", 1, 3),
                ("d", 1, 4),
                ("e", 1, 5),
            ],
        )
        .await;
        let first = page(&db, 2, None).await;
        assert_eq!(ids(&first), ["a", "b"]);
        // The last note of the page is deleted, and notes are added before and after it.
        Note::delete("b").execute(&db).await.expect("a delete");
        insert(&db, &[("a2", 1, 1), ("c2", 1, 3)]).await;
        let second = page(&db, 2, first.next.clone()).await;
        assert_eq!(ids(&second), ["c", "c2"]);
        let back = page(&db, 5, second.previous.clone()).await;
        assert_eq!(ids(&back), ["a", "a2"]);
        let rest = page(&db, 5, second.next.clone()).await;
        assert_eq!((ids(&rest), rest.has_more), (vec!["d", "e"], false));
        // The cursor at the end of a list finds notes that are added later.
        insert(&db, &[("f", 1, 6)]).await;
        assert_eq!(ids(&page(&db, 5, rest.next.clone()).await), ["f"]);
    });
}

#[test]
fn a_page_of_the_children_of_one_parent() {
    block_on(async {
        let (_app, db) = database().await;
        insert(&db, &[("a", 1, 1), ("b", 2, 2), ("c", 1, 3), ("d", 1, 4)]).await;
        let ada = Author::by_id(1).fetch_one(&db).await.expect("Ada");
        let read = async |cursor: Option<String>| {
            let page = Note::page(params(2, cursor), Order::Ascending).expect("a cursor");
            page.of(&ada).fetch(&db).await.expect("a page")
        };
        let first = read(None).await;
        assert_eq!((ids(&first), first.has_more), (vec!["a", "c"], true));
        let second = read(first.next.clone()).await;
        assert_eq!((ids(&second), second.has_more), (vec!["d"], false));
        assert_eq!(ids(&read(second.previous.clone()).await), ["a", "c"]);
    });
}

#[test]
fn the_cursor_of_another_list_is_rejected() {
    block_on(async {
        let (_app, db) = database().await;
        let authors = Author::page(params(1, None), Order::Ascending).expect("a page");
        let authors = authors.fetch(&db).await.expect("authors");
        assert_eq!(authors.items.len(), 1);
        assert!(Note::page(params(1, authors.next), Order::Ascending).is_err());
        assert!(Note::page(params(1, Some("x".to_owned())), Order::Ascending).is_err());
    });
}
