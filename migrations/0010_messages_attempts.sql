-- A new message without an event id writes three rows instead of four: the index for event ids contains only messages
-- that have one. A new attempt writes three rows instead of four: its id is computed from the columns `created_at` and
-- `seq`, so that no index is needed to find an attempt by its id.

create table messages_new (
    id text primary key not null,
    app_id text not null references applications (id) on delete cascade,
    event_id text,
    event_type text not null,
    channels text,
    tags text,
    payload text not null,
    created_at integer not null
) strict;

create unique index messages_event on messages_new (app_id, event_id) where event_id is not null;

insert into messages_new (rowid, id, app_id, event_id, event_type, channels, tags, payload, created_at)
select rowid, id, app_id, event_id, event_type, channels, tags, payload, created_at from messages;

-- whippet: allow W015 the id of an attempt also contains its time
create table attempts_new (
    -- The position of the attempt in the order in which attempts were committed.
    seq integer primary key,
    -- The id of an attempt that is older than this migration, or that the previous version of Relay has written.
    id text,
    message_id text not null references messages_new (id) on delete cascade,
    -- This column is not a foreign key, so that the attempts of a deleted endpoint remain.
    endpoint_id text not null,
    url text not null,
    -- The status of the attempt in the numbers of the Svix API: 0 for success, 2 for failure.
    status integer not null,
    response_status integer not null,
    response text not null,
    duration_ms integer not null,
    created_at integer not null,
    -- The id of any attempt. New ids have 11 hexadecimal digits for `created_at`, and 16 for `seq`.
    attempt_id text not null generated always as (coalesce(id, printf('atmpt_%011x%016x', created_at, seq))) virtual
) strict;

create unique index attempts_id on attempts_new (id) where id is not null;

insert into attempts_new (
    seq, id, message_id, endpoint_id, url, status, response_status, response, duration_ms, created_at
)
select rowid, id, message_id, endpoint_id, url, status, response_status, response, duration_ms, created_at
from attempts;

drop table attempts;
-- whippet: allow W001 only the table `attempts` referred to `messages`, and it is already dropped
drop table messages;
alter table messages_new rename to messages;
alter table attempts_new rename to attempts;

create index messages_app on messages (app_id);
create index attempts_message on attempts (message_id);
create index attempts_endpoint on attempts (endpoint_id);
