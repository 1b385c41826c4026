//! The layer that turns events into lines.

use std::io::Write;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::{Members, push_string};
use crate::Timestamp;

pub(super) struct JsonLayer<W> {
    writer: W,
    now: fn() -> Timestamp,
}

impl<W> JsonLayer<W> {
    pub(super) fn new(writer: W, now: fn() -> Timestamp) -> Self {
        Self { writer, now }
    }
}

impl<S, W> Layer<S> for JsonLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut members = Members::default();
        attributes.record(&mut members);
        span.extensions_mut().insert(members);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(members) = span.extensions_mut().get_mut::<Members>() {
            values.record(members);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut members = Members::default();
        event.record(&mut members);

        let mut line = format!(
            "{{\"timestamp\":\"{}\",\"level\":\"{}\",\"message\":",
            (self.now)(),
            metadata.level().as_str().to_ascii_lowercase()
        );
        push_string(&mut line, members.message.as_deref().unwrap_or_default());
        line.push_str(",\"target\":");
        push_string(&mut line, metadata.target());
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(of_span) = span.extensions().get::<Members>() {
                line.push_str(&of_span.text);
            }
        }
        line.push_str(&members.text);
        line.push('}');
        // A log that cannot be written has nowhere to say so.
        drop(
            self.writer
                .make_writer_for(metadata)
                .write_all(line.as_bytes()),
        );
    }
}
