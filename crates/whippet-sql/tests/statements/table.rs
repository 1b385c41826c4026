//! The statements, each with the columns that the check has to find.
//!
//! A column is written `name kind`, with `?` if it can be null. `??` marks a column that the check takes for nullable
//! although no database of the test has a null there.

pub(crate) const STATEMENTS: &[(&str, &str)] = &[
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
    // Joins.
    (
        "select u.email, p.title, p.body from users u join posts p on p.user_id = u.id",
        "email text, title text, body text?",
    ),
    (
        "select u.email, p.id, p.title from users u left join posts p on p.user_id = u.id",
        "email text, id integer?, title text?",
    ),
    (
        "select u.id, p.id as post from users u right join posts p on p.user_id = u.id",
        "id integer?, post integer",
    ),
    (
        "select u.id, p.id as post from users u full join posts p on p.user_id = u.id",
        "id integer?, post integer?",
    ),
    (
        "select u.id, p.id as post, p.body from users u left join posts p on p.user_id = u.id where p.id is not null",
        "id integer, post integer, body text?",
    ),
    (
        "select u.id, p.title, p.rowid as r from users u left join posts p on p.user_id = u.id where p.created_at > 0",
        "id integer, title text, r integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a left join posts b on b.user_id = a.id left join posts c on c.parent_id = b.id",
        "id integer, b integer?, c integer?",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a left join posts b on b.user_id = a.id join posts c on c.parent_id = b.id",
        "id integer, b integer, c integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a left join posts b on b.user_id = a.id left join posts c on c.parent_id = b.id where c.id > 0",
        "id integer, b integer, c integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a join posts b on b.user_id = a.id right join nodes c on c.id = b.id",
        "id integer?, b integer?, c integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a left join (posts b join nodes c on c.id = b.id) on b.user_id = a.id",
        "id integer, b integer?, c integer?",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a cross join posts b, nodes c",
        "id integer, b integer, c integer",
    ),
    (
        "select id, weight from nodes join posts using (id)",
        "id integer, weight integer",
    ),
    (
        "select id, weight, title from posts left join nodes using (id)",
        "id integer, weight integer?, title text",
    ),
    (
        "select id, weight, title from posts full join nodes using (id)",
        "id integer, weight integer?, title text?",
    ),
    (
        "select id, weight, title from posts right join nodes using (id)",
        "id integer, weight integer, title text?",
    ),
    (
        "select * from nodes left join posts using (id)",
        "id integer, parent integer?, weight integer, user_id integer?, parent_id integer?, title text?, body text?, tags text?, created_at integer?",
    ),
    (
        "select * from nodes natural join (select id, amount from orders)",
        "id integer, parent integer?, weight integer, amount integer",
    ),
    (
        "select u.email, x.n from users u left join (select user_id, count(*) as n from posts group by user_id) x on x.user_id = u.id",
        "email text, n integer?",
    ),
    (
        "select e.email, r.email as referrer from users e left join users r on r.id = e.referrer_id",
        "email text, referrer text?",
    ),
    // Aggregates.
    (
        "select count(*) as a, count(name) as b, sum(id) as c, avg(id) as d, min(id) as e, max(email) as f, total(id) as g, group_concat(email) as h from users",
        "a integer, b integer, c integer?, d real?, e integer?, f text?, g real, h text?",
    ),
    (
        "select active, count(*) as a, sum(id) as b, sum(age) as c, avg(id) as d, min(id) as e, max(name) as f, group_concat(email, ', ') as g from users group by active",
        "active integer, a integer, b integer, c integer?, d real, e integer, f text?, g text",
    ),
    (
        "select active, sum(balance) as a, avg(balance) as b, total(balance) as c, max(balance) as d from users group by active",
        "active integer, a real?, b real?, c real?, d real",
    ),
    (
        "select active, max(id) filter (where age > 1) as a, count(*) filter (where age > 1) as b, count(distinct age) as c from users group by active",
        "active integer, a integer?, b integer, c integer",
    ),
    (
        "select id, max(age) as a from users",
        "id integer?, a integer?",
    ),
    (
        "select id, max(age) as a from users group by active",
        "id integer, a integer?",
    ),
    (
        "select count(*) + 1 as a, coalesce(sum(id), 0) as b, coalesce(max(name), '') as c, 'x' as d, ifnull(avg(balance), 0) as e from users",
        "a integer, b integer, c text, d text, e number",
    ),
    (
        "select count(*) as n from users having count(*) > 0",
        "n integer",
    ),
    (
        "select active, max(id) as top from users group by active having max(id) > 1 order by top limit 5",
        "active integer, top integer",
    ),
    (
        "select sum(price) as a, sum(in_stock) as b, max(in_stock) as c, sum(rating) as d from products group by sku",
        "a number?, b integer, c boolean, d real?",
    ),
    (
        "select (select count(*) from posts p where p.user_id = u.id) as n, u.email from users u",
        "n integer, email text",
    ),
    (
        "select distinct active from users order by active",
        "active integer",
    ),
    // Subqueries.
    (
        "select (select title from posts limit 1) as a, (select max(id) from posts) as b, (select 1) as c, (select 1 where 1 = 2) as d, (select count(*) from posts limit 0) as e, exists (select 1 from posts) as f, (select coalesce(max(id), 0) from posts) as g",
        "a text?, b integer?, c integer, d integer?, e integer?, f boolean, g integer",
    ),
    (
        "select id in (select user_id from posts) as a, id in (select parent_id from posts) as b, not exists (select 1 from posts p where p.user_id = u.id) as c from users u",
        "a boolean, b boolean?, c boolean",
    ),
    (
        "select x.id, x.n from (select id, name as n from users) x",
        "id integer, n text?",
    ),
    (
        "select x.email from (select * from users where name is not null) x where x.name > 'a'",
        "email text",
    ),
    (
        "select * from (select id, name from users where name is not null)",
        "id integer, name text",
    ),
    (
        "select (values (1), (2)) as a, (select id from users where id = 1 union all select 0) as b",
        "a integer, b integer",
    ),
    // Compound selects.
    (
        "select id, name from users union all select id, title from posts",
        "id integer, name text?",
    ),
    (
        "select email from users union select title from posts order by 1",
        "email text",
    ),
    (
        "select name from users except select title from posts",
        "name text?",
    ),
    (
        "select name from users intersect select title from posts",
        "name text",
    ),
    (
        "select id as x from users union all select email from users",
        "x any",
    ),
    (
        "values (1, 'a'), (2, null)",
        "column1 integer, column2 text?",
    ),
    (
        "select null as x union all select id from users",
        "x integer?",
    ),
    // Common table expressions.
    (
        "with a as (select id, name from users), b (x, y) as (select id, name from a where name is not null) select x, y from b",
        "x integer, y text",
    ),
    (
        "with recursive n (i) as (select 1 union all select i + 1 from n where i < 5) select i from n",
        "i integer",
    ),
    (
        "with recursive n (i, label) as (select 1, 'a' union all select i + 1, null from n where i < 3) select i, label from n",
        "i integer, label text?",
    ),
    (
        "with recursive t (id, depth, path) as (select id, 0, cast(id as text) from nodes where parent is null union all select n.id, t.depth + 1, t.path || '/' || n.id from nodes n join t on n.parent = t.id where t.depth < 5) select id, depth, path from t",
        "id integer, depth integer, path text",
    ),
    (
        "with recursive fib (a, b) as (select 0, 1 union all select b, a + b from fib where b < 100) select a, b from fib",
        "a integer, b integer",
    ),
    (
        "with x as materialized (select age from users) select max(age) as m, count(*) as c from x",
        "m integer?, c integer",
    ),
    (
        "with users as (select 'shadow' as email) select email from users",
        "email text",
    ),
    // Window functions.
    (
        "select id, row_number() over (order by id) as a, rank() over (order by age) as b, ntile(2) over (order by id) as c, percent_rank() over (order by id) as d from users",
        "id integer, a integer, b integer, c integer, d real",
    ),
    (
        "select lag(id) over (order by id) as a, lag(id, 1, 0) over (order by id) as b, lead(name, 1, 'x') over (order by id) as c, first_value(email) over (order by id) as d, last_value(name) over (order by id) as e, nth_value(id, 2) over (order by id) as f from users",
        "a integer?, b integer, c text?, d text, e text?, f integer?",
    ),
    (
        "select sum(id) over (order by id) as a, sum(id) over (order by id rows between 2 preceding and 1 preceding) as b, count(*) over (partition by active) as c, max(name) over w as d, avg(id) over (order by id rows between 1 preceding and 1 following) as e from users window w as (order by id)",
        "a integer, b integer?, c integer, d text?, e real",
    ),
    (
        "select sum(id) over (order by id rows between current row and unbounded following exclude current row) as a, first_value(id) over (order by id rows between 1 following and 2 following) as b, sum(id) filter (where age > 1) over (order by id) as c from users",
        "a integer?, b integer?, c integer?",
    ),
    (
        "select case when name is not null then lag(name) over (order by id) end as a, case when name is not null then max(name) over () else '' end as b from users",
        "a text?, b text??",
    ),
    (
        "select active, sum(count(*)) over () as a, rank() over (order by count(*)) as b from users group by active",
        "active integer, a integer, b integer",
    ),
    // JSON.
    (
        "select p.id, t.value, t.key, t.type, t.id as i, t.fullkey, t.path, t.atom, t.parent from posts p, json_each(p.tags) t",
        "id integer, value any?, key any?, type text, i integer, fullkey text, path text, atom any?, parent integer?",
    ),
    (
        "select p.id, t.value, t.type from posts p left join json_each(p.tags) t",
        "id integer, value any?, type text?",
    ),
    (
        "select t.fullkey, t.type from posts p, json_tree(p.tags) t",
        "fullkey text, type text",
    ),
    (
        "select json_extract(tags, '$[0]') as a, tags ->> 0 as b, tags -> 0 as c, json_array_length(tags) as d, json_type(tags) as e, json_type(tags, '$[0]') as f from posts",
        "a any?, b any?, c text?, d integer, e text, f text?",
    ),
    (
        "select json_group_array(email) as a, json_group_object(email, id) as b from users",
        "a text, b text",
    ),
    (
        "select json_array(id, body) as a, json_object('id', id, 'body', body) as b, json(tags) as c, json_set(tags, '$[0]', null) as d, json_remove(tags, '$[0]') as e, json_valid(body) as f, json_quote(body) as g from posts",
        "a text, b text, c text, d text, e text, f boolean?, g text",
    ),
    (
        "select user_id, json_group_array(title) as titles from posts group by user_id",
        "user_id integer, titles text",
    ),
    (
        "select exists (select 1 from json_each(p.tags) where value = ?1) as found from posts p",
        "found boolean",
    ),
    // Scalar functions.
    (
        "select lower(email) as a, upper(name) as b, length(email) as c, length(name) as d, substr(email, 2) as e, trim(name) as f, replace(email, 'a', 'b') as g, instr(email, 'a') as h, hex(avatar) as i, typeof(age) as j, quote(name) as k, unicode(email) as l from users",
        "a text, b text?, c integer, d integer?, e text, f text?, g text, h integer, i text, j text, k text, l integer?",
    ),
    (
        "select abs(id) as a, abs(balance) as b, round(balance, 1) as c, round(score) as d, sign(id) as e, sign(email) as f, min(id, age) as g, max(id, active) as h, random() as i, char(65) as j, printf('%d', id) as k, concat(name, id) as l, concat_ws('-', name, id) as m, printf('') as n, printf('%s', email) as o, format('%s!', email) as p from users",
        "a integer, b real, c real, d real?, e integer, f integer?, g integer?, h integer, i integer, j text, k text, l text, m text, n text?, o text, p text",
    ),
    (
        "select likely(id) as a, zeroblob(2) as b, randomblob(2) as c, unhex('00') as d, length(avatar) as e, substr(avatar, 1) as f, last_insert_rowid() as g, octet_length(email) as h from users",
        "a integer, b blob, c blob, d blob??, e integer?, f any?, g integer, h integer",
    ),
    // Dates.
    (
        "select date('now') as a, datetime('now', '-7 days', 'start of month') as b, strftime('%Y-%m', 'now') as c, unixepoch() as d, julianday('now') as e, time('now') as f, date('2024-02-03') as g, unixepoch('now', 'subsec') as h, current_date as i",
        "a text, b text, c text, d integer, e real, f text, g text, h number, i text",
    ),
    (
        "select date(created_at, 'unixepoch') as a, datetime(title) as b, strftime('%Y', body) as c, unixepoch(title) as d from posts",
        "a text?, b text?, c text?, d integer?",
    ),
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
    // Combinations.
    (
        "select active, sum(case when age > 1 then 1 else 0 end) as a, sum(case when age > 1 then 1 end) as b, max(coalesce(age, 0)) as c, count(distinct name) as d, group_concat(distinct email) as e from users group by active",
        "active integer, a integer, b integer?, c integer, d integer, e text",
    ),
    (
        "select max(coalesce(age, 0)) as a, min(id) + 1 as b, count(*) * 2.5 as c, max(id) is null as d from users",
        "a integer?, b integer?, c real, d boolean",
    ),
    (
        "select coalesce((select name from users where id = 1), 'x') as a, ifnull((select max(id) from posts), 0) as b, (select name is null from users limit 1) as c",
        "a text, b integer, c boolean?",
    ),
    (
        "select t.email, t.n from (select email, row_number() over (partition by active order by id) as n from users) t where t.n = 1",
        "email text, n integer",
    ),
    (
        "select * from (values (1, 'a'), (2, 'b'))",
        "column1 integer, column2 text",
    ),
    (
        "select x.column1, u.name from (values (1), (2)) x left join users u on u.id = x.column1",
        "column1 integer, name text?",
    ),
    (
        "select coalesce(a.id, b.id) as id from users a full join nodes b on a.id = b.id",
        "id integer??",
    ),
    (
        "select a.id, b.weight from users a natural left join nodes b",
        "id integer, weight integer?",
    ),
    (
        "select a.id, b.weight from users a natural join nodes b",
        "id integer, weight integer",
    ),
    (
        "select id, a.email, c.weight from users a left join posts b using (id) left join nodes c using (id)",
        "id integer, email text, weight integer?",
    ),
    (
        "select u.id, c.posts, c.newest from users u left join post_counts c on c.author = u.id where c.posts > 0",
        "id integer, posts integer, newest integer",
    ),
    (
        "select u.id, x.title from users u left join (posts p join nodes n on n.id = p.id) as x on x.user_id = u.id",
        "id integer, title text?",
    ),
    (
        "select u.id, p.title from users u, posts p where p.user_id = u.id and u.name is not null",
        "id integer, title text",
    ),
    (
        "select u.name, p.body from users u join posts p on p.user_id = u.id and p.body = u.name",
        "name text, body text",
    ),
    (
        "select u.name from users u left join posts p on p.body = u.name",
        "name text?",
    ),
    (
        "select u.name, p.body from users u left join posts p on p.body = u.name where p.id is not null",
        "name text, body text",
    ),
    (
        "select name, age from users where (name is not null and age is not null) or (name = 'a' and age = 1)",
        "name text, age integer",
    ),
    (
        "select name, age from users where name is not null or age is not null",
        "name text?, age integer?",
    ),
    (
        "select name from users where case when name is null then 0 else 1 end",
        "name text??",
    ),
    (
        "select name from users where not (name is null)",
        "name text",
    ),
    (
        "select name from users where name <> '' and length(name) > 0 and name || 'x' > ''",
        "name text",
    ),
    (
        "select age from users where age is not null group by age having count(*) > 0",
        "age integer",
    ),
    (
        "select name as n, count(*) as c from users group by n order by c desc",
        "n text?, c integer",
    ),
    (
        "select case when score is null then 0.0 when score > 0 then score else -score end as a from users",
        "a real",
    ),
    (
        "select not exists (select 1 from posts) as a, 1 in (select id from users) as b, null in (select id from users) as c, (1, 2) in (select id, active from users) as d",
        "a boolean, b boolean, c boolean?, d boolean??",
    ),
    (
        "with a as (select id, name from users), b as (select a.id, p.title from a left join posts p on p.user_id = a.id) select b.id, b.title, a.name from b join a using (id)",
        "id integer, title text?, name text?",
    ),
    (
        "with recursive up (id, parent, level) as (select id, parent, 0 from nodes where id = 1 union select n.id, n.parent, level + 1 from nodes n join up on up.parent = n.id where level < 9) select id, parent, level from up",
        "id integer, parent integer?, level integer",
    ),
    (
        "with recursive d (day) as (select date('now') union all select date(day, '+1 day') from d limit 3) select day from d",
        "day text??",
    ),
    (
        "insert into nodes (parent, weight) select parent_id, user_id from posts where true returning id, parent, weight",
        "id integer, parent integer?, weight integer",
    ),
    (
        "insert into users (email, balance, active) values ('q', 1.5, 1) on conflict (email) do update set name = excluded.email, age = coalesce(users.age, 0) + 1 where users.active = 1 returning id, name, age",
        "id integer, name text?, age integer?",
    ),
    (
        "insert or replace into keyed (code, data) values ('k', ?1) returning rowid as r, code, data is null as empty",
        "r integer, code text, empty boolean",
    ),
    (
        "replace into settings (scope, key, value) values (?1, ?2, ?3) returning *",
        "scope text, key text, value text?",
    ),
    (
        "update users set (name, age) = (?1, ?2) where id = 1 returning name, age, coalesce(name, email) as label",
        "name text?, age integer?, label text",
    ),
    (
        "update nodes set weight = weight + 1 returning weight * 2 as double, parent",
        "double integer, parent integer?",
    ),
    (
        "delete from settings where value is null returning *",
        "scope text, key text, value text?",
    ),
    (
        "select min(name, email) as a, max(id, 1) as b, min(id) as c from users group by id",
        "a text?, b integer, c integer",
    ),
    (
        "select sum(amount) as a, sum(total) as b, sum(ratio) as c, avg(total) as d from orders group by label",
        "a integer, b integer, c integer?, d real",
    ),
    (
        "select first_value(name) over (partition by active order by id) as a, max(id) over (order by id groups between current row and 1 following) as b, count(age) over (order by id rows 1 preceding) as c from users",
        "a text?, b integer, c integer",
    ),
    (
        "select max(age) over (order by id rows between current row and current row exclude ties) as a, min(id) over (order by id rows between unbounded preceding and current row exclude group) as b from users",
        "a integer?, b integer?",
    ),
    (
        "select u.id, (select group_concat(p.title) from posts p where p.user_id = u.id) as titles, (select json_group_array(p.title) from posts p where p.user_id = u.id) as list from users u",
        "id integer, titles text?, list text",
    ),
    (
        "select json_object('a', name, 'b', json_array(1, 2)) as a, json_patch(tags, '{}') as b, json_extract(tags, '$') as c from users join posts on posts.user_id = users.id",
        "a text, b text, c any?",
    ),
    (
        "select t.key as k, count(*) as n from posts p, json_each(p.tags) t group by t.key",
        "k any?, n integer",
    ),
    (
        "select id, iif(age is not null and age > 1, age, -1) as a, iif(name is null or name = '', email, name) as b from users",
        "id integer, a integer, b text",
    ),
    (
        "select 1 as one from users where id = ?1 or email = ?2 limit 1",
        "one integer",
    ),
    (
        "select count(*) as n from users where age is ?1",
        "n integer",
    ),
    (
        "select (select max(u.id) from posts) as a from users u",
        "a any?",
    ),
    (
        "select upper(substr(email, 1, 1)) || lower(substr(email, 2)) as a, length(trim(email)) as b, cast(strftime('%s', 'now') as integer) as c from users",
        "a text, b integer, c integer",
    ),
    (
        "select id, released > '2024-01-01' as recent, price * 2 as twice, quantity * price as total, in_stock and featured as both from products",
        "id integer, recent boolean?, twice number?, total number?, both boolean?",
    ),
    (
        "select a.email, b.title, c.weight, id from users a full join posts b using (id) join nodes c using (id)",
        "email text?, title text?, weight integer, id integer",
    ),
    (
        "select a.email, b.title, c.weight from users a natural full join posts b natural join nodes c",
        "email text?, title text?, weight integer",
    ),
    (
        "select a.email, b.title, c.weight from users a right join posts b using (id) left join nodes c using (id)",
        "email text?, title text, weight integer?",
    ),
    (
        "select id, max(age) filter (where age > 100) as a from users group by active",
        "id integer, a integer?",
    ),
    (
        "select id, min(name) as a, max(score) as b from users group by active",
        "id integer, a text?, b real?",
    ),
    (
        "select active from users group by active order by max(age)",
        "active integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a right join posts b on b.user_id = a.id join nodes c on c.id = a.id",
        "id integer, b integer, c integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a, posts b right join nodes c on c.id = b.id and b.user_id = a.id",
        "id integer?, b integer?, c integer",
    ),
    (
        "select a.id, b.id as b, c.id as c from users a left join posts b on b.user_id = a.id full join nodes c on c.id = a.id where b.id > 0",
        "id integer, b integer, c integer?",
    ),
];
