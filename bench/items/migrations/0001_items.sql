-- Every app of the benchmark uses this schema.
create table items (
    id integer primary key,
    sku text not null,
    name text not null,
    cents integer not null,
    weight real not null,
    active integer not null check (active in (0, 1)),
    tags text not null check (json_valid(tags)),
    version integer not null default 1
) strict;
