-- What a running task has reported last, as JSON.
alter table tasks add column progress text;
