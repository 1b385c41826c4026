-- Lists have the order in which their items were committed, which is the order of the column `rowid`. Every index ends
-- with `rowid`.
drop index endpoints_app;
create index endpoints_app on endpoints (app_id);
drop index messages_app;
create index messages_app on messages (app_id);
drop index attempts_message;
create index attempts_message on attempts (message_id);
drop index attempts_endpoint;
create index attempts_endpoint on attempts (endpoint_id);
