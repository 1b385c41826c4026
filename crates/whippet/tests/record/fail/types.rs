//! Fields whose types disagree with their columns.

use whippet::{Record, Timestamp};

#[derive(Record)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Note {
    id: i64,
    author_id: Option<i64>,
    title: Option<String>,
    body: String,
    #[record(json)]
    labels: Unknown,
    created_at: Timestamp,
    #[record(generated)]
    title_length: String,
    version: i64,
}

struct Unknown;

fn main() {}
