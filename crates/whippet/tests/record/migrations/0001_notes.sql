create table authors (
    id integer primary key,
    name text not null
) strict;

create table notes (
    id text primary key not null,
    author_id integer not null references authors (id) on delete cascade,
    title text not null,
    body text,
    labels text not null,
    -- JSON, or null.
    color text,
    created_at integer not null,
    title_length integer not null generated always as (length(title)),
    version integer not null default 1
) strict;

create index notes_author on notes (author_id, created_at, id);

create table members (
    team text not null,
    author_id integer not null references authors (id) on delete cascade,
    role text not null default 'reader',
    "order" integer,
    primary key (team, author_id)
) strict, without rowid;

create index members_author on members (author_id);

create table entries (
    id integer primary key autoincrement,
    text text not null,
    at integer not null default 7
) strict;

create table marks (
    code blob primary key not null,
    weight real
) strict;

create view titles as select id, title from notes;
