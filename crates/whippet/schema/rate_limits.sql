-- Whippet's rate limiter: how much of a quota each caller has used.
create table rate_limits (
    -- A hash of the quota's name and the caller's key.
    key blob primary key not null,
    -- The time at which the full quota is available again, in microseconds since the Unix epoch.
    full_at integer not null,
    -- Whether the last request of the caller was rejected.
    is_refused integer not null
) strict;

create index rate_limits_full on rate_limits (full_at);
