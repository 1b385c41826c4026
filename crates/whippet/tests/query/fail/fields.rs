//! Structs and tuples whose fields differ from the columns of the query.

use whippet::query_as;

struct User {
    id: i64,
    name: String,
}

fn main() {
    let _ = query_as!(migrations = "../../../../crates/whippet/tests/query/migrations", User, "select id from users");
    let _ = query_as!(migrations = "../../../../crates/whippet/tests/query/migrations", User, "select id, name, email from users");
    let _ = query_as!(migrations = "../../../../crates/whippet/tests/query/migrations", (i64,), "select id, name from users");
}
