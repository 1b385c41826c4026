update tasks set ready = 1
where rowid in (
    select rowid from tasks
    where state = 'pending' and ready = 0 and lease is null
        and name in (select value ->> 'name' from json_each(?1)) and due_at <= ?2
    limit ?3
)
