//! Columns that do not fit into their fields.

use whippet::{query_as, query_scalar};

struct User {
    id: i64,
    name: String,
    email: String,
}

struct UserId(i64);

fn main() {
    let _ = query_as!(migrations = "../../../../crates/whippet/tests/query/migrations", User, "select id, name, email from users");
    let _ = query_as!(migrations = "../../../../crates/whippet/tests/query/migrations", User, "select id, id as name, email as \"email!\" from users");
    let _ = query_as!(migrations = "../../../../crates/whippet/tests/query/migrations", (i64, bool), "select id, created_at from users");
    let _ = query_scalar!(migrations = "../../../../crates/whippet/tests/query/migrations", UserId, "select id from users");
    let _ = query_scalar!(migrations = "../../../../crates/whippet/tests/query/migrations", i64, "select max(id) from users");
    let _ = query_scalar!(migrations = "../../../../crates/whippet/tests/query/migrations", Vec<Unknown>, "select tags as \"tags!\" from users");
}

struct Unknown;
