-- The outbox of Whippet: the tasks that have not succeeded. A handler writes a task in the same batch as the data that
-- the task belongs to.
create table tasks (
    id text primary key not null,
    name text not null,
    -- The arguments of the task, as JSON.
    args text not null,
    state text not null default 'pending' check (state in ('pending', 'dead')),
    -- How many times the task was started.
    attempt integer not null default 0,
    -- The time at which the task may be claimed, in milliseconds since the Unix epoch. While the task runs, this is the
    -- end of its lease.
    due_at integer not null,
    -- The random id of the claim under which the task runs.
    lease text,
    -- The id of the request that enqueued the task.
    request_id text not null default '',
    last_error text,
    created_at integer not null
) strict;

create index tasks_due on tasks (due_at) where state = 'pending';
