//! Columns, literals, operators and conditions.

pub(super) const STATEMENTS: &[(&str, &str)] = &[
    // Columns.
    (
        "select id, email, name, age from users",
        "id integer, email text, name text?, age integer?",
    ),
    (
        "select * from posts",
        "id integer, user_id integer, parent_id integer?, title text, body text?, tags text, created_at integer",
    ),
    (
        "select u.* from users u",
        "id integer, email text, name text?, age integer?, score real?, balance real, active integer, avatar blob?, extra any?, referrer_id integer?",
    ),
    (
        "select rowid, _rowid_ as r from users",
        "id integer, r integer",
    ),
    (
        "select rowid as r, id from descending",
        "r integer, id integer?",
    ),
    (
        "select rowid as r, id, content, checksum from documents",
        "r integer, id text?, content blob, checksum blob?",
    ),
    (
        "select scope, key, value from settings",
        "scope text, key text, value text?",
    ),
    ("select code, data from keyed", "code text, data any?"),
    (
        "select sku, price, rating, in_stock, featured, released, untyped, quantity from products",
        "sku text, price number?, rating real, in_stock boolean, featured boolean?, released any?, untyped any?, quantity integer",
    ),
    (
        "select total, label, ratio, code from orders",
        "total integer, label text, ratio integer?, code text",
    ),
    ("select main.users.email from main.users", "email text"),
    (
        "select \"email\", [name], `age` from \"users\"",
        "email text, name text?, age integer?",
    ),
    // Literals and operators.
    (
        "select 1 as a, 1.5 as b, 'x' as c, x'00' as d, null as e, true as f, current_timestamp as g, 0x10 as h, 9223372036854775808 as i",
        "a integer, b real, c text, d blob, e any?, f boolean, g text, h integer, i real",
    ),
    (
        "select id + 1 as a, age + 1 as b, -age as c, +id as d, ~id as e, id & 1 as f, id || email as g, email || name as h from users",
        "a integer, b integer?, c integer?, d integer, e integer, f integer, g text, h text?",
    ),
    (
        "select id / 2 as a, id / age as b, id % 3 as c, id % active as d, id / active as e, 7.0 / 2 as f from users",
        "a integer, b integer?, c integer, d integer?, e integer?, f real",
    ),
    (
        "select balance * 2 as a, balance + 1 as b, balance * active as c, balance - balance as d, balance + coalesce(score, 0.0) as e, -balance as f, balance / 2 as g from users",
        "a real, b real, c real?, d real?, e real?, f real, g real",
    ),
    (
        "select amount * unit + amount - unit as a, amount * unit * amount as b from orders",
        "a integer, b integer",
    ),
    (
        "select email = 'a' as a, name = 'a' as b, name is null as c, name is not 'a' as d, age > 1 as e, id in (1, 2) as f, age in (1) as g, id in (1, null) as h, age in () as i from users",
        "a boolean, b boolean?, c boolean, d boolean, e boolean?, f boolean, g boolean?, h boolean?, i boolean",
    ),
    (
        "select age between 1 and 5 as a, id between 1 and 5 as b, email like 'a%' as c, name like 'a%' as d, name glob '*' as e, not id as f, not age as g from users",
        "a boolean?, b boolean, c boolean, d boolean?, e boolean?, f boolean, g boolean?",
    ),
    (
        "select id > 1 and age > 1 as a, id > 1 or id < 5 as b, name is not null and name > 'a' as c, name is null or name > 'a' as d from users",
        "a boolean?, b boolean, c boolean, d boolean",
    ),
    (
        "select email collate nocase as a, name is distinct from email as b, (id, email) = (1, 'a') as c, (id, name) = (1, 'a') as d from users",
        "a text, b boolean, c boolean, d boolean?",
    ),
    (
        "select cast(age as text) as a, cast(email as integer) as b, cast(id as real) as c, cast(email as blob) as d, cast(email as numeric) as e, cast(id as boolean) as f from users",
        "a text?, b integer, c real, d blob, e number, f number",
    ),
    // `case` and `coalesce`.
    (
        "select case when id = 1 then 'a' end as a, case when id = 1 then 'a' else 'b' end as b, case id when 1 then 1 else 'x' end as c, case when age > 1 then age else 0 end as d from users",
        "a text?, b text, c any, d integer",
    ),
    (
        "select case when name is null then 'none' else name end as a, case when name is not null then name else email end as b, case when age > 1 then name end as c, case when age is null then 0 when age > 5 then age else age end as d from users",
        "a text, b text, c text?, d integer",
    ),
    (
        "select iif(name is null, 'x', name) as a, iif(age > 1, age, 0) as b, iif(age > 1, 0, age) as c from users",
        "a text, b integer, c integer?",
    ),
    (
        "select coalesce(name, email) as a, coalesce(name, age) as b, ifnull(age, 0) as c, ifnull(name, null) as d, nullif(email, '') as e, coalesce(name, age, 'x') as f from users",
        "a text, b any?, c integer, d text?, e text?, f any",
    ),
    // Conditions that prove a column to be not null.
    (
        "select name, age from users where name is not null",
        "name text, age integer?",
    ),
    (
        "select name, age, score from users where name = 'a' and age > 1 or name > 'b' and age < 5",
        "name text, age integer, score real?",
    ),
    (
        "select name, age from users where not (name is null or age is null)",
        "name text, age integer",
    ),
    (
        "select name, age from users where name in ('a', 'b') and age not in (1, 2)",
        "name text, age integer",
    ),
    (
        "select name, age from users where name not in (select title from posts) or age in (select id from posts)",
        "name text?, age integer?",
    ),
    (
        "select name, age from users where name like 'a%' and age between 0 and 100",
        "name text, age integer",
    ),
    (
        "select name, age from users where lower(name) = 'a' or coalesce(age, 0) = 0",
        "name text?, age integer?",
    ),
    (
        "select age, name from users where age",
        "age integer, name text?",
    ),
    ("select name from users where name is 'a'", "name text"),
    (
        "select a.name, b.name as other from users a join users b on b.name = a.name",
        "name text, other text",
    ),
];
