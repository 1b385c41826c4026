//! A schema with erased types, so that the code that handles a request is not generic.

use std::sync::OnceLock;

use async_graphql::futures_util::stream::BoxStream;
use async_graphql::{ObjectType, Request, Response, Schema, SchemaBuilder, SubscriptionType};
use futures_util::future::BoxFuture;

use super::observe::Observer;
use super::{Limits, upload};

/// Builds a schema. Building a schema takes milliseconds, so an instance builds its schema only when the first request
/// arrives.
pub(super) type Build = Box<dyn Fn(Options) -> Executable + Send + Sync>;

/// The options for building a schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Options {
    pub(super) limits: Limits,
    /// Whether clients can read the schema, and whether errors suggest names for misspelled names.
    pub(super) introspection: bool,
}

/// A built schema.
pub(super) struct Executable {
    pub(super) execute: Box<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>,
    pub(super) subscribe: Box<dyn Fn(Request) -> BoxStream<'static, Response> + Send + Sync>,
    /// Whether the schema has async-graphql's type `Upload`. The parser of this type panics for some texts.
    pub(super) has_foreign_uploads: bool,
}

/// The schema of an instance, once a request has built it.
pub(super) type Lazy = OnceLock<Executable>;

/// Returns a function that builds a schema. The function `builder` creates the schema builder.
pub(super) fn build<Q, M, S>(
    builder: impl Fn() -> SchemaBuilder<Q, M, S> + Send + Sync + 'static,
) -> Build
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    Box::new(move |options| {
        let mut builder = builder()
            .limit_recursive_depth(options.limits.recursion)
            .extension(Observer(options.limits));
        if !options.introspection {
            builder = builder.disable_introspection().disable_suggestions();
        }
        erase(builder.finish())
    })
}

fn erase<Q, M, S>(schema: Schema<Q, M, S>) -> Executable
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let has_foreign_uploads = schema.names().iter().any(|name| name == "Upload")
        && !schema.sdl().contains(upload::DESCRIPTION);
    let executing = schema.clone();
    Executable {
        execute: Box::new(move |request| {
            let schema = executing.clone();
            Box::pin(async move { schema.execute(request).await })
        }),
        subscribe: Box::new(move |request| schema.execute_stream(request)),
        has_foreign_uploads,
    }
}
