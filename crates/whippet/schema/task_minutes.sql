-- How many attempts of Whippet's tasks ended in each minute of the last day.
create table task_minutes (
    -- The start of the minute, in milliseconds since the Unix epoch.
    minute integer primary key not null,
    -- How many attempts have succeeded.
    done integer not null,
    -- How many attempts have failed. These tasks are retried.
    failed integer not null,
    -- How many tasks have died.
    dead integer not null
) strict;
