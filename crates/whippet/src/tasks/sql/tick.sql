insert into tasks (id, name, args, due_at, ready, created_at)
select value ->> 'id', ?1, value ->> 'args', value ->> 'time', 1, ?2
from json_each(?3)
where value ->> 'time' > (select max(last_tick) from task_schedules where name = ?1)
on conflict (id) do nothing
