-- Lists, maps and payloads are stored as JSON text, and times as milliseconds since the Unix epoch.

create table applications (
    id text primary key not null,
    uid text unique,
    name text not null,
    throttle_rate integer,
    metadata text not null,
    created_at integer not null,
    updated_at integer not null
) strict;

create table endpoints (
    id text primary key not null,
    app_id text not null references applications (id) on delete cascade,
    uid text,
    url text not null,
    description text not null,
    -- Null in `event_types` means every event type. Null in `channels` means any channels or none.
    event_types text,
    channels text,
    metadata text not null,
    headers text not null,
    secret text not null,
    throttle_rate integer,
    disabled integer not null,
    created_at integer not null,
    updated_at integer not null,
    unique (app_id, uid)
) strict;

create index endpoints_app on endpoints (app_id, id);

create table messages (
    id text primary key not null,
    app_id text not null references applications (id) on delete cascade,
    event_id text,
    event_type text not null,
    channels text,
    tags text,
    payload text not null,
    created_at integer not null,
    unique (app_id, event_id)
) strict;

create index messages_app on messages (app_id, id);

create table attempts (
    id text primary key not null,
    message_id text not null references messages (id) on delete cascade,
    -- This column is not a foreign key, so that the attempts of a deleted endpoint remain.
    endpoint_id text not null,
    url text not null,
    -- The status of the attempt in the numbers of the Svix API: 0 for success, 2 for failure.
    status integer not null,
    response_status integer not null,
    response text not null,
    duration_ms integer not null,
    created_at integer not null
) strict;

create index attempts_message on attempts (message_id, id);
create index attempts_endpoint on attempts (endpoint_id, id);

create table idempotency_keys (
    scope text not null,
    key text not null,
    fingerprint blob not null,
    resource_id text not null,
    expires_at integer not null,
    primary key (scope, key)
) strict;

create index idempotency_keys_expiry on idempotency_keys (expires_at);
