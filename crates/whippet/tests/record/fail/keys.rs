//! Keys, versions and sort keys that a record cannot have.

use whippet::Record;

#[derive(Record)]
#[record(table = "members", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Member {
    #[record(key)]
    team: String,
    author_id: i64,
    #[record(key)]
    role: String,
}

#[derive(Record)]
#[record(table = "members", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct WithoutKey {
    team: String,
}

#[derive(Record)]
#[record(table = "entries", migrations = "../../../../crates/whippet/tests/record/migrations", page(at, text, missing))]
struct Entry {
    #[record(version)]
    id: i64,
    text: String,
    at: i64,
}

#[derive(Record)]
#[record(table = "entries", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct TwoVersions {
    id: i64,
    #[record(version)]
    text: String,
}

#[derive(Record)]
#[record(table = "marks", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct Mark {
    #[record(json)]
    code: Vec<u8>,
}

#[derive(Record)]
#[record(table = "marks", migrations = "../../../../crates/whippet/tests/record/migrations", page(weight, code))]
struct SortedByBlobs {
    code: Vec<u8>,
    weight: Option<f64>,
}

#[derive(Record)]
#[record(table = "notes", migrations = "../../../../crates/whippet/tests/record/migrations")]
struct NullableJson {
    id: String,
    author_id: i64,
    title: String,
    labels: Vec<String>,
    created_at: i64,
    #[record(json)]
    color: Vec<u8>,
    #[record(json)]
    version: i64,
}

fn main() {}
