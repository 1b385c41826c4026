-- The outbox and the schedules of Whippet, copied from crates/whippet/schema, and the ticks that were run.

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
-- The W3C trace context in which a task was enqueued: the value of `traceparent` and, if
-- present, a space and the value of `tracestate`.
alter table tasks add column trace text not null default '';
-- The columns with which Whippet limits concurrent tasks and counts failures. Each pending task is in exactly one of
-- three indexes, so that a task costs no more rows than with one index: `tasks_waiting` until its `due_at`,
-- `tasks_ready` while it is due but does not run yet, and `tasks_leased` while it runs.

-- The number of tasks with the same name and the same concurrency key that run at the same time is limited.
alter table tasks add column concurrency_key text not null default '';
-- At most one pending task has this key.
alter table tasks add column unique_key text;
-- 1 if the task is due but does not run yet, and 0 before `due_at` and while the task runs.
alter table tasks add column ready integer not null default 0;
-- How many attempts failed. Attempts that were interrupted do not count.
alter table tasks add column failures integer not null default 0;
-- How many attempts in a row ended without an outcome, because their process ended.
alter table tasks add column crashes integer not null default 0;

-- Before this migration, `attempt` counted the failures. An attempt that is running has not failed yet.
update tasks set failures = attempt - (lease is not null) where attempt > 0;

drop index tasks_due;
create index tasks_waiting on tasks (name, due_at) where state = 'pending' and ready = 0 and lease is null;
create index tasks_ready on tasks (name, concurrency_key, due_at) where state = 'pending' and ready = 1 and lease is null;
create index tasks_leased on tasks (name, concurrency_key, due_at) where lease is not null;
-- The `due_at` of a dead task is the time at which the task died.
create index tasks_dead on tasks (due_at) where state = 'dead';
create unique index tasks_unique on tasks (unique_key) where state = 'pending' and unique_key is not null;
-- The schedules of Whippet's `#[cron]` functions. A tick is in one transaction with the task that it enqueues, so that
-- any number of processes enqueue one task for each tick.
create table task_schedules (
    -- The name of the task.
    name text not null,
    -- The expression and the time zone. A function whose schedule has changed starts anew.
    schedule text not null,
    -- The last tick that was enqueued or skipped, in milliseconds since the Unix epoch. Before the first tick, this is the
    -- time at which a program first had the schedule.
    last_tick integer not null,
    primary key (name, schedule)
) strict;

create table ticks (tick integer not null) strict;
