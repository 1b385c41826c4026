//! Fields without a column, columns without a field, and settings that do not fit their column.

use whippet::Record;

#[derive(Record)]
#[record(table = "note", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Misspelled {
    id: String,
}

#[derive(Record)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Note {
    id: String,
    author_id: i64,
    titel: String,
    #[record(column = "descriptions")]
    body: Option<String>,
    #[record(default)]
    labels: Vec<String>,
    #[record(generated)]
    created_at: i64,
    title_length: i64,
    #[record(column = "id")]
    key: String,
}

#[derive(Record)]
#[record(table = "titles", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Title {
    id: String,
}

fn main() {}
