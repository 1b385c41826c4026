//! Bad input. The response to a bad request is a 400 with a clear error, and it comes quickly.

use std::fmt::Write;
use std::time::Duration;

use serde_json::json;
use whippet::graphql::Limits;
use whippet::testing::TestApp;

use crate::kit::start;

/// A response to a bad request takes at most this long in a build without optimizations.
const PATIENCE: Duration = Duration::from_millis(500);

fn repeated(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        text.push_str(&piece(at));
        text
    })
}

/// Starts to measure time. Returns a function that returns the time since the start.
#[cfg(not(target_arch = "wasm32"))]
fn stopwatch() -> impl Fn() -> Duration {
    let started = std::time::Instant::now();
    move || started.elapsed()
}

/// Measures nothing, because the standard library has no clock in a browser. The returned function returns zero.
#[cfg(target_arch = "wasm32")]
fn stopwatch() -> impl Fn() -> Duration {
    || Duration::ZERO
}

async fn reject(app: &TestApp, what: &str, body: String) {
    let elapsed = stopwatch();
    let response = app.post("/graphql").json_text(body).await;
    let took = elapsed();
    let status = response.status;
    let text = response.text();
    assert_eq!(status, 400, "{what}: {text}");
    assert!(took < PATIENCE, "{what}: {took:?}");
    assert!(text.len() < 2_000, "{what}: {} bytes", text.len());
    let message = response.json()["errors"][0]["message"].clone();
    assert!(
        message.as_str().is_some_and(|text| !text.is_empty()),
        "{what}: {text}"
    );
}

/// Limits without a maximum for tokens or bytes. So every document reaches the parser and the check of its fragments.
const NO_TOKEN_LIMIT: Limits = Limits {
    bytes: usize::MAX,
    tokens: usize::MAX,
    depth: 15,
    complexity: 1_000,
    aliases: 30,
    directives: 50,
    recursion: 32,
    batch: 10,
    operations: 50,
    uploads: 0,
};

#[whippet::test]
async fn huge_documents_are_rejected() {
    let doubling = repeated(31, |at| {
        format!("fragment f{at} on Query {{ ...f{0} ...f{0} }} ", at + 1)
    });
    let documents = [
        (
            "1,000 aliases",
            format!("{{ {} }}", repeated(1_000, |at| format!("a{at}: hello "))),
        ),
        (
            "1,000 directives",
            format!("{{ hello {} }}", "@skip(if: false) ".repeat(1_000)),
        ),
        (
            "1,000 unknown directives",
            format!("query {} {{ hello }}", "@x".repeat(1_000)),
        ),
        (
            "1,000 levels",
            "{ author".repeat(1_000) + &" }".repeat(1_000),
        ),
        ("1,000 unclosed levels", "{ a ".repeat(1_000)),
        (
            "1,000 nested lists",
            format!(
                "{{ hello(name: {}{}) }}",
                "[".repeat(1_000),
                "]".repeat(1_000)
            ),
        ),
        (
            "1,000 nested types",
            format!(
                "query ($a: {}Int{}) {{ hello }}",
                "[".repeat(1_000),
                "]".repeat(1_000)
            ),
        ),
        (
            "1 MB of names",
            format!("{{ {} }}", "hello ".repeat(170_000)),
        ),
        ("1 MB of brackets", "{".repeat(1_000_000)),
        (
            "1 MB of one name",
            format!("{{ {} }}", "a".repeat(1_000_000)),
        ),
        (
            "1 MB of a string",
            format!("{{ hello(nam: \"{}\") }}", "a".repeat(1_000_000)),
        ),
        ("1 MB of commas", ",".repeat(1_000_000)),
        ("1 MB of a comment", format!("# {}", "a".repeat(1_000_000))),
        (
            "a fragment cycle",
            "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }".to_owned(),
        ),
        (
            "a fragment of itself",
            "{ ...a } fragment a on Query { ...a }".to_owned(),
        ),
        (
            "2^31 selections",
            format!("{{ ...f0 }} {doubling} fragment f31 on Query {{ hello }}"),
        ),
        (
            "1,000 fragments",
            format!(
                "{{ hello }} {}",
                repeated(1_000, |at| format!("fragment f{at} on Query {{ hello }} "))
            ),
        ),
        (
            "1,000 operations",
            repeated(1_000, |at| format!("query q{at} {{ hello }} ")),
        ),
        (
            "1,000 unknown fields",
            format!("{{ {} }}", repeated(1_000, |at| format!("field{at} "))),
        ),
        (
            "1,000 variables",
            format!(
                "query ({}) {{ hello }}",
                repeated(1_000, |at| format!("$v{at}: Int "))
            ),
        ),
    ];
    for limits in [
        Limits {
            batch: 10,
            ..Limits::default()
        },
        NO_TOKEN_LIMIT,
    ] {
        let app = start(limits, 1).await;
        for (what, document) in &documents {
            // Without a limit on tokens, the parser reads the whole document, so the response may take longer.
            let is_limited = limits.tokens < usize::MAX;
            let patience = if is_limited { PATIENCE } else { PATIENCE * 60 };
            let body = json!({"query": document}).to_string();
            if is_limited || !is_left_to_the_validator(what) {
                reject_any(&app, what, body, patience).await;
            }
        }
    }
}

