-- What a running task has reported last, as JSON.
alter table tasks add column progress text;
-- The group of which the task is a member.
alter table tasks add column group_id text;
-- The group that the task follows. While a member of this group is pending, the task has `ready = 2`, and is in none of
-- the indexes from which tasks are claimed.
alter table tasks add column follows text;
-- How many members the group had when it was enqueued, and how many of them have succeeded.
alter table tasks add column members integer not null default 0;
alter table tasks add column members_done integer not null default 0;

create index tasks_blocked on tasks (name) where ready = 2;

-- The queues whose tasks are not claimed.
create table task_pauses (
    queue text primary key not null,
    -- The time since which the queue is paused, in milliseconds since the Unix epoch.
    paused_at integer not null
) strict;
