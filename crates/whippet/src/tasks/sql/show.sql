select json_object(
    'id', id,
    'name', name,
    'state', case
        when state = 'dead' then 'dead'
        when lease is not null then 'running'
        when ready = 1 then 'ready'
        when ready = 2 then 'blocked'
        else 'waiting'
    end,
    'args', args,
    'attempts', attempt,
    'failures', failures,
    'crashes', crashes,
    'dueAt', strftime('%Y-%m-%dT%H:%M:%fZ', due_at / 1000.0, 'unixepoch'),
    'createdAt', strftime('%Y-%m-%dT%H:%M:%fZ', created_at / 1000.0, 'unixepoch'),
    'lastError', last_error,
    'progress', json(progress),
    'members', case when follows is not null then json_object('all', members, 'done', members_done) end,
    'key', unique_key,
    'concurrencyKey', concurrency_key,
    'requestId', request_id
)
from tasks
where id = ?1
