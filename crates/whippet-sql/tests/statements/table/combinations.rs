//! Statements that combine several features.

pub(super) const STATEMENTS: &[(&str, &str)] = &[
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
