-- The results that Whippet's tasks keep for a time.
create table task_results (
    -- The id of the task.
    id text primary key not null,
    -- The result, as JSON.
    result text not null,
    -- The time until which the result is kept, in milliseconds since the Unix epoch.
    expires_at integer not null
) strict;

create index task_results_expiry on task_results (expires_at);
