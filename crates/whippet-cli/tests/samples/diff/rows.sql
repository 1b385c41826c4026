insert into teams values (1, 'red'), (2, 'blue');
insert into users (id, team_id, name, age, manager_id) values
    (1, 1, 'Ada', 36, null), (2, 2, 'Bob', 7, 1), (3, null, null, 0, 2), (4, 1, 'Ada', 1, null), (9, 1, 'gone', 1, null);
delete from users where id = 9;
insert into posts (id, user_id, title) values ('p1', 1, 'one'), ('p2', 1, 'two'), ('p3', 2, 'three');
insert into likes values ('p1', 2), ('p2', null), ('p3', 1);
