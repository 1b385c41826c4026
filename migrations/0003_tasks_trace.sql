-- The W3C trace context in which a task was enqueued: `traceparent`, and after a space `tracestate`, if there was one.
alter table tasks add column trace text not null default '';
