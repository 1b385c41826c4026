with recursive
    named (name) as (
        select min(name) from (
            select min(name) as name from tasks where state = 'pending' and ready = 0 and lease is null
            union all
            select min(name) from tasks where state = 'pending' and ready = 1 and lease is null
        )
        union all
        select (
            select min(name) from (
                select min(name) as name from tasks
                where state = 'pending' and ready = 0 and lease is null and tasks.name > named.name
                union all
                select min(name) from tasks
                where state = 'pending' and ready = 1 and lease is null and tasks.name > named.name
            )
        )
        from named where name is not null
    )
select name, (
        select count(*) from (
            select 1 from tasks
            where state = 'pending' and ready = 0 and lease is null and tasks.name = named.name limit ?2
        )
    ) + (
        select count(*) from (
            select 1 from tasks
            where state = 'pending' and ready = 1 and lease is null and tasks.name = named.name limit ?2
        )
    )
from named
where name is not null and name not in (select value from json_each(?1))
limit ?3
