//! Runs the futures of events.
//!
//! The executor of `wasm-bindgen-futures` polls each future in a separate microtask. That executor also creates two
//! JavaScript functions for each promise that a future waits for. This executor polls a future as soon as JavaScript
//! has passed the result of a [`Call`](super::call::Call) to the instance. This executor creates one promise for an
//! event that waits, and none for any other event.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::boundary;

thread_local! {
    static EXECUTOR: Executor = Executor::default();
}

/// The number of a future in this instance. If the future has a promise, the promise has the same number.
type Number = u32;

#[derive(Default)]
struct Executor {
    last: Cell<Number>,
    waiting: RefCell<HashMap<Number, Task>>,
    /// The futures to poll, in the order in which they were woken.
    woken: RefCell<VecDeque<Number>>,
    /// Whether the executor is running. If so, it polls the woken futures before it stops, so no microtask is needed.
    is_running: Cell<bool>,
    /// Whether a microtask will poll the woken futures.
    is_scheduled: Cell<bool>,
}

struct Task {
    future: LocalBoxFuture<'static, JsValue>,
    waker: Waker,
}

/// Polls a future. Returns the future's output, or a promise of the output if the future is not ready.
pub(super) fn run(future: impl Future<Output = JsValue> + 'static) -> JsValue {
    EXECUTOR.with(|executor| executor.start(future.boxed_local()))
}

/// Calls `wake`, which wakes futures, and polls these futures immediately.
pub(super) fn resume(wake: impl FnOnce()) {
    EXECUTOR.with(|executor| {
        let was_running = executor.is_running.replace(true);
        wake();
        executor.is_running.set(was_running);
        executor.poll_woken();
    });
}

impl Executor {
    fn start(&self, future: LocalBoxFuture<'static, JsValue>) -> JsValue {
        let number = self.last.get().wrapping_add(1);
        self.last.set(number);
        let waker = Waker::from(Arc::new(ByNumber(number)));
        let mut task = Task { future, waker };
        let was_running = self.is_running.replace(true);
        let polled = task.poll();
        self.is_running.set(was_running);
        if let Poll::Ready(output) = polled {
            return output;
        }
        let promise = boundary::promise(number);
        self.waiting.borrow_mut().insert(number, task);
        self.poll_woken();
        promise
    }

    /// Polls the woken futures until none is left.
    fn poll_woken(&self) {
        if self.is_running.replace(true) {
            return;
        }
        while let Some(number) = self.next() {
            let Some(mut task) = self.waiting.borrow_mut().remove(&number) else {
                continue; // The future has ended.
            };
            match task.poll() {
                Poll::Ready(output) => boundary::complete(number, &output),
                Poll::Pending => {
                    self.waiting.borrow_mut().insert(number, task);
                }
            }
        }
        self.is_running.set(false);
    }

    fn next(&self) -> Option<Number> {
        self.woken.borrow_mut().pop_front()
    }

    fn wake(&self, number: Number) {
        let mut woken = self.woken.borrow_mut();
        if !woken.contains(&number) {
            woken.push_back(number);
        }
        if !self.is_running.get() && !self.is_scheduled.replace(true) {
            spawn_local(async {
                EXECUTOR.with(|executor| {
                    executor.is_scheduled.set(false);
                    executor.poll_woken();
                });
            });
        }
    }
}

impl Task {
    fn poll(&mut self) -> Poll<JsValue> {
        let mut context = Context::from_waker(&self.waker);
        self.future.poll_unpin(&mut context)
    }
}

struct ByNumber(Number);

impl Wake for ByNumber {
    fn wake(self: Arc<Self>) {
        EXECUTOR.with(|executor| executor.wake(self.0));
    }
}
