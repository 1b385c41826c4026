//! Views, parameters, virtual tables, and statements that change rows.

pub(super) const STATEMENTS: &[(&str, &str)] = &[
    // Views.
    (
        "select user_id, email, post_id, title from user_posts",
        "user_id integer, email text, post_id integer?, title text?",
    ),
    (
        "select * from post_counts",
        "author integer, posts integer, newest integer",
    ),
    (
        "select b.author, b.posts, u.email from busy b left join users u on u.id = b.author",
        "author integer, posts integer, email text?",
    ),
    (
        "select title from user_posts where post_id is not null",
        "title text??",
    ),
    // Statements that change rows.
    (
        "insert into users (email, name, balance, active) values (?1, ?2, ?3, ?4) returning id, email, name, score",
        "id integer, email text, name text?, score real?",
    ),
    (
        "insert into orders (product_id, amount, unit, note) values (1, ?, ?, ?) returning id, total, label, code, ratio",
        "id integer, total integer, label text, code text, ratio integer?",
    ),
    (
        "insert into keyed (code, data) values (?1, ?2) on conflict (code) do update set data = excluded.data returning *",
        "code text, data any?",
    ),
    (
        "insert into settings select email, 'k', name from users where true on conflict do nothing returning scope, value",
        "scope text, value text?",
    ),
    (
        "update users set name = ?1, age = age + 1 where id > ?2 returning id, name, age",
        "id integer, name text?, age integer?",
    ),
    (
        "update posts set title = u.email from users u where u.id = posts.user_id returning posts.id, title",
        "id integer, title text",
    ),
    (
        "delete from posts where created_at >= ?1 returning id, body",
        "id integer, body text?",
    ),
    (
        "with old as (select id from posts where created_at > ?1) delete from posts where id in (select id from old) returning id",
        "id integer",
    ),
    (
        "insert into documents (content) values (x'00') returning id",
        "id text?",
    ),
    (
        "insert into products (sku, rating, in_stock) values ('a', 1.5, true) returning quantity, in_stock, price",
        "quantity integer, in_stock boolean, price number?",
    ),
    // Parameters.
    (
        "select ?1 as a, ?1 || email as b, coalesce(?2, email) as c from users where name = ?3",
        "a any?, b text?, c text",
    ),
    (
        "select ?1 as a, email from users where email = ?1",
        "a text, email text",
    ),
    (
        "select email from users where id = :id and (name = :name or :name is null) limit :limit offset :offset",
        "email text",
    ),
    (
        "select email from users where id in (select value from json_each(:ids)) or email like :pattern order by id limit 10",
        "email text",
    ),
    // Virtual tables.
    (
        "select title, body, rowid as r from search where search match 'a'",
        "title any?, body any?, r integer",
    ),
];
