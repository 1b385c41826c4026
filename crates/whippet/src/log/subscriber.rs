//! The `tracing` subscriber that writes log lines.

use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata};
use tracing_core::span::Current;
use tracing_subscriber::fmt::MakeWriter;

use super::lines::add_usage;
use super::record::{MessageRecorder, Recorder, bind, next_precedence};
use super::redact::REDACTED;
use super::settings::Settings;
use super::shorten::shorten;
use super::spans::OpenSpans;
use crate::Timestamp;
use crate::scope::{self, LineFields, MAX_PRECEDENCE, MIN_PRECEDENCE, Scope, Subject};

/// Writes events as log lines, with the fields of the spans around them.
///
/// The subscriber stores spans in a simple table instead of a `tracing_subscriber::Registry`. A simple table is enough,
/// because nearly all spans contain only a scope, and most instances have one thread.
pub(crate) struct Subscriber {
    settings: Settings,
    write_line: WriteLine,
    now: fn() -> Timestamp,
    spans: OpenSpans,
}

type WriteLine = Box<dyn Fn(&Metadata<'_>, &[u8]) + Send + Sync>;

/// The buffers in which a thread builds log lines.
#[derive(Default)]
struct Buffers {
    line: LineFields,
    scratch: String,
}

impl Buffers {
    /// Takes the line buffers of the thread. New buffers are created if the thread's buffers are in use, or if the
    /// thread is ending.
    fn take() -> Self {
        let buffers = BUFFERS.try_with(Cell::take).ok();
        buffers.flatten().unwrap_or_default()
    }

    /// Gives the buffers back to the thread, which reuses them for its next line.
    fn put_back(self) {
        BUFFERS.try_with(|buffers| buffers.set(Some(self))).ok();
    }
}

thread_local! {
    /// The buffers of the thread, or `None` while a line is being built. If the `Debug` implementation of a field
    /// writes another line during that time, the other line is built in new buffers.
    static BUFFERS: Cell<Option<Buffers>> = const { Cell::new(None) };
}

impl Subscriber {
    pub(super) fn new<W>(settings: Settings, writer: W, now: fn() -> Timestamp) -> Self
    where
        W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
    {
        Self {
            settings,
            write_line: Box::new(move |metadata, line| {
                // A failed write is ignored, because the log is the only place where the error could be reported.
                drop(writer.make_writer_for(metadata).write_all(line));
            }),
            now,
            spans: OpenSpans::default(),
        }
    }

    /// Returns the scope of the current span.
    pub(super) fn current_scope(&self) -> Option<Arc<Scope>> {
        self.spans.scope(&self.spans.current()?)
    }

    /// Adds a field with the value `json` to the later log lines of the current request or task attempt.
    pub(super) fn bind(&self, name: &'static str, json: &str) {
        if let Some(scope) = self.current_scope() {
            bind(&scope, name, json, &self.settings.secret_names);
        }
    }

    /// Sets the scope of a span. Spans that are opened within the span inherit its scope.
    pub(crate) fn set_scope(&self, id: &Id, scope: Arc<Scope>) {
        self.spans.set_scope(id, scope);
    }

    fn enables(&self, metadata: &Metadata<'_>) -> bool {
        let has_scope = metadata.is_span() && metadata.target() == scope::TARGET;
        self.settings.levels.enables(metadata)
            || (has_scope && self.settings.levels.most_verbose() != LevelFilter::OFF)
    }

    /// Returns the fields that `record` writes. The table of spans must not be locked while `record` runs, because the
    /// `Debug` implementation of a field may open another span.
    fn record_fields(&self, record: impl FnOnce(&mut Recorder<'_>)) -> LineFields {
        let mut buffers = Buffers::take();
        let mut fields = LineFields::default();
        record(&mut Recorder {
            line: &mut fields,
            scratch: &mut buffers.scratch,
            settings: &self.settings,
            precedence: next_precedence(),
            is_event: false,
        });
        buffers.put_back();
        fields
    }

    /// Returns the parent of a new span or event.
    fn parent(&self, is_contextual: bool, parent: Option<&Id>) -> Option<Id> {
        if is_contextual {
            self.spans.current()
        } else {
            parent.cloned()
        }
    }
}

impl tracing::Subscriber for Subscriber {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enables(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.enables(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.settings.levels.most_verbose())
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let metadata = span.metadata();
        // The span of a request or task attempt stores no fields, because its scope contains them.
        let fields = if metadata.target() == scope::TARGET {
            LineFields::default()
        } else {
            self.record_fields(|recorder| span.record(recorder))
        };
        let parent = self.parent(span.is_contextual(), span.parent());
        self.spans.open(metadata, parent, fields)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let fields = self.record_fields(|recorder| values.record(recorder));
        self.spans.with(id, |span| span.fields.merge(&fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let parent = self.parent(event.is_contextual(), event.parent());
        let scope = parent.as_ref().and_then(|id| self.spans.scope(id));
        let scope = scope.as_deref();
        if scope.is_some_and(|scope| self.is_sampled_out(event, scope)) {
            return;
        }
        let mut buffers = Buffers::take();
        let Buffers { line, scratch } = &mut buffers;
        line.clear();
        self.add_standard_fields(event, scope, line, scratch);
        let standard_fields = line.fields.len();
        if let Some(scope) = scope {
            add_subject(&scope.subject, line);
        }
        event.record(&mut Recorder {
            line,
            scratch,
            settings: &self.settings,
            precedence: MAX_PRECEDENCE,
            is_event: true,
        });
        if let Some(scope) = scope {
            add_usage(event.metadata().target(), scope, line);
        }
        if let Some(id) = &parent {
            self.spans
                .for_each_ancestor(id, |span| self.add_fields(&span.fields, line));
        }
        if let Some(scope) = scope {
            self.add_fields(&scope.bound_fields(), line);
        }
        self.write(event, line, standard_fields);
        buffers.put_back();
    }

    fn enter(&self, id: &Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &Id) {
        self.spans.exit(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.add_handle(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.remove_handle(&id)
    }

    fn current_span(&self) -> Current {
        let current = self.spans.current().and_then(|id| {
            let metadata = self.spans.with(&id, |span| span.metadata)?;
            Some(Current::new(id, metadata))
        });
        current.unwrap_or_else(Current::none)
    }
}

impl Subscriber {
    /// Returns whether a log line is omitted because its trace is not in the sample.
    fn is_sampled_out(&self, event: &Event<'_>, scope: &Scope) -> bool {
        *event.metadata().level() > Level::WARN
            && !scope.logs_always()
            && !self.settings.sample.contains(&scope.trace)
    }

    /// Adds the standard fields, which come first in every log line.
    fn add_standard_fields(
        &self,
        event: &Event<'_>,
        scope: Option<&Scope>,
        line: &mut LineFields,
        scratch: &mut String,
    ) {
        line.begin("timestamp", MAX_PRECEDENCE);
        line.push_value(format_args!("\"{}\"", (self.now)()));
        line.begin("level", MAX_PRECEDENCE);
        line.text.push_str(level(event.metadata().level()));
        line.begin("message", MAX_PRECEDENCE);
        let mut message = MessageRecorder {
            text: &mut line.text,
            scratch,
            settings: &self.settings,
            is_written: false,
        };
        event.record(&mut message);
        if !message.is_written {
            line.text.push_str("\"\"");
        }
        line.add_string("target", event.metadata().target(), MAX_PRECEDENCE);
        if let Some(scope) = scope {
            line.add_string("request_id", scope.request_id.as_str(), MAX_PRECEDENCE);
            line.add_string("trace_id", scope.trace.id(), MAX_PRECEDENCE);
        }
    }

    /// Adds the fields of a span, or the bound fields. Skips a field if the line has a field with the same name and a
    /// higher precedence.
    fn add_fields(&self, fields: &LineFields, line: &mut LineFields) {
        for field in &fields.fields {
            if let Some(index) = line.position(field.name) {
                if line.fields[index].precedence > field.precedence {
                    continue;
                }
                line.remove(index);
            }
            if self.settings.secret_names.contains(field.name) {
                line.add_string(field.name, REDACTED, field.precedence);
            } else {
                line.copy(*field, fields);
            }
        }
    }

    /// Writes the line. If the line has to be shortened, its first `standard_fields` fields are not removed.
    fn write(&self, event: &Event<'_>, line: &mut LineFields, standard_fields: usize) {
        let max_bytes = self.settings.line_bytes - "}".len();
        if line.text.len() > max_bytes {
            shorten(line, max_bytes, standard_fields, "message");
        }
        // The comma at the start of the first field becomes the opening brace.
        line.text.replace_range(..",".len(), "{");
        line.text.push('}');
        (self.write_line)(event.metadata(), line.text.as_bytes());
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

/// Adds the fields that identify a request or task attempt.
fn add_subject(subject: &Subject, line: &mut LineFields) {
    match subject {
        Subject::Request { method, route } => {
            if let Some(route) = route.get() {
                line.add_string("route", route, MIN_PRECEDENCE);
            }
            line.add_string("method", method.as_str(), MIN_PRECEDENCE);
        }
        Subject::Attempt {
            task,
            task_id,
            number,
        } => {
            line.add_string("task", task, MIN_PRECEDENCE);
            line.add_string("task_id", task_id, MIN_PRECEDENCE);
            line.begin("attempt", MIN_PRECEDENCE);
            line.push_value(number);
        }
    }
}
