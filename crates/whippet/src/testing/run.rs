//! Runs the future of a test.

#[cfg(not(target_arch = "wasm32"))]
use std::time::Duration;

/// The time limit of a test, in real time. Without this limit, a test that waits for virtual time would never end if
/// nothing advances the clock.
#[cfg(not(target_arch = "wasm32"))]
const LIMIT: Duration = Duration::from_secs(60);

/// Runs the future of a test on tokio.
///
/// # Panics
///
/// Panics if the future does not end within a minute.
#[cfg(not(target_arch = "wasm32"))]
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the test fails with a panic if it cannot run or does not end"
)]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a tokio runtime");
    runtime.block_on(async {
        let mut future = std::pin::pin!(future);
        match tokio::time::timeout(LIMIT, &mut future).await {
            Ok(output) => output,
            Err(_) => panic!(
                "the test does not end: if it waits for virtual time, await `TestApp::advance` concurrently, with `join!`"
            ),
        }
    })
}

/// Runs the future of a test by polling it until it is ready. The future must not wait for an event, because a browser
/// handles no events while this function runs.
///
/// # Panics
///
/// Panics if the future waits for an event. Run such a future in an `async` `#[whippet::test]`.
#[cfg(target_arch = "wasm32")]
#[expect(
    clippy::panic,
    reason = "the test fails with a panic if its future waits"
)]
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..100_000 {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!(
        "in a browser, a test cannot block on a future that waits: write an `async` test with `#[whippet::test]`"
    )
}

/// Yields to the other futures once.
pub(super) async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
