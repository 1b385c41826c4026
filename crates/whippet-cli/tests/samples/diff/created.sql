-- A draft, which `whippet migrate diff` wrote from the records of the program. Read it before you apply it.
create table users (
    id integer primary key autoincrement,
    team_id integer,
    name text,
    age integer not null,
    level integer not null,
    manager_id integer references users (id) on delete cascade
) strict;
create index users_manager_id on users (manager_id);
create table teams (
    id integer primary key autoincrement,
    name text not null
) strict;
create table posts (
    id text not null primary key,
    user_id integer not null references users (id) on delete cascade,
    title text not null,
    length integer generated always as (length(title))
) strict;
create index posts_user_id on posts (user_id);
create table likes (
    post_id text not null references posts (id) on delete cascade primary key,
    user_id integer references users (id) on delete set null
) strict;
create index likes_user_id on likes (user_id);
