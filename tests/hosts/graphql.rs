//! The GraphQL schema of `examples/bookshelf`. The programs in `tests/graphql` check it.

use std::process::Command;

use serde_json::{Value, json};

use crate::sdk::expect_success;
use crate::support::app::unique;
use crate::support::host::Host;
use crate::support::launch::root;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

pub(crate) fn every_audit_of_graphql_over_http_passes(host: Host) {
    run(host, "audits.mjs");
}

pub(crate) fn the_client_of_graphql_sse_works(host: Host) {
    run(host, "sse.mjs");
}

pub(crate) fn a_query_runs_over_two_subgraphs(host: Host) {
    run(host, "gateway.mjs");
}

pub(crate) fn one_statement_reads_the_books_of_a_hundred_authors(host: Host) {
    let server = host.bookshelf();
    let api = server.api();
    let id = unique("graphql");
    let query =
        "query All { authors(first: 100) { nodes { name books { title author { name } } } } }";
    let call = api.post("/graphql", json!({"query": query}));
    let body = call.header("x-request-id", &id).expect(200);
    let authors = body["data"]["authors"]["nodes"].as_array().unwrap();
    assert_eq!(authors.len(), 100);
    assert_eq!(
        authors[6]["books"][1],
        json!({"title": "Volume 2", "author": {"name": "Author 7"}})
    );
    let statements = eventually("the operation is logged", SOON, || {
        let lines = server.log.lines_of_request(&id);
        let line = lines
            .iter()
            .find(|line| line["message"] == "graphql operation");
        line.map(|line| line["statements"].clone())
            .ok_or_else(|| json!(lines).to_string())
    });
    // The authors, their books, and the authors of the books.
    assert_eq!(statements, 3);
}

pub(crate) fn a_mutation_needs_its_dependency(host: Host) {
    let api = host.bookshelf().api();
    let title = unique("title");
    let query = "mutation ($book: NewBook!) { addBook(book: $book) { title author { name } } }";
    let book = json!({"authorId": 3, "title": title, "pages": 7});
    let body = json!({"query": query, "variables": {"book": book}});
    let ask = |token: &str| {
        let call = api.post("/graphql", &body);
        call.header("authorization", &format!("Bearer {token}"))
            .expect(200)
    };
    let rejected = ask("wrong");
    assert_eq!(
        rejected["errors"][0]["extensions"]["code"],
        "authentication_failed"
    );
    assert_eq!(rejected["data"], Value::Null);
    let added = ask(Server::LIBRARIAN_TOKEN);
    let expected = json!({"data": {"addBook": {"title": title, "author": {"name": "Author 3"}}}});
    assert_eq!(added, expected);
    let twice = ask(Server::LIBRARIAN_TOKEN);
    assert_eq!(twice["errors"][0]["extensions"]["code"], "conflict");
}

pub(crate) fn hostile_operations_are_rejected(host: Host) {
    let api = host.bookshelf().api();
    let deep = "{author".repeat(1_000) + &"}".repeat(1_000);
    let doubling: String = (0..31)
        .map(|at| format!("fragment f{at} on Query {{ ...f{0} ...f{0} }} ", at + 1))
        .collect();
    for query in [
        deep,
        format!("{{ {} }}", "a: hello ".repeat(1_000)),
        format!("{{ hello {} }}", "@skip(if: true)".repeat(1_000)),
        format!("{{ hello(name: {}", "[".repeat(100_000)),
        format!("{{ ...f0 }} {doubling} fragment f31 on Query {{ hello }}"),
        "{ ...a } fragment a on Query { ...a }".to_owned(),
        "a ".repeat(400_000),
    ] {
        let call = api.post("/graphql", json!({"query": query}));
        let body = call
            .header("accept", "application/graphql-response+json")
            .expect(400);
        assert!(body["errors"][0]["message"].is_string(), "{body}");
    }
    let nested = format!(
        r#"{{"query": "{{ hello }}", "variables": {{"a": {}"#,
        "[".repeat(400_000)
    );
    api.post("/graphql", nested).expect(400);
    let form = api.call("POST", "/graphql");
    form.body("application/x-www-form-urlencoded", "query={hello}")
        .expect(415);
    let mutation = "/graphql?query=mutation{__typename}";
    api.get(&mutation.replace('{', "%7B").replace('}', "%7D"))
        .expect(405);
    let alive = api
        .post("/graphql", json!({"query": "{ hello }"}))
        .expect(200);
    assert_eq!(alive["data"]["hello"], "hello world");
}

/// Runs a program of `tests/graphql` with the URL of the server.
fn run(host: Host, program: &str) {
    let folder = root().join("tests/graphql");
    let packages = folder.join("node_modules");
    assert!(
        packages.exists(),
        "{} does not exist; run `make test`",
        packages.display()
    );
    let server = host.bookshelf();
    let mut command = Command::new("node");
    command
        .arg(folder.join(program))
        .env("GRAPHQL_URL", format!("{}/graphql", server.base()));
    expect_success(&mut command);
}
