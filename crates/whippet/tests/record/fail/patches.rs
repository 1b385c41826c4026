//! Patches that disagree with their table or their record.

use whippet::response::IfMatch;
use whippet::{Change, Patch, Record, RecordPatch};

#[derive(Record)]
#[record(table = "authors", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Author {
    id: i64,
    name: String,
}

#[derive(RecordPatch)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct NotePatch {
    title: Patch<String>,
    body: Option<String>,
    created_at: Change<String>,
    #[record(json)]
    labels: Patch<Vec<String>>,
}

struct Plain;

fn versions(if_match: &IfMatch, patch: &Plain) {
    let _ = Author::delete(1).if_match(if_match);
    let _ = Author::patch(1, patch);
    let _ = Author::by_id("1");
}

#[derive(RecordPatch)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct TwicePatch {
    title: Change<String>,
    #[record(column = "title")]
    again: Change<String>,
}

fn main() {}
