//! Lists: pages, order, invalid parameters.

use std::thread;

use serde_json::{Value, json};

use crate::support::app::{App, items, text, unique};
use crate::support::client::Api;
use crate::support::host::Host;
use crate::support::wait::{SOON, eventually};

pub(crate) fn the_first_page_of_an_empty_list_is_the_last_page(host: Host) {
    let app = App::new(host);
    let endpoint = app.endpoint("https://example.com/");
    let other = App::new(host);
    let lists = [
        other.path("/endpoint"),
        app.path("/msg"),
        app.path(&format!("/attempt/endpoint/{endpoint}")),
    ];
    for path in lists {
        let list = app.api.get(&path).expect(200);
        assert_eq!(list["data"], json!([]), "{path}");
        assert_eq!(list["done"], true, "{path}");
        // The Python SDK requires the field `iterator`, which may be null.
        assert!(list.get("iterator").is_some(), "{path}: {list}");
    }
}

pub(crate) fn pages_visit_every_item_once(host: Host) {
    let app = App::new(host);
    let endpoints: Vec<String> = (0..5)
        .map(|n| app.endpoint(&format!("https://example.com/{n}")))
        .collect();
    for (limit, lengths) in [
        (1, &[1, 1, 1, 1, 1][..]),
        (2, &[2, 2, 1]),
        (5, &[5]),
        (250, &[5]),
    ] {
        let pages = pages(&app.api, &app.path("/endpoint"), limit);
        assert_eq!(
            pages.iter().map(Vec::len).collect::<Vec<_>>(),
            lengths,
            "limit {limit}"
        );
        assert_eq!(
            sorted(pages.concat()),
            sorted(endpoints.clone()),
            "limit {limit}"
        );
    }

    let app = App::new(host);
    let messages: Vec<String> = (0..5)
        .map(|n| app.send(&format!(r#"{{"n":{n}}}"#)))
        .collect();
    let pages = pages(&app.api, &app.path("/msg"), 2);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    assert_eq!(sorted(pages.concat()), sorted(messages));
}

/// The list may also contain applications of other scenarios, which run at the same time.
pub(crate) fn applications_are_paginated(host: Host) {
    let api = host.api();
    let mine: Vec<String> = (0..5).map(|_| App::on(api.clone()).id).collect();
    let listed = pages(&api, "/api/v1/app", 2).concat();
    for id in mine {
        assert_eq!(
            listed.iter().filter(|listed| **listed == id).count(),
            1,
            "{id}: {listed:?}"
        );
    }
}

pub(crate) fn the_order_can_be_reversed(host: Host) {
    let app = App::new(host);
    for _ in 0..4 {
        app.endpoint_with(json!({"url": "https://example.com/", "uid": unique("ep")}));
    }
    let list = |order: &str| {
        items(
            &app.api
                .get(&app.path(&format!("/endpoint?order={order}")))
                .expect(200),
        )
    };
    let up = list("ascending");
    let mut down = list("descending");
    down.reverse();
    assert_eq!(up, down);
    let created: Vec<String> = up
        .iter()
        .map(|endpoint| text(endpoint, "createdAt"))
        .collect();
    assert!(created.is_sorted(), "{created:?}");
    let default = items(&app.api.get(&app.path("/endpoint")).expect(200));
    assert!(default.into_iter().eq(up.into_iter().rev()));
}

/// Writers create messages while a client reads the ascending list page by page, each page with the iterator of the
/// page before.
pub(crate) fn an_iterator_misses_no_message_of_concurrent_writers(host: Host) {
    const WRITERS: usize = 4;
    // The native host gets more messages, because several threads of its process create messages at the same time.
    let messages = if host == Host::Native { 250 } else { 50 };
    let app = App::new(host);
    // On Spin, each instance opens its own connection, and SQLite lets one connection write at a time. If a write waits
    // too long, the server responds 503, and a client repeats the request.
    let send = |_| {
        eventually("a message is accepted", SOON, || {
            let response = app.message("user.signup", "{}").send();
            match response.status {
                202 => Ok(text(&response.json(), "id")),
                _ => Err(format!("{response:?}")),
            }
        })
    };
    let write = || (0..messages).map(send).collect::<Vec<_>>();
    let path = app.path("/msg?order=ascending&limit=250");
    let (written, listed) = thread::scope(|scope| {
        let writers = [(); WRITERS].map(|()| scope.spawn(write));
        let mut listed = Vec::new();
        let mut iterator = String::new();
        loop {
            // The last request starts after the last message was created.
            let is_last = writers.iter().all(|writer| writer.is_finished());
            let list = app.api.get(&format!("{path}{iterator}")).expect(200);
            listed.extend(items(&list).iter().map(|message| text(message, "id")));
            if !list["iterator"].is_null() {
                iterator = format!("&iterator={}", text(&list, "iterator"));
            }
            if is_last && list["done"] == true {
                break;
            }
        }
        let written = writers.map(|writer| writer.join().unwrap());
        (written.concat(), listed)
    });
    let missed = written.iter().filter(|id| !listed.contains(id)).count();
    assert_eq!(missed, 0, "of {} messages", written.len());
    assert_eq!(sorted(listed), sorted(written));
}

pub(crate) fn invalid_list_parameters_are_rejected(host: Host) {
    let app = App::new(host);
    let endpoint = app.endpoint("https://example.com/");
    let lists = [
        "/api/v1/app".to_owned(),
        app.path("/endpoint"),
        app.path("/msg"),
        app.path(&format!("/attempt/endpoint/{endpoint}")),
    ];
    let invalid = [
        "limit=251",
        "limit=-1",
        "limit=many",
        "limit=9007199254740993",
        "limit=99999999999999999999999",
        "iterator=nonsense!",
        "iterator=%00",
    ];
    for path in lists {
        for query in invalid {
            app.api.get(&format!("{path}?{query}")).send().problem(422);
        }
        // SDKs may send parameters that the server does not support yet.
        app.api
            .get(&format!("{path}?unknown=1&limit=250"))
            .expect(200);
    }
    for query in ["order=sideways", "order="] {
        app.api
            .get(&app.path(&format!("/endpoint?{query}")))
            .send()
            .problem(422);
    }
}

/// Reads all pages of a list, each page with the iterator of the page before. Returns the ids of each page's items.
fn pages(api: &Api, path: &str, limit: usize) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = String::new();
    loop {
        let list = api.get(&format!("{path}?limit={limit}{next}")).expect(200);
        let page: Vec<String> = items(&list).iter().map(|item| text(item, "id")).collect();
        assert!(!page.is_empty() && page.len() <= limit, "{list}");
        pages.push(page);
        assert!(pages.len() < 1_000, "the list does not end: {list}");
        match &list["done"] {
            Value::Bool(true) => return pages,
            Value::Bool(false) => next = format!("&iterator={}", text(&list, "iterator")),
            other => panic!("done is {other}"),
        }
    }
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort();
    ids
}
