-- The W3C trace context in which a task was enqueued: `traceparent`, then, if present, a space and `tracestate`.
alter table tasks add column trace text not null default '';
