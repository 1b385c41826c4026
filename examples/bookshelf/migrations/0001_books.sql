create table authors (
  id integer primary key,
  name text not null
);

create table books (
  id integer primary key,
  author_id integer not null references authors (id),
  title text not null,
  pages integer not null,
  unique (author_id, title)
);

-- 100 authors with two books each.
with recursive n (id) as (select 1 union all select id + 1 from n where id < 100)
insert into authors (id, name)
select id, 'Author ' || id from n;

insert into books (author_id, title, pages)
select authors.id, volumes.title, 100 + authors.id
from authors, (select 'Volume 1' as title union all select 'Volume 2') as volumes;
