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
