-- The outbox of Whippet's tasks. A handler writes a task in the same batch as the data that the task belongs to.
create table tasks (
    id text primary key not null,
    name text not null,
    -- The arguments, as JSON.
    args text not null,
    state text not null default 'pending' check (state in ('pending', 'dead')),
    -- How many times the task was started.
    attempt integer not null default 0,
    -- When the task may be claimed, in milliseconds since the Unix epoch; while the task runs, the end of its lease.
    due_at integer not null,
    -- The id of the claim that runs the task.
    lease text,
    -- The id of the request that enqueued the task.
    request_id text not null default '',
    last_error text,
    created_at integer not null
) strict;

create index tasks_due on tasks (due_at) where state = 'pending';
