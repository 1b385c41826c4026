create table if not exists shelves (
    id integer primary key autoincrement,
    name text not null unique
) strict;

create table if not exists books (
    shelf_id integer not null references shelves (id) on delete cascade,
    isbn text not null,
    title text not null,
    tags text,
    price real,
    cover blob,
    length integer not null generated always as (length(title)),
    version integer not null default 1,
    primary key (shelf_id, isbn)
) strict, without rowid;
