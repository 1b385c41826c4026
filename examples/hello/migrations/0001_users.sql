create table users (
    email text not null primary key,
    name text not null,
    welcomed integer not null default 0
) strict;
