//! The entry points for hosts that load Relay as a library.

#[cfg(all(feature = "cloudflare", target_arch = "wasm32"))]
mod cloudflare;
#[cfg(all(feature = "spin", target_arch = "wasm32"))]
mod spin;
