//! Window functions, JSON, scalar functions and dates.

pub(super) const STATEMENTS: &[(&str, &str)] = &[
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
];
