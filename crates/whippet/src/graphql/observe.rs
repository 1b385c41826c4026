//! Observes the execution of an operation: its depth, its complexity, and whether resolvers ran.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextResolve, NextValidation,
    ResolveInfo,
};
use async_graphql::{Response, ServerError, ServerResult, ValidationResult, Value};

use super::Limits;
use super::errors::error_of;
use super::limits::LIMIT_EXCEEDED;
use super::state::RequestState;

/// What [`Observer`] has observed about one operation.
#[derive(Debug, Default)]
pub(super) struct Observed {
    /// Whether the operation reads only the schema. Such an operation is exempt from the limits of depth and
    /// complexity.
    pub(super) is_introspection: bool,
    pub(super) is_mutation: bool,
    pub(super) depth: AtomicUsize,
    pub(super) complexity: AtomicUsize,
    pub(super) has_run: AtomicBool,
    /// The errors of nullable fields.
    pub(super) errors: Mutex<Vec<ServerError>>,
}

impl Observed {
    /// Whether resolvers ran. If no resolver ran, the response has no `data`.
    pub(super) fn has_run(&self) -> bool {
        self.has_run.load(Ordering::Relaxed)
    }

    fn add_error(&self, error: ServerError) {
        let errors = self.errors.lock();
        errors.unwrap_or_else(PoisonError::into_inner).push(error);
    }

    /// Returns the errors that nullable fields have had since the last call.
    pub(super) fn take_errors(&self) -> Vec<ServerError> {
        let errors = self.errors.lock();
        std::mem::take(&mut *errors.unwrap_or_else(PoisonError::into_inner))
    }
}

/// The extension that fills [`Observed`] and enforces the limits of depth and complexity. If a field with a nullable
/// type fails, the extension sets this field to null (GraphQL specification, section 6.4.4). Without the extension, an
/// error from a resolver or a guard would also set the parent of the field to null, and the error would have the path
/// of the parent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observer(pub(super) Limits);

impl ExtensionFactory for Observer {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(*self)
    }
}

#[async_trait::async_trait]
impl Extension for Observer {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await?;
        let Some(observed) = ctx.data_opt::<Arc<Observed>>() else {
            return Ok(result);
        };
        observed.depth.store(result.depth, Ordering::Relaxed);
        observed
            .complexity
            .store(result.complexity, Ordering::Relaxed);
        let Self(limits) = self;
        let over = [
            ("depth", result.depth, limits.depth),
            ("complexity", result.complexity, limits.complexity),
        ];
        let over = over.into_iter().find(|(_, value, limit)| value > limit);
        match over {
            Some((what, value, limit)) if !observed.is_introspection => {
                let message =
                    format!("the {what} of the operation is {value}, but the limit is {limit}");
                Err(vec![error_of(&LIMIT_EXCEEDED.with_detail(message))])
            }
            _ => Ok(result),
        }
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        if let Some(observed) = ctx.data_opt::<Arc<Observed>>() {
            observed.has_run.store(true, Ordering::Relaxed);
        }
        next.run(ctx, operation_name).await
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if info.path_node.parent.is_none()
            && let Some(observed) = ctx.data_opt::<Arc<Observed>>()
            && observed.is_mutation
            && let Some(state) = ctx.data_opt::<Arc<RequestState>>()
        {
            // The fields of a mutation run in order, and each field has to read what the earlier fields have changed.
            state.loads.clear();
        }
        let (path, is_nullable) = (info.path_node, !info.return_type.ends_with('!'));
        let mut error = match next.run(ctx, info).await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if error.path.is_empty() {
            let path = serde_json::to_value(path).and_then(serde_json::from_value);
            error.path = path.unwrap_or_default();
        }
        match ctx.data_opt::<Arc<Observed>>() {
            Some(observed) if is_nullable => {
                observed.add_error(error);
                Ok(Some(Value::Null))
            }
            _ => Err(error),
        }
    }
}
