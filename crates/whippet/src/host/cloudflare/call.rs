//! Calls to JavaScript functions that return their results later.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::{boundary, executor};

thread_local! {
    static LAST: Cell<u32> = const { Cell::new(0) };
    static CALLS: RefCell<HashMap<u32, State>> = RefCell::default();
}

enum State {
    Waiting(Waker),
    Settled(Result<JsValue, JsValue>),
}

/// A future that completes with the result of a call. The result is an error if the JavaScript function throws, or if
/// its promise rejects.
#[derive(Debug)]
pub(super) struct Call(u32);

/// Lets JavaScript pass the results of calls to this instance.
pub(super) fn listen() {
    let settled = Closure::<dyn Fn(u32, bool, JsValue)>::new(settled);
    boundary::on_settled(&settled);
    // JavaScript may call the closure until the instance ends, so the closure is never dropped.
    settled.forget();
}

fn settled(number: u32, is_success: bool, value: JsValue) {
    let result = if is_success { Ok(value) } else { Err(value) };
    // A call whose future was dropped is no longer in `CALLS`, and its result is ignored.
    let state = CALLS.with_borrow_mut(|calls| {
        let state = calls.get_mut(&number)?;
        Some(std::mem::replace(state, State::Settled(result)))
    });
    if let Some(State::Waiting(waker)) = state {
        executor::resume(|| waker.wake());
    }
}

impl Call {
    /// Starts a call. `start` passes the number of the call to a function of `boundary.js`. JavaScript then passes the
    /// result to `settled` in a later microtask.
    pub(super) fn start(start: impl FnOnce(u32)) -> Self {
        let number = LAST.get().wrapping_add(1);
        LAST.set(number);
        let waiting = State::Waiting(Waker::noop().clone());
        CALLS.with_borrow_mut(|calls| calls.insert(number, waiting));
        start(number);
        Self(number)
    }
}

impl Future for Call {
    type Output = Result<JsValue, JsValue>;

    /// A call must not be polled again after the call has returned a result.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        CALLS.with_borrow_mut(|calls| match calls.remove(&self.0) {
            Some(State::Settled(result)) => Poll::Ready(result),
            _ => {
                calls.insert(self.0, State::Waiting(context.waker().clone()));
                Poll::Pending
            }
        })
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        CALLS.with_borrow_mut(|calls| calls.remove(&self.0));
    }
}
