//! Turning events into lines.

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
use super::record::{Message, Recorder, moment};
use super::redact::REDACTED;
use super::settings::Settings;
use super::shorten::shorten;
use super::spans::Spans;
use crate::Timestamp;
use crate::scope::{self, Scope, Subject};
use crate::scope::{FIRST, LAST, LineFields};

/// Writes events to a log, with what the spans around them say.
///
/// The spans are kept here, and not by `tracing_subscriber::Registry`: of those that programs open, nearly all carry a scope
/// and nothing else, and most instances have one thread.
pub(crate) struct Subscriber {
    settings: Settings,
    write_line: WriteLine,
    now: fn() -> Timestamp,
    spans: Spans,
}

type WriteLine = Box<dyn Fn(&Metadata<'_>, &[u8]) + Send + Sync>;

/// Buffers that lines are made in, kept from one to the next.
#[derive(Default)]
struct Buffers {
    line: LineFields,
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
    /// RateLimitDecision while a line is made: what a field's `Debug` logs meanwhile is made in others.
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
                // A log that cannot be written has nowhere to say so.
                drop(writer.make_writer_for(metadata).write_all(line));
            }),
            now,
            spans: Spans::default(),
        }
    }

    /// The scope that the caller runs in.
    pub(crate) fn current_scope(&self) -> Option<Arc<Scope>> {
        self.spans.scope(&self.spans.current()?)
    }

    /// Lets a span carry a scope, and those that are opened within it.
    pub(crate) fn set_scope(&self, id: &Id, scope: Arc<Scope>) {
        self.spans.set_scope(id, scope);
    }

    fn admits(&self, metadata: &Metadata<'_>) -> bool {
        let carries_a_scope = metadata.is_span() && metadata.target() == scope::TARGET;
        self.settings.levels.admit(metadata)
            || (carries_a_scope && self.settings.levels.most() != LevelFilter::OFF)
    }

    /// The fields of a span. What their `Debug` does may open other spans.
    fn recorded(&self, fields: impl FnOnce(&mut Recorder<'_>)) -> LineFields {
        let mut buffers = Buffers::take();
        let mut members = LineFields::default();
        fields(&mut Recorder {
            members: &mut members,
            scratch: &mut buffers.scratch,
            settings: &self.settings,
            since: moment(),
            is_event: false,
        });
        buffers.keep();
        members
    }

    /// The span that something new is in.
    fn around(&self, is_contextual: bool, parent: Option<&Id>) -> Option<Id> {
        if is_contextual {
            self.spans.current()
        } else {
            parent.cloned()
        }
    }
}

impl tracing::Subscriber for Subscriber {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.admits(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.admits(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.settings.levels.most())
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let metadata = span.metadata();
        // A scope has what its own span says.
        let fields = if metadata.target() == scope::TARGET {
            LineFields::default()
        } else {
            self.recorded(|recorder| span.record(recorder))
        };
        let parent = self.around(span.is_contextual(), span.parent());
        self.spans.open(metadata, parent, fields)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let fields = self.recorded(|recorder| values.record(recorder));
        self.spans.with(id, |span| span.fields.take_over(&fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let around = self.around(event.is_contextual(), event.parent());
        let scope = around.as_ref().and_then(|id| self.spans.scope(id));
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
        if let Some(id) = &around {
            self.spans.outwards(id, |span| self.add(&span.fields, line));
        }
        if let Some(scope) = scope {
            self.add(&scope.bound(), line);
        }
        self.write(event, line, head);
        buffers.keep();
    }

    fn enter(&self, id: &Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &Id) {
        self.spans.exit(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.keep(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.release(&id)
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
        line: &mut LineFields,
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
    fn add(&self, fields: &LineFields, line: &mut LineFields) {
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

    fn write(&self, event: &Event<'_>, line: &mut LineFields, head: usize) {
        let most = self.settings.line_bytes - "}".len();
        if line.text.len() > most {
            shorten(line, most, head, "message");
        }
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

/// What a request or an attempt is told apart by.
fn subject(subject: &Subject, line: &mut LineFields) {
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
