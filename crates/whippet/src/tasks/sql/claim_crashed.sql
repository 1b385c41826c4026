with kind as materialized (
    select value ->> 'name' as name, value ->> 'lease' as lease from json_each(?1)
    where value ->> 'queue' not in (select queue from task_pauses)
)
update tasks set attempt = attempt + 1, crashes = crashes + 1, lease = ?3,
    due_at = ?2 + (select kind.lease from kind where kind.name = tasks.name)
where rowid in (
    select rowid from (
        select rowid, crashes, due_at, row_number() over (partition by crashes > 0 order by due_at) as turn
        from tasks
        where lease is not null and due_at <= ?2 and name in (select name from kind)
    )
    where crashes = 0 or (
        turn = 1 and not exists (select 1 from tasks where lease is not null and due_at > ?2 and crashes > 1)
    )
    order by due_at
    limit ?4
)
returning id, name, args, attempt, failures, crashes, request_id, trace, concurrency_key, group_id
