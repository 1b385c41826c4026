//! Catches a handler's panic, so that only the handler's request or task attempt fails.

/// Returns the future's output, or the panic's message if the future panics. On wasm32, a panic cannot be caught: the
/// host ends the instance and creates a new one.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    use futures_util::FutureExt;
    let ended = std::panic::AssertUnwindSafe(future).catch_unwind().await;
    ended.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        format!(
            "the handler panicked: {}",
            text.unwrap_or("the panic has no message")
        )
    })
}

#[cfg(target_arch = "wasm32")]
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    Ok(future.await)
}
