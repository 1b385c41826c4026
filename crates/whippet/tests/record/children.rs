//! The children of several parents.

use whippet::testing::block_on;
use whippet::{Record, Timestamp};

use crate::samples::{Author, Member, Note, Role, Team, database, note};

fn author(id: i64) -> Author {
    Author {
        id,
        name: String::new(),
    }
}

#[test]
fn the_children_of_several_parents_are_read_with_one_statement() {
    block_on(async {
        let (app, db) = database().await;
        let note = |id: &str, author_id, at| Note {
            author_id,
            created_at: Timestamp::from_millis(at),
            ..note(id)
        };
        let notes = [
            note("b", 1, 2),
            note("c", 2, 1),
            note("a", 1, 2),
            note("d", 1, 1),
        ];
        db.batch(notes.iter().map(Note::insert))
            .await
            .expect("notes");
        let before = app.statements().len();
        let parents = [author(2), author(3), author(1), author(2)];
        let lists = Note::of_each(&parents).fetch(&db).await.expect("lists");
        assert_eq!(app.statements().len() - before, 1);
        let ids = lists
            .iter()
            .map(|list| list.iter().map(|note| note.id.as_str()).collect::<Vec<_>>());
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [vec!["c"], vec![], vec!["d", "a", "b"], vec![]]
        );
    });
}

#[test]
fn no_parents_have_no_children() {
    block_on(async {
        let (_app, db) = database().await;
        let none: [Author; 0] = [];
        assert_eq!(Note::of_each(&none).fetch(&db).await, Ok(Vec::new()));
    });
}

#[test]
fn more_parents_than_a_statement_has_parameters_are_one_parameter() {
    block_on(async {
        let (app, db) = database().await;
        app.sql(
            "with recursive n (id) as (select 3 union all select id + 1 from n where id < 500)
             insert into authors select id, 'x' from n",
        )
        .await;
        let member = |author_id| Member {
            author_id,
            team: Team("red".to_owned()),
            role: Role::Reader,
            position: None,
        };
        db.batch((1..=500).map(|id| member(id).insert()))
            .await
            .expect("members");
        let parents: Vec<Author> = (1..=500).rev().map(author).collect();
        let lists = Member::of_each(&parents).fetch(&db).await.expect("lists");
        let expected: Vec<Vec<Member>> = (1..=500).rev().map(|id| vec![member(id)]).collect();
        assert_eq!(lists, expected);
    });
}
