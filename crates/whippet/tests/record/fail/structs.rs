//! Types and settings that `#[derive(Record)]` does not support.

use whippet::{Record, RecordPatch};

#[derive(Record)]
#[record(migrations = "../../../../crates/whippet/tests/record/migrations")]
struct WithoutTable {
    id: i64,
}

#[derive(Record)]
#[record(table = "authors", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Generic<T> {
    id: T,
    name: String,
}

#[derive(Record)]
#[record(table = "authors", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Tuple(i64, String);

#[derive(Record)]
#[record(table = "authors", migrations = "../../../../crates/whippet/tests/record/migrations", view)]
struct Author {
    #[record(primary)]
    id: i64,
    name: String,
}

#[derive(RecordPatch)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct NotePatch {
    #[record(version)]
    id: whippet::Change<String>,
    title_length: whippet::Change<i64>,
}

#[derive(RecordPatch)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Empty {}

fn main() {}
