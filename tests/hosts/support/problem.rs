//! Checks of error responses. Each error response must be a problem document, and the Svix SDKs must be able to decode
//! it.

use serde_json::Value;

use super::client::Response;

impl Response {
    /// Checks that the response is a problem with this status, and returns the problem.
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        let content_type = self.header("content-type");
        assert!(
            content_type.starts_with("application/problem+json"),
            "{self:?}"
        );

        let problem = self.json();
        assert_eq!(problem["status"], status, "{self:?}");
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(codes(status).contains(&code), "{self:?}");
        let mut strings = vec!["type", "title"];
        if status == 422 {
            // The Python SDK decodes `detail` of a 422 as a list, so a 422 problem must not have this field.
            assert!(
                problem.get("detail").is_none(),
                "a 422 with a detail: {self:?}"
            );
            assert!(!errors(&problem).is_empty(), "{self:?}");
        } else {
            strings.push("detail");
        }
        for field in strings {
            let text = problem[field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "`{field}` is not a string: {self:?}");
        }
        problem
    }

    /// Checks that the response is a 422, and returns the sorted JSON pointers of its errors.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let mut pointers = errors(&self.problem(422));
        pointers.sort();
        pointers.dedup();
        pointers
    }
}

/// Returns the problem codes that docs/API.md lists for a status.
fn codes(status: u16) -> &'static [&'static str] {
    match status {
        400 => &["malformed_json", "malformed_multipart", "bad_request"],
        401 => &["authentication_failed"],
        403 => &["insufficient_scope", "origin_not_allowed"],
        404 => &["not_found"],
        405 => &["method_not_allowed"],
        408 => &["request_timeout"],
        409 => &["conflict"],
        412 => &["precondition_failed"],
        413 => &["payload_too_large"],
        415 => &["unsupported_media_type"],
        416 => &["range_not_satisfiable"],
        422 => &["validation"],
        426 => &["upgrade_required"],
        428 => &["precondition_required"],
        429 => &["rate_limited"],
        500 => &["internal"],
        501 => &["not_implemented"],
        503 => &["not_ready", "timeout", "unavailable"],
        _ => &[],
    }
}

fn errors(problem: &Value) -> Vec<String> {
    let text = |error: &Value, field: &str| match error[field].as_str() {
        Some(text) => text.to_owned(),
        None => panic!("an error without a `{field}`: {problem}"),
    };
    let errors = problem["errors"].as_array();
    errors
        .unwrap_or_else(|| panic!("a problem without a list of errors: {problem}"))
        .iter()
        .map(|error| {
            assert!(!text(error, "code").is_empty(), "{problem}");
            assert!(!text(error, "message").is_empty(), "{problem}");
            text(error, "pointer")
        })
        .collect()
}
