-- Whippet's idempotency layer: what was answered to a request that has an Idempotency-Key.
create table idempotent_requests (
    -- Whose key it is, as a hash.
    scope blob not null,
    key text not null,
    -- A hash of the request.
    fingerprint blob not null,
    -- Which request made this row.
    claim text not null,
    -- The answer; null while there is none.
    status integer,
    -- JSON: pairs of name and value.
    headers text,
    body blob,
    -- In milliseconds since the Unix epoch; without an answer, until when the request is waited for.
    expires_at integer not null,
    primary key (scope, key)
) strict;

create index idempotent_requests_expiry on idempotent_requests (expires_at);
