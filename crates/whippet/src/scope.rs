//! What is known of one request or task attempt while it runs: what it is, what it has used, and what its log lines carry.
//!
//! Its [`Context`](crate::Context) carries it, so that what a handler does is counted for its own request wherever else the
//! instance is busy, and its tracing span does, so that log lines find it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::extract::Request;
use axum::http::Method;
use tracing::Span;

use crate::log::{self, Members};
use crate::trace::Trace;
use crate::{Context, RequestId, Timestamp};

/// The target of the spans that carry a scope; they are open at every level.
pub(crate) const TARGET: &str = "whippet::scope";

#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) subject: Subject,
    pub(crate) request_id: RequestId,
    pub(crate) trace: Trace,
    pub(crate) usage: Usage,
    /// When it began, where that is to be known: telling the time is a call out of the program on some hosts.
    pub(crate) started: Option<Timestamp>,
    /// Whether all its lines are written, however few requests are.
    is_kept: AtomicBool,
    bound: Mutex<Members>,
}

/// What runs.
#[derive(Debug)]
pub(crate) enum Subject {
    Request {
        method: Method,
        /// The pattern of the route, once it is known; empty where none matched.
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
        trace: Trace,
        started: Option<Timestamp>,
    ) -> Arc<Self> {
        Arc::new(Self {
            subject,
            request_id,
            trace,
            usage: Usage::default(),
            started,
            is_kept: AtomicBool::new(false),
            bound: Mutex::default(),
        })
    }

    /// That of a request, in its caller's trace or one of its own.
    pub(crate) fn of_request(request: &Request, context: &Context) -> Arc<Self> {
        let (headers, random) = (request.headers(), context.random());
        let caller = Trace::from_headers(headers, &random);
        let trace = caller.unwrap_or_else(|| Trace::new(&random));
        let id = RequestId::from_headers(headers);
        let subject = Subject::Request {
            method: request.method().clone(),
            route: OnceLock::new(),
        };
        Self::new(
            subject,
            id.unwrap_or_else(|| RequestId::random(&random)),
            trace,
            (log::is_timed() || context.spans().are_wanted()).then(|| context.host().clock.now()),
        )
    }

    /// The span around everything that is done for it.
    pub(crate) fn span(self: &Arc<Self>) -> Span {
        let (request_id, trace_id) = (self.request_id.as_str(), self.trace.id());
        let span = match self.subject {
            Subject::Request { .. } => {
                tracing::error_span!(target: TARGET, "request", request_id, trace_id)
            }
            Subject::Attempt { .. } => {
                tracing::error_span!(target: TARGET, "task", request_id, trace_id)
            }
        };
        span.with_subscriber(|(id, dispatch)| {
            if let Some(log) = dispatch.downcast_ref::<log::Subscriber>() {
                log.set_scope(id, Arc::clone(self));
            }
        });
        span
    }

    /// That of the request or attempt which the caller runs for.
    pub(crate) fn current() -> Option<Arc<Self>> {
        tracing::dispatcher::get_default(|dispatch| {
            dispatch.downcast_ref::<log::Subscriber>()?.current_scope()
        })
    }

    /// Fields that every line carries from now on.
    pub(crate) fn bound(&self) -> MutexGuard<'_, Members> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on every line is written.
    pub(crate) fn keep(&self) {
        self.is_kept.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Relaxed)
    }

    /// Says which route a request matched.
    pub(crate) fn set_route(&self, pattern: &'static str) {
        if let Subject::Request { route, .. } = &self.subject {
            // The first one counts: there is one dispatcher.
            route.set(pattern).ok();
        }
    }

    /// The time, where this scope is timed.
    pub(crate) fn now(&self, context: &Context) -> Option<Timestamp> {
        self.started.map(|_| context.host().clock.now())
    }
}

/// What a request or attempt has used so far.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    pub(crate) statements: Counter,
    /// Rows returned or changed.
    pub(crate) rows: Counter,
    pub(crate) db_ms: Counter,
    pub(crate) fetches: Counter,
    pub(crate) fetch_ms: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Adds the milliseconds between two moments, if both are known.
    pub(crate) fn add_time(&self, started: Option<Timestamp>, ended: Option<Timestamp>) {
        if let Some((started, ended)) = started.zip(ended) {
            self.add(millis(started, ended));
        }
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The milliseconds between two moments.
pub(crate) fn millis(started: Timestamp, ended: Timestamp) -> u64 {
    u64::try_from(ended.since(started).as_millis()).unwrap_or(u64::MAX)
}
