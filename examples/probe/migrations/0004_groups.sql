-- The groups of Whippet's tasks. When the last pending member of a group is gone, whether it has succeeded, died or was
-- canceled, the task that follows the group waits like other tasks.
create index tasks_members on tasks (group_id, state) where group_id is not null;
create index tasks_followers on tasks (follows) where follows is not null;

create trigger tasks_member_removed after delete on tasks when old.group_id is not null begin
    update tasks set ready = 0 where follows = old.group_id and ready = 2
        and not exists (select 1 from tasks where group_id = old.group_id and state = 'pending');
end;

create trigger tasks_member_died after update of state on tasks
when new.group_id is not null and new.state = 'dead' begin
    update tasks set ready = 0 where follows = new.group_id and ready = 2
        and not exists (select 1 from tasks where group_id = new.group_id and state = 'pending');
end;

-- The groups that have ended.
create table finished_groups (done integer not null, dead integer not null, canceled integer not null) strict;
