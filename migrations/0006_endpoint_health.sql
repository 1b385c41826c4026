-- When an endpoint started to fail, and when its next delivery may start.

-- The time of the first failed attempt since the last success, or 0.
alter table endpoints add column failing_since integer not null default 0;
-- The time of the last failed attempt since the last success, or 0.
alter table endpoints add column failed_at integer not null default 0;
-- The number of failed attempts since the last success.
alter table endpoints add column failures integer not null default 0;

-- With a `throttle_rate`, the time at which the next delivery may start, in microseconds since the Unix epoch.
alter table endpoints add column next_slot integer not null default 0;
alter table applications add column next_slot integer not null default 0;
