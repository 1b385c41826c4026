-- Whippet's idempotency layer: the stored response to each request with an Idempotency-Key.
create table idempotent_requests (
    -- The caller that the key belongs to, as a hash.
    scope blob not null,
    key text not null,
    -- A hash of the method, the URI and the body.
    fingerprint blob not null,
    -- The random id of the request that wrote this row.
    claim text not null,
    -- The status, headers and body of the response, which are null while the request is in flight, or if its response
    -- is not stored.
    status integer,
    -- The headers as a JSON list of pairs of name and value.
    headers text,
    body blob,
    -- The time at which this row expires, in milliseconds since the Unix epoch. While the request is in flight, this is
    -- the time at which its key is released.
    expires_at integer not null,
    primary key (scope, key)
) strict;

create index idempotent_requests_expiry on idempotent_requests (expires_at);

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
