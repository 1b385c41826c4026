-- Whippet's rate limiter: what each caller has used of a quota.
create table rate_limits (
    -- The name of the quota and who is counted, as a hash.
    key blob primary key not null,
    -- When the whole quota is there again, in microseconds since the Unix epoch.
    full_at integer not null,
    -- Whether the last request was refused.
    is_refused integer not null
) strict;

create index rate_limits_full on rate_limits (full_at);
