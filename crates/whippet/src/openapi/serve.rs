//! Serving the document, its page, and the pages of problem types.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;

use super::{Info, page, source};
use crate::context::ReadDocs;
use crate::routing::{Methods, Route, get};
use crate::{Json, Path, Problem};

/// Where the document is.
const DOCUMENT: &str = "/openapi.json";

/// The document of an app, made when it is first asked for.
pub(crate) struct DocumentRoutes {
    info: Info,
    routes: Vec<&'static Route>,
    text: OnceLock<Option<Cow<'static, str>>>,
}

impl DocumentRoutes {
    pub(crate) fn new(info: Info, routes: Vec<&'static Route>) -> Self {
        Self {
            info,
            routes,
            text: OnceLock::new(),
        }
    }

    /// The routes of the document, of its page, and of the pages of problem types.
    pub(crate) fn routes(
        self,
        read_docs: Option<ReadDocs>,
    ) -> impl Iterator<Item = (&'static str, Methods)> {
        let served = Arc::new(self);
        let pages = Arc::clone(&served);
        let document = move || {
            let served = Arc::clone(&served);
            async move { served.document() }
        };
        let problem = move |Path(name): Path<String>| {
            let served = Arc::clone(&pages);
            async move { served.problem(&name) }
        };
        let document = [
            (DOCUMENT, get(document)),
            ("/problems/{name}", get(problem)),
        ];
        document.into_iter().chain(page::routes(read_docs))
    }

    fn text(&self) -> Result<&str, Problem> {
        let text = self
            .text
            .get_or_init(|| source::text(&self.info, &self.routes));
        text.as_deref().ok_or_else(|| {
            Problem::not_found(
                "this program was built without its document: see `whippet::openapi!`",
            )
        })
    }

    fn document(&self) -> Result<impl IntoResponse + use<>, Problem> {
        let text = self.text()?.to_owned();
        Ok(([(header::CONTENT_TYPE, "application/json")], text))
    }

    /// What a problem's `type` leads to.
    fn problem(&self, name: &str) -> Result<Json<Value>, Problem> {
        let mut document: Value = serde_json::from_str(self.text()?)?;
        match document["x-problems"][name].take() {
            Value::Null => Err(Problem::not_found(format!(
                "there is no type of problem {name:?}"
            ))),
            page => Ok(Json(page)),
        }
    }
}
