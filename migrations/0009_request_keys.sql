-- The idempotency keys of requests. A request with a key writes one row. In the table `idempotency_keys`, it wrote three:
-- the row, and an entry in each of two indexes. That table remains for now, because the previous version of Relay uses
-- it while a new version is deployed.
create table request_keys (
    -- The collection to which the request added a resource, a space, and the idempotency key.
    key text primary key not null,
    fingerprint blob not null,
    resource_id text not null,
    expires_at integer not null
) strict, without rowid;

insert into request_keys (key, fingerprint, resource_id, expires_at)
select scope || ' ' || key, fingerprint, resource_id, expires_at from idempotency_keys;
