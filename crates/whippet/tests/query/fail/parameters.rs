//! Values that do not match the query's parameters, and invalid optional pieces (in braces) of a query.

use whippet::query;

fn main() {
    let id = 1;
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = ?");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = ? and name = ?", id);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users", id);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = :id", idd = 1);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = :id", 1);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = ?", id = 1);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = ?1 or name = :name");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where true {and name = :name");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where true {and id > 1}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where true {and id = :id {and name = :name}}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where {page :cursor}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where {page :cursor by id + 1}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id {if :full , name} from users where true");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where true {and nam = :name}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = :id", id = 1, id = 2);
}
