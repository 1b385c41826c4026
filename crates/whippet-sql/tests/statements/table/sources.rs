//! Joins, aggregates, subqueries, compound selects and common table expressions.

pub(super) const STATEMENTS: &[(&str, &str)] = &[
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
];
