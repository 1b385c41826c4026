//! The GraphQL API of `examples/bookshelf`. Some scenarios run a program of `tests/graphql` against the API.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tungstenite::Message;
use whippet::Timestamp;

use crate::sdk::expect_success;
use crate::support::app::unique;
use crate::support::client::Response;
use crate::support::host::Host;
use crate::support::launch::root;
use crate::support::raw::Connection;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};
use crate::websocket::Client;

// The ids of two authors: `Author:3` and `Author:4` in base64.
const AUTHOR_3: &str = "QXV0aG9yOjM";
const AUTHOR_4: &str = "QXV0aG9yOjQ";

pub(crate) fn every_audit_of_graphql_over_http_passes(host: Host) {
    run(host, "audits.mjs");
}

pub(crate) fn the_client_of_graphql_sse_works(host: Host) {
    run(host, "sse.mjs");
}

pub(crate) fn the_client_of_graphql_ws_works(host: Host) {
    run(host, "ws.mjs");
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
    // One statement reads the authors, one their books, and one the authors of the books.
    assert_eq!(statements, 3);
}

pub(crate) fn a_mutation_needs_its_dependency(host: Host) {
    let api = host.bookshelf().api();
    let title = unique("title");
    let query = "mutation ($book: NewBook!) { addBook(book: $book) { title author { name } } }";
    let book = json!({"authorId": AUTHOR_3, "title": title, "pages": 7});
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

pub(crate) fn a_file_is_an_argument_of_a_mutation(host: Host) {
    let api = host.bookshelf().api();
    let title = unique("title");
    let query = "mutation ($id: ID!, $file: Upload!) { importBooks(authorId: $id, file: $file) }";
    let operations = json!({"query": query, "variables": {"id": AUTHOR_4, "file": null}});
    let map = json!({"0": ["variables.file"]});
    let file = format!("301 {title}\n12 {title} 2\n301 {title}");
    let part = |head: &str, content: &str| {
        format!("--B\r\ncontent-disposition: form-data; {head}\r\n\r\n{content}\r\n")
    };
    let form = [
        part("name=\"operations\"", &operations.to_string()),
        part("name=\"map\"", &map.to_string()),
        part("name=\"0\"; filename=\"books.txt\"", &file),
        "--B--\r\n".to_owned(),
    ]
    .concat();
    let post = || {
        let call = api.call("POST", "/graphql");
        let token = format!("Bearer {}", Server::LIBRARIAN_TOKEN);
        let call = call.header("authorization", &token);
        call.body("multipart/form-data; boundary=B", form.clone())
    };
    post().expect(400);
    let added = post().header("graphql-preflight", "1").expect(200);
    assert_eq!(added, json!({"data": {"importBooks": 2}}));
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

/// Opens a WebSocket for GraphQL operations.
fn open(server: &Server, id: &str) -> Client {
    let headers = [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("x-request-id", id),
    ];
    Client::open_at(server, "/graphql", &headers)
}

fn read(client: &mut Client) -> Value {
    let text = client.read().into_text().unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

const INIT: &str = r#"{"type":"connection_init"}"#;
const ACK: &str = r#"{"type":"connection_ack"}"#;

pub(crate) fn a_graphql_socket_follows_its_protocol(host: Host) {
    let server = host.bookshelf();
    let subscribe = r#"{"type":"subscribe","id":"1","payload":{"query":"subscription { count(to: 9, milliseconds: 60000) }"}}"#;
    for (messages, code) in [
        (&[INIT, INIT][..], 4429),
        (&[subscribe], 4401),
        (&[INIT, subscribe, subscribe], 4409),
        (&[INIT, "hello"], 4400),
        (&[INIT, r#"{"type":"start"}"#], 4400),
        (&[INIT, r#"{"type":"subscribe","payload":{}}"#], 4400),
        (&[], 4408),
    ] {
        let mut client = open(server, &unique("protocol"));
        for message in messages {
            client.send(*message);
        }
        if messages.first() == Some(&INIT) {
            assert_eq!(client.read(), Message::text(ACK));
        }
        assert_eq!(client.read_close().0, code, "{messages:?}");
    }
    let mut client = open(server, &unique("protocol"));
    client.send(vec![1, 2, 3]);
    assert_eq!(client.read_close().0, 4400);
    let mut client = Client::open_at(server, "/graphql", &[]);
    assert_eq!(client.read_close().0, 4406);

    let mut client = open(server, &unique("protocol"));
    client.send(r#"{"type":"ping","payload":{"at":1}}"#);
    let pong = json!({"type": "pong", "payload": {"at": 1}});
    assert_eq!(read(&mut client), pong);
    client.send(r#"{"type":"pong"}"#);
    client.send(INIT);
    assert_eq!(client.read(), Message::text(ACK));
    // A socket may run at most 50 operations at the same time. This loop starts 51.
    for id in 0..=50 {
        client.send(subscribe.replace(r#""1""#, &format!("\"{id}\"")));
    }
    let over = read(&mut client);
    assert_eq!(
        (&over["id"], &over["type"]),
        (&json!("50"), &json!("error"))
    );
    let code = &over["payload"][0]["extensions"]["code"];
    assert_eq!(code, "graphql_limit_exceeded");
    // After the client has completed an operation, the id of the operation can be used again.
    client.send(r#"{"type":"complete","id":"7"}"#);
    client.send(r#"{"type":"subscribe","id":"7","payload":{"query":"{ hello }"}}"#);
    let payload = json!({"data": {"hello": "hello world"}});
    let next = json!({"id": "7", "type": "next", "payload": payload});
    assert_eq!(read(&mut client), next);
    assert_eq!(read(&mut client), json!({"id": "7", "type": "complete"}));
}

pub(crate) fn an_operation_ends_within_a_second_when_its_client_does_not_want_it(host: Host) {
    let server = host.bookshelf();
    for is_disposed in [true, false] {
        let id = unique("socket");
        let mut client = open(server, &id);
        client.send(INIT);
        assert_eq!(client.read(), Message::text(ACK));
        let query = "subscription Endless { count(to: 1000, milliseconds: 60000) }";
        let payload = json!({"query": query});
        let subscribe = json!({"type": "subscribe", "id": "1", "payload": payload});
        client.send(subscribe.to_string());
        client.send(r#"{"type":"ping"}"#);
        assert_eq!(read(&mut client), json!({"type": "pong"}));
        let left = now();
        if is_disposed {
            client.send(r#"{"type":"complete","id":"1"}"#);
        } else {
            drop(client);
        }
        // The server logs an operation when it drops the operation.
        let line = eventually("the operation is logged", SOON, || {
            let lines = server.log.lines_of_request(&id);
            let line = lines.iter().find(|line| line["operation"] == "Endless");
            line.cloned().ok_or_else(|| json!(lines).to_string())
        });
        let ended: Timestamp = serde_json::from_value(line["timestamp"].clone()).unwrap();
        let took = ended.as_millis() - left;
        assert!(took < 1_000, "{took} ms, disposed: {is_disposed}");
    }
}

/// Returns the milliseconds since the Unix epoch.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis().try_into().unwrap()
}

pub(crate) fn a_page_of_another_site_cannot_open_a_graphql_socket(host: Host) {
    let server = host.bookshelf();
    let own = format!("http://127.0.0.1:{}", server.port);
    let headers = [
        ("sec-websocket-protocol", "graphql-transport-ws"),
        ("origin", &*own),
    ];
    let mut client = Client::open_at(server, "/graphql", &headers);
    client.send(INIT);
    assert_eq!(client.read(), Message::text(ACK));
    let problem = upgrade(server, "Origin: https://evil.example").problem(403);
    assert_eq!(problem["code"], "origin_not_allowed");
}

pub(crate) fn a_graphql_socket_gets_501(host: Host) {
    upgrade(host.bookshelf(), "Origin: http://127.0.0.1").problem(501);
}

/// Sends an upgrade request that the server rejects, and returns the response.
fn upgrade(server: &Server, header: &str) -> Response {
    let mut connection = Connection::open(server);
    connection.send(format!(
        "GET /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{header}\r\n\r\n"
    ));
    connection.read_response("/graphql").expect("a response")
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
        .env("GRAPHQL_URL", format!("{}/graphql", server.base()))
        .env("LIBRARIAN_TOKEN", Server::LIBRARIAN_TOKEN);
    expect_success(&mut command);
}
