//! Two processes that share one database.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::support::app::{App, text};
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;
use crate::support::reply::Reply;
use crate::support::server::Server;
use crate::support::wait::{SOON, eventually};

const MESSAGES: usize = 100;

/// The endpoints, each with the number of the attempt that succeeds.
const ENDPOINTS: [(&str, usize); 3] = [("/one", 1), ("/two", 2), ("/three", 3)];

pub(crate) fn two_processes_never_make_the_same_attempt_twice(host: Host) {
    let seen: &Mutex<BTreeMap<(String, String), usize>> = Box::leak(Box::default());
    let receiver = Receiver::new(|delivery, _| {
        let mut seen = seen.lock().unwrap();
        let key = (delivery.path.clone(), delivery.id().to_owned());
        let times = seen.entry(key).or_default();
        *times += 1;
        let succeeds = ENDPOINTS.contains(&(&delivery.path, *times));
        Reply::status(if succeeds { 200 } else { 500 })
    });
    let first = host.start("two", &Options::default());
    let second = host.start("two", &Options::keeping_data());
    let app = App::on(first.api());
    for (path, _) in ENDPOINTS {
        app.endpoint(&receiver.url(path));
    }
    let app_on_second = App {
        api: second.api(),
        id: app.id.clone(),
    };
    let sent: Vec<String> = (0..MESSAGES)
        .map(|n| [&app, &app_on_second][n % 2].send("{}"))
        .collect();

    for message in &sent {
        let attempts = eventually("every delivery has succeeded", SOON, || {
            let attempts = app.attempts(message);
            let succeeded = attempts.iter().filter(|attempt| attempt["status"] == 0);
            if succeeded.count() < ENDPOINTS.len() {
                return Err(format!("{attempts:?}"));
            }
            Ok(attempts)
        });
        for (path, times) in ENDPOINTS {
            let url = receiver.url(path);
            let listed = attempts
                .iter()
                .filter(|attempt| text(attempt, "url") == url);
            assert_eq!(listed.count(), times, "{path}: {attempts:?}");
        }
    }
    let expected = sent.iter().flat_map(|message| {
        ENDPOINTS.map(|(path, times)| ((path.to_owned(), message.clone()), times))
    });
    assert_eq!(*seen.lock().unwrap(), expected.collect());
    for server in [&first, &second] {
        assert!(has_delivered(server), "one server has delivered nothing");
    }
}

fn has_delivered(server: &Server) -> bool {
    let lines = server.log.lines();
    lines.iter().any(|line| line["message"] == "task done")
}
