create table users (
    id integer primary key,
    name text not null,
    email text unique,
    tags text,
    created_at integer not null
) strict;
