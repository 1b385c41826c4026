//! The layer that turns events into lines.

use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::lines::add_usage;
use super::members::{FIRST, LAST, Members};
use super::record::{Message, Recorder, moment};
use super::redact::REDACTED;
use super::settings::Settings;
use super::shorten::shorten;
use crate::Timestamp;
use crate::scope::{self, Scope, Subject};

pub(super) struct JsonLayer<W> {
    settings: Settings,
    writer: W,
    now: fn() -> Timestamp,
}

/// Buffers that lines are made in, kept from one to the next.
#[derive(Default)]
struct Buffers {
    line: Members,
    scratch: String,
}

impl Buffers {
    /// What is logged while a thread ends finds nothing kept.
    fn take() -> Self {
        let kept = BUFFERS.try_with(Cell::take).ok();
        kept.flatten().unwrap_or_default()
    }

    fn keep(self) {
        BUFFERS.try_with(|kept| kept.set(Some(self))).ok();
    }
}

thread_local! {
    /// Taken while a line is made: what a field's `Debug` logs meanwhile is made in others.
    static BUFFERS: Cell<Option<Buffers>> = const { Cell::new(None) };
}

impl<W> JsonLayer<W> {
    pub(super) fn new(settings: Settings, writer: W, now: fn() -> Timestamp) -> Self {
        Self {
            settings,
            writer,
            now,
        }
    }

    fn admits(&self, metadata: &Metadata<'_>) -> bool {
        let carries_a_scope = metadata.is_span() && metadata.target() == scope::TARGET;
        self.settings.levels.admit(metadata)
            || (carries_a_scope && self.settings.levels.most() != LevelFilter::OFF)
    }

    fn record(
        &self,
        span: &SpanRef<'_, impl for<'a> LookupSpan<'a>>,
        fields: &dyn Fn(&mut Recorder<'_>),
    ) {
        let mut buffers = Buffers::take();
        let mut members = span
            .extensions_mut()
            .remove::<Members>()
            .unwrap_or_default();
        fields(&mut Recorder {
            members: &mut members,
            scratch: &mut buffers.scratch,
            settings: &self.settings,
            since: moment(),
            is_event: false,
        });
        span.extensions_mut().replace(members);
        buffers.keep();
    }
}

impl<S, W> Layer<S> for JsonLayer<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.admits(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.admits(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.settings.levels.most())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // A scope has what its own span says.
        if attributes.metadata().target() != scope::TARGET
            && let Some(span) = context.span(id)
        {
            self.record(&span, &|recorder| attributes.record(recorder));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            self.record(&span, &|recorder| values.record(recorder));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut spans = context.event_scope(event).into_iter().flatten();
        let scope = spans.find_map(|span| span.extensions().get::<Arc<Scope>>().cloned());
        let scope = scope.as_deref();
        if scope.is_some_and(|scope| self.leaves_out(event, scope)) {
            return;
        }
        let mut buffers = Buffers::take();
        let Buffers { line, scratch } = &mut buffers;
        line.clear();
        self.head(event, scope, line, scratch);
        let head = line.list.len();
        if let Some(scope) = scope {
            subject(&scope.subject, line);
        }
        event.record(&mut Recorder {
            members: line,
            scratch,
            settings: &self.settings,
            since: LAST,
            is_event: true,
        });
        if let Some(scope) = scope {
            add_usage(event.metadata().target(), scope, line);
        }
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(members) = span.extensions().get::<Members>() {
                self.add(members, line);
            }
        }
        if let Some(scope) = scope {
            self.add(&scope.bound(), line);
        }
        self.write(event, line, head);
        buffers.keep();
    }
}

impl<W: for<'a> MakeWriter<'a>> JsonLayer<W> {
    /// Whether the line is one of a request that is not in the sample.
    fn leaves_out(&self, event: &Event<'_>, scope: &Scope) -> bool {
        *event.metadata().level() > Level::WARN
            && !scope.is_kept()
            && !self.settings.sample.has(&scope.trace)
    }

    /// The keys that every line begins with.
    fn head(
        &self,
        event: &Event<'_>,
        scope: Option<&Scope>,
        line: &mut Members,
        scratch: &mut String,
    ) {
        line.begin("timestamp", LAST);
        line.push(format_args!("\"{}\"", (self.now)()));
        line.begin("level", LAST);
        line.text.push_str(level(event.metadata().level()));
        line.begin("message", LAST);
        let mut message = Message {
            text: &mut line.text,
            scratch,
            settings: &self.settings,
            is_written: false,
        };
        event.record(&mut message);
        if !message.is_written {
            line.text.push_str("\"\"");
        }
        line.string("target", event.metadata().target(), LAST);
        if let Some(scope) = scope {
            line.string("request_id", scope.request_id.as_str(), LAST);
            line.string("trace_id", scope.trace.id(), LAST);
        }
    }

    /// Adds fields from around the event, but for those of which there is a later one.
    fn add(&self, fields: &Members, line: &mut Members) {
        for member in &fields.list {
            let found = line.position(member.name);
            if let Some(at) = found {
                if line.list[at].since > member.since {
                    continue;
                }
                line.remove(at);
            }
            if self.settings.names.hide(member.name) {
                line.string(member.name, REDACTED, member.since);
            } else {
                line.copy(*member, fields);
            }
        }
    }

    fn write(&self, event: &Event<'_>, line: &mut Members, head: usize) {
        let most = self.settings.line_bytes - "}".len();
        if line.text.len() > most {
            shorten(line, most, head, "message");
        }
        line.text.replace_range(..",".len(), "{");
        line.text.push('}');
        let mut writer = self.writer.make_writer_for(event.metadata());
        // A log that cannot be written has nowhere to say so.
        drop(writer.write_all(line.text.as_bytes()));
    }
}

fn level(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "\"error\"",
        Level::WARN => "\"warn\"",
        Level::INFO => "\"info\"",
        Level::DEBUG => "\"debug\"",
        Level::TRACE => "\"trace\"",
    }
}

/// What a request or an attempt is told apart by.
fn subject(subject: &Subject, line: &mut Members) {
    match subject {
        Subject::Request { method, route } => {
            if let Some(route) = route.get() {
                line.string("route", route, FIRST);
            }
            line.string("method", method.as_str(), FIRST);
        }
        Subject::Attempt {
            task,
            task_id,
            number,
        } => {
            line.string("task", task, FIRST);
            line.string("task_id", task_id, FIRST);
            line.begin("attempt", FIRST);
            line.push(number);
        }
    }
}
