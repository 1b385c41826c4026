//! What is known of one request or task attempt while it runs: what it is, what it has used, and what its log lines carry.
//!
//! Its [`Context`](crate::Context) carries it, so that what a handler does is counted for its own request wherever else the
//! instance is busy, and its tracing span does, so that log lines find it.

mod fields;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::http::Method;
pub(crate) use fields::{FIRST, LAST, LineFields, push_string};

use crate::trace::Trace;
use crate::{Clock, RequestId, Timestamp};

/// The target of the spans that carry a scope; they are open at every level.
pub(crate) const TARGET: &str = "whippet::scope";

#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) subject: Subject,
    pub(crate) request_id: RequestId,
    pub(crate) trace: Trace,
    pub(crate) usage: Usage,
    /// When the request or attempt started, if it is timed.
    pub(crate) started: Option<Timestamp>,
    /// The clock, if the scope is timed: reading the time is a call out of the program on some hosts.
    clock: Option<Clock>,
    /// Whether all its lines are written, however few requests are.
    is_kept: AtomicBool,
    bound: Mutex<LineFields>,
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
        clock: Option<Clock>,
    ) -> Arc<Self> {
        Arc::new(Self {
            subject,
            request_id,
            trace,
            usage: Usage::default(),
            started: clock.as_ref().map(Clock::now),
            clock,
            is_kept: AtomicBool::new(false),
            bound: Mutex::default(),
        })
    }

    /// Fields that every line carries from now on.
    pub(crate) fn bound(&self) -> MutexGuard<'_, LineFields> {
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
    pub(crate) fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(Clock::now)
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
