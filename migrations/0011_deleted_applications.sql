-- When an application was deleted. A task then removes its endpoints, messages, attempts and row in several steps.
alter table applications add column deleted_at integer;
create index applications_deleted on applications (id) where deleted_at is not null;

-- The names that clients use for applications: each id, and each uid.
create view application_names as
select id as name, id from applications where deleted_at is null
union all
select uid, id from applications where uid is not null and deleted_at is null;
