//! Values of the wrong types.

use whippet::query;

struct UserId(i64);

fn main() {
    let (name, none, user) = ("Ada", None::<i64>, UserId(1));
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = :name");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = :none");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = ?", &user);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "insert into users (name, created_at) values (:name, :none)");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "update users set email = ?1 where id = ?2", none, 1);
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where true {and name = :name}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where true {if :name and name = 'x'}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "select id from users where {page :name by id}");
    let _ = query!(migrations = "../../../../crates/whippet/tests/query/migrations", "delete from users where id = :missing");
}
