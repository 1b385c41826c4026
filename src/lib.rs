//! Relay: a webhook delivery service that speaks the Svix API and signs by Standard Webhooks.
//!
//! - [`app`]: every route and task, on one page.
//! - `application`, `endpoint`, `message`, `attempt`: the resources, each with its types beside its handlers.
//! - `deliver`: the task that signs a message and posts it to one endpoint; `signing`: Standard Webhooks signatures.
//! - `auth`, `idempotency`, `id`, `rules`: what the handlers share.
//! - `hosts`: the entries. The native one is `main.rs`.

mod app;
mod application;
mod attempt;
mod auth;
mod deliver;
mod endpoint;
mod hosts;
mod id;
mod idempotency;
mod message;
mod rules;
mod signing;

pub use app::app;
pub use signing::{Secret, SecretError, VerifyError, sign, verify};
