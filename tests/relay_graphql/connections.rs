//! Connections, forwards and backwards.

use serde_json::{Value, json};

use crate::kit::nodes;
use crate::support::{Relay, text};

/// Each item has the query of a connection, the path of the connection in the response, the field that names a node,
/// and the names of the nodes in their order.
const LISTS: [(&str, &str, &str, [&str; 3]); 4] = [
    (
        "applications(ARGS) { REST }",
        "/applications",
        "uid",
        ["a0", "a1", "a2"],
    ),
    (
        "application(id: \"a1\") { endpoints(ARGS) { REST } }",
        "/application/endpoints",
        "uid",
        ["e2", "e1", "e0"],
    ),
    (
        "application(id: \"a1\") { messages(ARGS) { REST } }",
        "/application/messages",
        "eventId",
        ["m2", "m1", "m0"],
    ),
    (
        "endpoint(applicationId: \"a1\", id: \"e0\") { attempts(ARGS) { REST } }",
        "/endpoint/attempts",
        "timestamp",
        [
            "2026-01-01T00:05:00.000Z",
            "2026-01-01T00:04:00.000Z",
            "2026-01-01T00:03:00.000Z",
        ],
    ),
];

/// Reads a page. Returns the names of the page's nodes, the flags of `pageInfo`, and the cursors of the first and last
/// node.
async fn page(
    relay: &Relay,
    (query, path, field, _): (&str, &str, &str, [&str; 3]),
    arguments: &str,
) -> (Vec<String>, (bool, bool), (Value, Value)) {
    let rest = format!(
        "nodes {{ {field} }} edges {{ cursor }} pageInfo {{ hasPreviousPage hasNextPage startCursor endCursor }}"
    );
    let query = format!(
        "{{ {} }}",
        query.replace("ARGS", arguments).replace("REST", &rest)
    );
    let data = relay.data(&query, json!({})).await;
    let found = data.pointer(path).unwrap();
    let info = &found["pageInfo"];
    let flag = |name: &str| info[name].as_bool().unwrap();
    let edges = found["edges"].as_array().unwrap();
    let cursor = |edge: Option<&Value>| edge.map_or(Value::Null, |edge| edge["cursor"].clone());
    assert_eq!(info["startCursor"], cursor(edges.first()));
    assert_eq!(info["endCursor"], cursor(edges.last()));
    (
        nodes(found, field).iter().map(text).collect(),
        (flag("hasPreviousPage"), flag("hasNextPage")),
        (info["startCursor"].clone(), info["endCursor"].clone()),
    )
}

#[whippet::test]
async fn a_connection_is_read_forwards_and_backwards() {
    let relay = Relay::with_applications(3).await;
    for list in LISTS {
        let names = list.3;
        let (first, flags, (_, end)) = page(&relay, list, "first: 2").await;
        assert_eq!(
            (&first[..], flags),
            (&names.map(str::to_owned)[..2], (false, true))
        );
        let (second, flags, _) = page(&relay, list, &format!("first: 2, after: {end}")).await;
        assert_eq!(
            (&second[..], flags),
            (&names.map(str::to_owned)[2..], (true, false))
        );

        let (last, flags, (start, _)) = page(&relay, list, "last: 2").await;
        assert_eq!(
            (&last[..], flags),
            (&names.map(str::to_owned)[1..], (true, false))
        );
        let (before, flags, (start, _)) =
            page(&relay, list, &format!("last: 2, before: {start}")).await;
        assert_eq!(
            (&before[..], flags),
            (&names.map(str::to_owned)[..1], (false, true))
        );
        let (none, _, _) = page(&relay, list, &format!("last: 2, before: {start}")).await;
        assert!(none.is_empty(), "{none:?}");
    }
}

#[whippet::test]
async fn the_iterator_of_a_rest_list_continues_the_connection() {
    let relay = Relay::with_applications(3).await;
    for (list, path) in LISTS.into_iter().zip([
        "/app?limit=1",
        "/app/a1/endpoint?limit=1",
        "/app/a1/msg?limit=1",
        "/app/a1/attempt/endpoint/e0?limit=1",
    ]) {
        let iterator = &relay.read(path).await["iterator"];
        let (names, flags, (_, end)) = page(&relay, list, &format!("after: {iterator}")).await;
        assert_eq!(
            (&names[..], flags),
            (&list.3.map(str::to_owned)[1..], (true, false))
        );
        let rest = relay.read(&format!("{path}&iterator={}", text(&end))).await;
        assert_eq!(rest["data"], json!([]), "{path}");
    }
}

#[whippet::test]
async fn a_connection_continues_after_its_item_was_deleted() {
    let relay = Relay::with_applications(1).await;
    let list = (
        "application(id: \"a0\") { endpoints(ARGS) { REST } }",
        "/application/endpoints",
        "uid",
        [""; 3],
    );
    let (_, _, (_, end)) = page(&relay, list, "first: 2").await;
    relay.delete("/app/a0/endpoint/e1").await;
    let (next, _, _) = page(&relay, list, &format!("after: {end}")).await;
    assert_eq!(next, ["e0"]);
    let (before, _, _) = page(&relay, list, &format!("before: {end}")).await;
    assert_eq!(before, ["e2"]);
}

#[whippet::test]
async fn the_connections_of_several_parents_continue_after_one_cursor() {
    let relay = Relay::with_applications(2).await;
    let query = "{ message(applicationId: \"a1\", id: \"m1\") { id }
        application(id: \"a1\") { messages(first: 1) { edges { cursor } } } }";
    let data = relay.data(query, json!({})).await;
    let cursor = &data["application"]["messages"]["edges"][0]["cursor"];
    let query = "query ($cursor: String) {
        applications { nodes { messages(first: 1, after: $cursor) { nodes { eventId } } } }
    }";
    let (data, statements) = relay.counted(query, json!({"cursor": cursor})).await;
    // One statement reads the applications, one the position of the cursor, and one the messages.
    assert_eq!(statements, 3);
    let expected = json!([
        {"messages": {"nodes": [{"eventId": "m2"}]}}, {"messages": {"nodes": [{"eventId": "m1"}]}},
    ]);
    assert_eq!(data["applications"]["nodes"], expected);
}

#[whippet::test]
async fn invalid_arguments_are_rejected_with_a_pointer() {
    let relay = Relay::with_applications(1).await;
    let of_endpoints = {
        let query = "{ application(id: \"a0\") { endpoints(first: 1) { edges { cursor } } } }";
        let data = relay.data(query, json!({})).await;
        text(&data["application"]["endpoints"]["edges"][0]["cursor"])
    };
    let forged = "WyJtc2ciLGZhbHNlLFsiMSJdXQ"; // ["msg",false,["1"]]
    for (arguments, pointer) in [
        ("first: 0".to_owned(), "/first"),
        ("first: 251".to_owned(), "/first"),
        ("last: 0".to_owned(), "/last"),
        ("first: 1, before: \"x\"".to_owned(), "/first"),
        ("after: \"x\"".to_owned(), "/after"),
        (format!("after: {of_endpoints:?}"), "/after"),
        (format!("after: {forged:?}"), "/after"),
        (format!("before: {forged:?}"), "/before"),
    ] {
        let query = format!(
            "{{ application(id: \"a0\") {{ messages({arguments}) {{ nodes {{ id }} }} }} }}"
        );
        let error = relay.error(&query, json!({})).await;
        let extensions = &error["extensions"];
        assert_eq!(
            extensions["errors"][0]["pointer"], pointer,
            "{arguments}: {error}"
        );
        assert_eq!(extensions["status"], 422);
    }
}
