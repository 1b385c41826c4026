-- Times are milliseconds since the Unix epoch.

create table accounts (
    id integer primary key,
    email text not null unique collate nocase,
    password_hash text not null,
    created_at integer not null
) strict;

create table tokens (
    -- The SHA-256 of the token.
    digest blob primary key not null,
    account_id integer not null references accounts (id) on delete cascade,
    -- A JSON list.
    scopes text not null,
    expires_at integer not null
) strict;

create index tokens_account on tokens (account_id);
create index tokens_expiry on tokens (expires_at);

create table notes (
    id integer primary key autoincrement,
    account_id integer not null references accounts (id) on delete cascade,
    title text not null,
    text text not null,
    -- A JSON list.
    tags text not null,
    color text,
    remind_at integer,
    version integer not null default 1,
    created_at integer not null,
    changed_at integer not null
) strict;

create index notes_account on notes (account_id, id);

create table attachments (
    id integer primary key autoincrement,
    note_id integer not null references notes (id) on delete cascade,
    -- The key of the object with the content.
    key text not null,
    name text not null,
    description text not null,
    media_type text not null,
    size integer not null,
    created_at integer not null
) strict;

create index attachments_note on attachments (note_id, id);

-- The events of the feed. The last 100,000 events are kept.
create table changes (
    id integer primary key autoincrement,
    -- No foreign keys, so that the events of deleted notes remain.
    account_id integer not null,
    note_id integer not null,
    kind text not null check (kind in ('created', 'changed', 'deleted', 'reminded'))
) strict;

create index changes_account on changes (account_id, id);

create trigger changes_limit after insert on changes begin
    delete from changes where id <= new.id - 100000;
end;

create trigger notes_created after insert on notes begin
    insert into changes (account_id, note_id, kind) values (new.account_id, new.id, 'created');
end;

create trigger notes_changed after update on notes begin
    insert into changes (account_id, note_id, kind) values (new.account_id, new.id, 'changed');
end;

create trigger notes_deleted after delete on notes begin
    insert into changes (account_id, note_id, kind) values (old.account_id, old.id, 'deleted');
end;
