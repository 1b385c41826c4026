//! The scope of a request or task attempt: its subject, its trace, the resources that it has used, and the log fields
//! that were bound to it.
//!
//! Each request or task attempt has a [`Context`](crate::Context) that contains its scope. So the use of a resource is
//! counted for the right request, even if an instance handles many requests at the same time. The tracing span of the
//! request or attempt also contains the scope, so that log lines within the span contain the data of the scope.

mod after;
mod fields;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use after::AfterWork;
use axum::http::Method;
pub(crate) use fields::{LineFields, MAX_PRECEDENCE, MIN_PRECEDENCE, push_string};

use crate::trace::TraceContext;
use crate::{Clock, Problem, RequestId, Timestamp};

/// Every scope belongs to a span. This is the `tracing` target of these spans. Spans with this target are enabled at
/// every log level except `off`.
pub(crate) const TARGET: &str = "whippet::scope";

/// The data of a running request or task attempt.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) subject: Subject,
    pub(crate) request_id: RequestId,
    pub(crate) trace: TraceContext,
    pub(crate) usage: Usage,
    /// The time at which the request or task attempt started. `None` if the scope is not timed.
    pub(crate) started: Option<Timestamp>,
    /// The clock. `None` if the scope is not timed. A scope is timed only if a log line or a span needs its duration,
    /// because on some hosts each reading of the clock is a call to the host.
    clock: Option<Clock>,
    /// Whether all log lines are written, even if sampling excludes the trace.
    logs_always: AtomicBool,
    bound_fields: Mutex<LineFields>,
    /// The reason why the body of the request could not be read.
    body_problem: Mutex<Option<Problem>>,
    /// The work that runs after the response or the task attempt.
    pub(crate) after: AfterWork,
}

/// The request or task attempt to which a scope belongs.
#[derive(Debug, Clone)]
pub(crate) enum Subject {
    Request {
        method: Method,
        /// The pattern of the route. It is set after the search for a route. If no route matches, the pattern is empty.
        route: OnceLock<&'static str>,
    },
    Attempt {
        task: String,
        task_id: String,
        number: u32,
    },
}

impl Scope {
    pub(crate) fn new(
        subject: Subject,
        request_id: RequestId,
        trace: TraceContext,
        clock: Option<Clock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            subject,
            request_id,
            trace,
            usage: Usage::default(),
            started: clock.as_ref().map(Clock::now),
            clock,
            logs_always: AtomicBool::new(false),
            bound_fields: Mutex::default(),
            body_problem: Mutex::default(),
            after: AfterWork::default(),
        })
    }

    /// Creates the scope for one GraphQL operation on the WebSocket that this request has opened. Each operation has
    /// its own scope, so that its use of resources is counted separately.
    #[cfg(feature = "graphql")]
    pub(crate) fn of_operation(&self) -> Arc<Self> {
        let (subject, trace) = (self.subject.clone(), self.trace.clone());
        Self::new(subject, self.request_id.clone(), trace, self.clock.clone())
    }

    /// Returns the bound fields, which are added to every log line of the request or task attempt.
    pub(crate) fn bound_fields(&self) -> MutexGuard<'_, LineFields> {
        self.bound_fields
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the reason why the body of the request could not be read.
    pub(crate) fn set_body_problem(&self, problem: Problem) {
        *self.body_problem() = Some(problem);
    }

    pub(crate) fn take_body_problem(&self) -> Option<Problem> {
        self.body_problem().take()
    }

    fn body_problem(&self) -> MutexGuard<'_, Option<Problem>> {
        self.body_problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Excludes the scope from sampling, so that all its later log lines are written.
    pub(crate) fn log_always(&self) {
        self.logs_always.store(true, Ordering::Relaxed);
    }

    pub(crate) fn logs_always(&self) -> bool {
        self.logs_always.load(Ordering::Relaxed)
    }

    /// Sets the route that a request matched.
    pub(crate) fn set_route(&self, pattern: &'static str) {
        if let Subject::Request { route, .. } = &self.subject {
            // Only the first `set_route` of a request has an effect.
            route.set(pattern).ok();
        }
    }

    /// Returns the current time, if this scope is timed.
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(Clock::now)
    }
}

/// How much of each resource a request or attempt has used so far.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub(crate) statements: Counter,
    /// The number of rows that the statements of the request or attempt have returned or changed.
    pub(crate) rows: Counter,
    pub(crate) db_ms: Counter,
    pub(crate) fetches: Counter,
    pub(crate) fetch_ms: Counter,
}

/// A counter, which is never reset.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Adds the milliseconds between two times, if both times are known.
    pub(crate) fn add_time(&self, started: Option<Timestamp>, ended: Option<Timestamp>) {
        if let Some((started, ended)) = started.zip(ended) {
            self.add(millis(started, ended));
        }
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Returns the milliseconds between two times.
pub(crate) fn millis(started: Timestamp, ended: Timestamp) -> u64 {
    u64::try_from(ended.since(started).as_millis()).unwrap_or(u64::MAX)
}
