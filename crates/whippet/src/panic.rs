//! A panic of a handler, kept from costing more than its own request or attempt.

/// The future's output, or what its panic said. On wasm a panic ends the instance: the host makes a new one.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    use futures_util::FutureExt;
    let ended = std::panic::AssertUnwindSafe(future).catch_unwind().await;
    ended.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        format!(
            "the handler panicked: {}",
            text.unwrap_or("it did not say why")
        )
    })
}

#[cfg(target_arch = "wasm32")]
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, String> {
    Ok(future.await)
}
