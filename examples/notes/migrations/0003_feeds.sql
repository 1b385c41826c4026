-- The feeds that clients follow. A feed ends when its row is deleted.
create table feeds (
    id integer primary key autoincrement,
    account_id integer not null references accounts (id) on delete cascade,
    token blob not null references tokens (digest) on delete cascade
) strict;

create index feeds_account on feeds (account_id);
create index feeds_token on feeds (token);
