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
