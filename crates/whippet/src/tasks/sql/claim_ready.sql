with recursive
    kind as materialized (
        select value ->> 'name' as name,
            value ->> 'queue' as queue,
            value ->> 'free' as free,
            value ->> 'limit' as task_limit,
            value ->> 'key_limit' as key_limit,
            value ->> 'after' as after,
            value ->> 'weight' as weight,
            value ->> 'offset' as offset,
            value ->> 'lease' as lease
        from json_each(?1)
        where value ->> 'queue' not in (select queue from task_pauses)
    ),
    place (free) as materialized (
        select iif(?5 and count(*) > 0, 0, ?4 - count(*)) from tasks where lease is not null and lease = ?3
    ),
    walk (name, key, until, found) as (
        select name, (
            select min(concurrency_key) from tasks
            where state = 'pending' and ready = 1 and lease is null
                and tasks.name = kind.name and concurrency_key >= kind.after
        ), char(1114111), 0
        from kind
        union all
        select walk.name, iif(key is null, (
            select min(concurrency_key) from tasks
            where state = 'pending' and ready = 1 and lease is null
                and tasks.name = walk.name and concurrency_key < kind.after
        ), (
            select min(concurrency_key) from tasks
            where state = 'pending' and ready = 1 and lease is null
                and tasks.name = walk.name and concurrency_key > walk.key and concurrency_key < walk.until
        )), iif(key is null, after, until), found + (key is not null and ifnull(iif(key = '', task_limit, key_limit) > (
            select count(*) from tasks
            where lease is not null and tasks.name = walk.name and concurrency_key = walk.key
        ), true))
        from walk cross join kind on kind.name = walk.name
        where (key is not null or until > after and after > '') and found < (select free from place)
    ),
    limited (name, key, most) as (
        select walk.name, key, iif(key = '', task_limit, key_limit)
        from walk cross join kind on kind.name = walk.name
        where key is not null
    ),
    open (name, key, free) as materialized (
        select name, key, iif(most is null, (select free from place), most - (
            select count(*) from tasks
            where lease is not null and tasks.name = limited.name and concurrency_key = limited.key
        ))
        from limited
    ),
    depth (rows) as materialized (
        select max(1, (select free from place) - ifnull(min(keys), 0) + 1) from (
            select count(*) as keys from open where free > 0 group by name
        )
    ),
    candidate as (
        select tasks.rowid as task, open.name, open.key, open.free,
            row_number() over (partition by open.name, open.key order by tasks.due_at) as nth
        from open cross join tasks on tasks.rowid in (
            select rowid from tasks
            where state = 'pending' and ready = 1 and lease is null
                and name = open.name and concurrency_key = open.key and due_at <= ?2
            order by due_at limit (select rows from depth)
        )
    ),
    ranked as (
        select task, kind.queue, kind.free,
            (row_number() over (partition by kind.name order by nth, key < kind.after, key) - kind.offset) * kind.weight as rank
        from candidate cross join kind on kind.name = candidate.name
        where nth <= candidate.free
    ),
    chosen as (
        select task from (
            select task, rank, free, row_number() over (partition by queue order by rank) as nth from ranked
        )
        where nth <= free order by rank limit (select free from place)
    )
update tasks set attempt = attempt + 1, ready = 0, lease = ?3,
    due_at = ?2 + (select kind.lease from kind where kind.name = tasks.name)
where rowid in (select task from chosen)
returning id, name, args, attempt, failures, crashes, request_id, trace, concurrency_key, group_id
