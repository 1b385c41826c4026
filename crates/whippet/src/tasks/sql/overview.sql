select kind.value as name,
    (
        select count(*) from (
            select 1 from tasks
            where state = 'pending' and ready = 0 and lease is null and name = kind.value limit ?2
        )
    ) as waiting,
    (
        select count(*) from (select 1 from tasks where ready = 2 and name = kind.value limit ?2)
    ) as blocked,
    (
        select count(*) from (
            select 1 from tasks
            where state = 'pending' and ready = 1 and lease is null and name = kind.value limit ?2
        )
    ) as ready,
    (
        select count(*) from (
            select 1 from tasks where lease is not null and name = kind.value limit ?2
        )
    ) as running,
    coalesce((
        select min(due_at) from (
            select due_at from tasks
            where state = 'pending' and ready = 1 and lease is null and name = kind.value limit ?2
        )
    ), (
        select min(due_at) from tasks
        where state = 'pending' and ready = 0 and lease is null and name = kind.value
    )) as due
from json_each(?1) kind
order by 1
