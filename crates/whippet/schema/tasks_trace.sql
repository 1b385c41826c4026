-- The W3C trace context in which a task was enqueued: the value of `traceparent` and, if
-- present, a space and the value of `tracestate`.
alter table tasks add column trace text not null default '';
