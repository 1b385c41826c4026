//! Parents that a foreign key does not refer to.

use whippet::Record;

#[derive(Record)]
#[record(table = "authors", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Author {
    id: i64,
    #[record(parent = Author)]
    name: String,
}

#[derive(Record)]
#[record(table = "entries", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Entry {
    id: i64,
    text: String,
}

#[derive(Record)]
#[record(table = "members", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Member {
    team: String,
    #[record(parent = Entry)]
    author_id: i64,
}

#[derive(Record)]
#[record(table = "members", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Other {
    team: String,
    #[record(parent = Writer)]
    author_id: i64,
}

#[derive(Record)]
#[record(table = "authors", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Writer {
    id: i64,
    name: String,
}

fn children(entries: &[Entry], authors: &[Writer]) {
    let _ = Other::of_each(entries);
    let _ = Other::of_each(authors);
}

fn main() {}
