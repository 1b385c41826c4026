with recursive
    kind as materialized (
        select value ->> 'name' as name, value ->> 'limit' as task_limit, value ->> 'key_limit' as key_limit
        from json_each(?1)
        where value ->> 'queue' not in (select queue from task_pauses)
    ),
    walk (name, key) as (
        select name, (
            select min(concurrency_key) from tasks
            where state = 'pending' and ready = 1 and lease is null and tasks.name = kind.name
        )
        from kind
        union all
        select name, (
            select min(concurrency_key) from tasks
            where state = 'pending' and ready = 1 and lease is null
                and tasks.name = walk.name and concurrency_key > walk.key
        )
        from walk where key is not null
    ),
    limited (name, key, most) as (
        select walk.name, key, iif(key = '', task_limit, key_limit)
        from walk cross join kind on kind.name = walk.name
        where key is not null
    ),
    open (name, key) as (
        select name, key from limited
        where most is null or most > (
            select count(*) from tasks
            where lease is not null and tasks.name = limited.name and concurrency_key = limited.key
        )
        limit 1
    )
select min(due) from (
    select (
        select min(due_at) from tasks
        where state = 'pending' and ready = 0 and lease is null and tasks.name = kind.name
    ) as due from kind
    union all
    select min(due_at) from tasks where lease is not null and name in (select name from kind)
    union all
    select (
        select min(due_at) from tasks
        where state = 'pending' and ready = 1 and lease is null
            and tasks.name = open.name and concurrency_key = open.key
    ) from open
)
