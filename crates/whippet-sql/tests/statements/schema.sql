create table users (
    id integer primary key,
    email text not null unique,
    name text,
    age integer,
    score real,
    balance real not null,
    active integer not null,
    avatar blob,
    extra any,
    referrer_id integer references users (id)
) strict;

create table posts (
    id integer primary key,
    user_id integer not null references users (id),
    parent_id integer references posts (id),
    title text not null,
    body text,
    tags text not null,
    created_at integer not null
) strict;

create table settings (
    scope text,
    key text,
    value text,
    primary key (scope, key)
) strict, without rowid;

create table documents (
    id text primary key,
    content blob not null,
    checksum blob
);

create table products (
    id integer primary key,
    sku varchar(20) not null,
    price decimal(10, 2),
    rating double not null,
    in_stock boolean not null,
    featured boolean,
    released datetime,
    untyped,
    quantity int not null default 0
);

create table orders (
    id integer primary key,
    product_id integer not null,
    amount integer not null,
    unit integer not null,
    note text,
    total integer generated always as (amount * unit) virtual,
    label text generated always as (coalesce(note, 'none')) stored,
    ratio integer generated always as (amount / unit) virtual,
    code text not null generated always as ('o' || id) virtual
) strict;

create table keyed (code text primary key, data any) strict;

create table descending (id integer primary key desc, name text not null);

create view user_posts as
    select u.id as user_id, u.email, p.id as post_id, p.title
    from users u left join posts p on p.user_id = u.id;

create view post_counts (author, posts, newest) as
    select user_id, count(*), max(created_at) from posts group by user_id;

create view busy as select author, posts from post_counts where posts > 1;

create table nodes (id integer primary key, parent integer, weight integer not null) strict;

create virtual table search using fts5 (title, body);
