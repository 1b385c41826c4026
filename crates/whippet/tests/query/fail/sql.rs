//! SQL that SQLite, or Cloudflare D1, rejects.

use whippet::{query, query_scalar};

fn main() {
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select nam from users");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from user");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where name = \"Ada\"");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select power(2, id) as p from users");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users wher id = 1");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users; delete from users");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "-- nothing");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "begin");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "pragma journal_mode = wal");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select @id as id");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select count(*) from users");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id, id from users");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id as \"id: not a type\" from users");
    let _ = query_scalar!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id, name from users");
    let _ = query_scalar!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users");
    let _ = query!(migrations = "no/such/folder", "select 1 as one");
    let _ = query!(folder = "migrations", "select 1 as one");
    let _ = query!("select id from users");
}
