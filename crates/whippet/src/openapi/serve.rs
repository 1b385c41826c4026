//! Serves the OpenAPI document, the page `/docs`, and the descriptions of problem types.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;

use super::{Info, document, page};
use crate::context::ReadDocs;
use crate::routing::{Methods, Mounted, get};
use crate::{Json, Path, Problem};

/// The OpenAPI document of an app, generated at the first request for the document.
pub(crate) struct DocumentRoutes {
    info: Info,
    operations: Vec<Mounted>,
    text: OnceLock<Option<Cow<'static, str>>>,
}

impl DocumentRoutes {
    pub(crate) fn new(info: Info, operations: Vec<Mounted>) -> Self {
        Self {
            info,
            operations,
            text: OnceLock::new(),
        }
    }

    /// Returns the routes for the OpenAPI document, the page `/docs`, and the descriptions of problem types.
    pub(crate) fn routes(
        self,
        read_docs: Option<ReadDocs>,
    ) -> impl Iterator<Item = (&'static str, Methods)> {
        let this = Arc::new(self);
        let document = {
            let this = Arc::clone(&this);
            async move || this.document()
        };
        let problem_type = async move |Path(name): Path<String>| this.problem_type(&name);
        let routes = [
            ("/openapi.json", get(document)),
            ("/problems/{name}", get(problem_type)),
        ];
        routes.into_iter().chain(page::routes(read_docs))
    }

    fn text(&self) -> Result<&str, Problem> {
        let text = self
            .text
            .get_or_init(|| document::text(&self.info, &self.operations));
        text.as_deref().ok_or_else(|| {
            Problem::not_found(
                "this program was built without its OpenAPI document: see `whippet::openapi!`",
            )
        })
    }

    fn document(&self) -> Result<impl IntoResponse + use<>, Problem> {
        let text = self.text()?.to_owned();
        Ok(([(header::CONTENT_TYPE, "application/json")], text))
    }

    /// Returns the description of a problem type.
    fn problem_type(&self, name: &str) -> Result<Json<Value>, Problem> {
        let mut document: Value = serde_json::from_str(self.text()?)?;
        match document["x-problems"][name].take() {
            Value::Null => Err(Problem::not_found(format!(
                "there is no problem type {name:?}"
            ))),
            description => Ok(Json(description)),
        }
    }
}