fn is_left_to_the_validator(what: &str) -> bool {
    what.contains("fields")
        || what.contains("operations")
        || what.contains("fragments")
        || what.contains("variables")
}

/// Asserts that a document is rejected with a 400 within `patience`. The request accepts
/// `application/graphql-response+json`, because other media types do not allow a 400 for every invalid document.
async fn reject_any(app: &TestApp, what: &str, body: String, patience: Duration) {
    let elapsed = stopwatch();
    let request = app
        .post("/graphql")
        .header("accept", "application/graphql-response+json");
    let response = request.json_text(body).await;
    let took = elapsed();
    let text = response.text();
    assert_eq!(response.status, 400, "{what}: {text}");
    assert!(took < patience, "{what}: {took:?}");
    assert!(text.len() < 70_000, "{what}: {} bytes", text.len());
    assert!(
        response.json()["errors"][0]["message"].is_string(),
        "{what}: {text}"
    );
}

#[whippet::test]
async fn huge_requests_are_rejected() {
    let app = start(
        Limits {
            batch: 10,
            ..Limits::default()
        },
        1,
    )
    .await;
    let nested = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    let query = r#""query": "query ($a: Int) { hello }""#;
    let mut batch = String::from("[");
    for _ in 0..1_000 {
        write!(batch, "{{{query}}},").unwrap();
    }
    batch.push_str("{}]");
    for (what, body) in [
        ("a batch of 1,000", batch),
        (
            "a batch of 300,000",
            format!("[{}{{}}]", "{},".repeat(300_000)),
        ),
        (
            "nested variables",
            format!(r#"{{{query}, "variables": {{"a": {}}}}}"#, nested("[", "]")),
        ),
        (
            "nested extensions",
            format!(
                r#"{{{query}, "extensions": {{"a": {}}}}}"#,
                nested("{\"a\":", "}")
            ),
        ),
        ("a nested batch", nested("[", "]")),
    ] {
        reject(&app, what, body).await;
    }
    let invalid_utf_8 = [
        b"{\"query\": \"{ hello \xff}\"}".to_vec(),
        b"\xff\xfe".to_vec(),
    ];
    for body in invalid_utf_8 {
        let response = app.post("/graphql").json_text(body).await;
        response.assert_status(400);
    }
    let over = format!(r#"{{"query": "{{ hello }} #{}"}}"#, "a".repeat(1 << 20));
    app.post("/graphql")
        .json_text(over)
        .await
        .assert_status(413);
}

#[whippet::test]
async fn wrong_variables_are_rejected() {
    let app = start(Limits::default(), 1).await;
    let query = "mutation ($input: NewAuthor!) { createAuthor(input: $input) }";
    for variables in [
        json!({}),
        json!({"input": null}),
        json!({"input": {}}),
        json!({"input": {"name": 7}}),
        json!({"input": {"name": null}}),
        json!({"input": {"name": "a", "age": 7}}),
    ] {
        let request = app
            .post("/graphql")
            .header("accept", "application/graphql-response+json");
        let response = request
            .json(&json!({"query": query, "variables": variables}))
            .await;
        let body = response.json();
        assert_eq!(response.status, 400, "{variables}: {body}");
        assert!(body["errors"][0]["message"].is_string());
    }
    // The validator of `async-graphql` accepts these variables, but the mutation does not run.
    for variables in [
        json!({"input": 7}),
        json!({"input": [{"name": "a"}, {"name": "b"}]}),
    ] {
        let request = json!({"query": query, "variables": variables});
        let body = app.post("/graphql").json(&request).await.json();
        assert!(body["errors"][0]["message"].is_string(), "{body}");
    }
    let count: i64 = app.row("select count(*) from authors").await;
    assert_eq!(count, 1);
}

#[whippet::test]
async fn a_response_has_at_most_100_errors_and_one_that_counts_the_rest() {
    let limits = Limits {
        complexity: 100_000,
        ..Limits::default()
    };
    let app = start(limits, 1).await;
    let response = app
        .post("/graphql")
        .json(&json!({"query": "{ failures(count: 10000) { value } }"}))
        .await;
    let errors = response.assert_status(200).json()["errors"].clone();
    assert_eq!(errors.as_array().unwrap().len(), 101);
    assert_eq!(errors[100]["message"], "9900 more errors are omitted");
    // There is one log line for each cause.
    assert_eq!(app.logs().with("message", "a resolver failed").len(), 3);
}
