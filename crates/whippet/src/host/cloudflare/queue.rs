//! Wakes the task runner with a message on the queue `TASKS`. For a task that is not due yet, the message has a delay.
//! One message can serve several wake-ups.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;
use worker::send::SendWrapper;
use worker::{QueueContentType, RawMessageBuilder};

use super::boundary;
use super::clock::now;
use crate::Service;
use crate::host::coalesce::Messages;
use crate::host::{Budget, WakeUp};

/// The name of the queue's binding.
const BINDING: &str = "TASKS";

/// The longest delay of a queue message (platform limits of Cloudflare Queues). A task that falls due later waits for
/// the cron trigger.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The budget of one run of due tasks. Each event starts one run. The budget follows from the platform limits of
/// Workers. At most 6 connections may wait for response headers at the same time. Each event may make 1,000 D1 queries
/// and 1,000 subrequests. An attempt makes about four queries, and a claim makes three. While attempts are in flight,
/// the run claims tasks once a second. It also claims tasks as soon as an attempt frees a concurrency key that had
/// reached its limit.
const BUDGET: Budget = Budget {
    max_concurrent: 6,
    attempts: 80,
    time: Duration::from_secs(120),
    isolates_crashed: true,
};

pub(super) struct Queue {
    binding: Option<SendWrapper<worker::Queue>>,
    messages: Arc<Mutex<Messages>>,
}

impl Queue {
    pub(super) fn new(env: &worker::Env) -> Self {
        Self {
            binding: env.queue(BINDING).ok().map(SendWrapper),
            messages: Arc::default(),
        }
    }
}

/// Sends a message that arrives after `delay` seconds. Returns whether the message was sent.
async fn send(queue: &worker::Queue, delay: u32) -> bool {
    let message = RawMessageBuilder::new(JsValue::from_str("due"))
        .delay_seconds(delay)
        .build_with_content_type(QueueContentType::Text);
    let sent = queue.send_raw(message).await;
    if let Err(error) = &sent {
        tracing::warn!(%error, "the wake-up was not sent; the cron trigger will run the tasks");
    }
    sent.is_ok()
}

fn lock(messages: &Mutex<Messages>) -> MutexGuard<'_, Messages> {
    messages.lock().unwrap_or_else(PoisonError::into_inner)
}

impl WakeUp for Queue {
    /// Sends the wake-up message without delaying the response.
    fn wake(&self, after: Duration) -> BoxFuture<'_, ()> {
        if let Some(SendWrapper(queue)) = &self.binding {
            let (queue, messages) = (queue.clone(), Arc::clone(&self.messages));
            if after.is_zero() {
                if lock(&messages).request(now()) {
                    boundary::wait_until(&future_to_promise(async move {
                        loop {
                            send(&queue, 0).await;
                            if !lock(&messages).sent(now()) {
                                return Ok(JsValue::UNDEFINED);
                            }
                        }
                    }));
                }
            } else {
                let requested = now();
                let delay = lock(&messages).request_later(requested, after.min(LONGEST));
                if let Some(delay) = delay {
                    boundary::wait_until(&future_to_promise(async move {
                        if !send(&queue, delay).await {
                            lock(&messages).not_sent(requested, delay);
                        }
                        Ok(JsValue::UNDEFINED)
                    }));
                }
            }
        }
        Box::pin(std::future::ready(()))
    }

    fn budget(&self) -> Budget {
        BUDGET
    }
}

/// Runs due tasks within the budget of one event. If due tasks are left, sends a wake-up, which starts another event.
pub(super) async fn drain(service: &Service) {
    let drained = service.run_due_tasks().await;
    service.export_spans().await;
    let now = service.context().clock().now();
    if drained.ran > 0 && drained.next_due.is_some_and(|due| due <= now) {
        service.context().host().wake_up.wake(Duration::ZERO).await;
    }
}
