//! Path parameters.

use std::any::Any;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::decode::values::NamedValue;
use crate::context::PathParams;
use crate::record::Record;
use crate::{Context, Problem};

/// Path parameters, read into a single value, into a tuple in the order of the path, or into a struct by name.
///
/// An invalid value is rejected with 422. Wrap the extractor in [`Valid`](crate::Valid) to also check the validation
/// rules of `T`. `Path` works with Whippet's router and with the router of axum.
///
/// ```
/// use whippet::{App, Path, routing::get};
///
/// async fn invoice(Path((customer, number)): Path<(String, u32)>) -> String {
///     format!("invoice {number} of {customer}")
/// }
///
/// fn app() -> App {
///     App::new().route("/customers/{customer}/invoices/{number}", get(invoice))
/// }
/// # drop(app());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync + 'static> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let context = (state as &dyn Any).downcast_ref::<Context>();
        if let Some(params) = context.and_then(Context::params) {
            return read(params);
        }
        let found = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::bad_request(error.to_string()))?;
        let mut params = PathParams::default();
        for (name, value) in &found {
            params.push(name, value);
        }
        read(&params)
    }
}

fn read<T: DeserializeOwned>(params: &PathParams) -> Result<Path<T>, Problem> {
    let params = params.0.iter();
    let values = params.map(|(name, value)| (&**name, NamedValue::text(name, value)));
    T::deserialize(Record(values))
        .map(Path)
        .map_err(|error| Problem::invalid(vec![error.into_field_error()]))
}
