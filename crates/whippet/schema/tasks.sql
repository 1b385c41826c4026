-- The outbox of Whippet's tasks. A task is written in the same batch as the data it belongs to.
create table tasks (
    id text primary key not null,
    name text not null,
    -- The arguments, as JSON.
    args text not null,
    state text not null default 'pending' check (state in ('pending', 'dead')),
    -- How often the task was started.
    attempt integer not null default 0,
    -- When the task may be claimed, in milliseconds since the Unix epoch. While a worker has it, the end of the lease.
    due_at integer not null,
    -- Which claim the task belongs to while it runs.
    lease text,
    -- The request that enqueued it.
    request_id text not null default '',
    last_error text,
    created_at integer not null
) strict;

create index tasks_due on tasks (due_at) where state = 'pending';
