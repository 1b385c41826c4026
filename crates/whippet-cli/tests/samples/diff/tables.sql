create table teams (id integer primary key autoincrement, name text not null) strict;

create table users (
    id integer primary key autoincrement,
    -- The team, which may be gone.
    team_id integer,
    name text,
    age integer not null,
    level integer not null default 1, -- from 1 to 9
    manager_id integer references users (id) on delete cascade,
    constraint users_level check (level between 1 and 9) -- see above
) strict;

create index users_name on users (name, level);
create index users_manager on users (manager_id);

create table posts (
    id text primary key not null,
    user_id integer not null references users (id) on delete cascade,
    title text not null,
    length integer generated always as (length(title))
) strict;

create index posts_user on posts (user_id);

create table likes (
    post_id text primary key not null references posts (id) on delete cascade,
    user_id integer references users (id) on delete set null
) strict;

create index likes_user on likes (user_id);

create table history (text text not null) strict;

create trigger posts_deleted after delete on posts begin
    insert into history values ('deleted ' || old.id);
end;

create trigger likes_inserted after insert on likes begin
    insert into history select 'like of ' || name from users where id = new.user_id;
end;

create trigger users_named after update of name on users begin
    insert into history values (coalesce(new.name, ''));
end;

create view names as select id, name from users;
create view first_names as select name from names where id = 1;
