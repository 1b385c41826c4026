//! Endpoints at private addresses are rejected.

use serde_json::json;

use crate::support::app::{App, items, text};
use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::receiver::Receiver;

/// Private, loopback and link-local targets, in several notations that a URL parser accepts.
const PRIVATE: &[&str] = &[
    "http://127.0.0.1/",
    "http://127.0.0.1:8080/hook",
    "http://127.255.255.254/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://foo.localhost/",
    "http://[::1]/",
    "http://[::]/",
    "http://0.0.0.0/",
    "http://0/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://１２７.０.０.１/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest",
    "http://192.0.0.1/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://198.51.100.7/",
    "http://203.0.113.7/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::10.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:db8::1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://user@127.0.0.1/",
    "http://example.com@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "HTTPS://127.0.0.1/",
    "http://x.default.svc/",
    "http://X.default.SVC./",
    "http://x.default.svc.cluster.local/",
    "http://kubernetes.default/",
    "http://db.team-1/",
    "http://metadata.google.internal/",
    "http://metadata.goog/",
    "http://168.63.129.16/",
];

const PUBLIC: &[&str] = &[
    "https://example.com/hook",
    "http://example.com:8080/hook?a=b",
    "https://93.184.216.34/",
    "https://[2606:4700:4700::1111]/",
    "https://localhost.example.com/",
    "https://172.32.0.1/",
];

pub(crate) fn private_targets_are_rejected_unless_the_server_allows_them(host: Host) {
    let app = App::on(host.bare().api());
    let path = app.path("/endpoint");
    let create = |url: &str| app.api.post(&path, json!({"url": url})).send();
    let accepted: Vec<&str> = PRIVATE
        .iter()
        .copied()
        .filter(|url| create(url).status != 422)
        .collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    assert_eq!(create(PRIVATE[0]).pointers(), ["/url"]);
    assert!(items(&app.api.get(&path).expect(200)).is_empty());

    for url in PUBLIC {
        assert_eq!(create(url).status, 201, "{url}");
    }

    // The shared server allows private targets.
    App::new(host).endpoint(PRIVATE[0]);
}

/// Relay allows private targets here, so only Spin's runtime configuration can block the name `localhost`.
pub(crate) fn a_name_with_a_private_address_is_blocked_by_spin(host: Host) {
    let receiver = Receiver::accepting();
    let by_address = receiver.url("/hook");
    let by_name = by_address.replace("127.0.0.1", "localhost");
    assert_ne!(by_name, by_address);
    for is_blocked in [false, true] {
        let mut options = Options::default();
        options.has_runtime_config = is_blocked;
        let server = host.start("networks", &options);
        let app = App::on(server.api());
        app.endpoint(&by_name);
        app.endpoint(&by_address);
        let message = app.send("{}");
        // If the first attempt at an endpoint succeeds, there is only one attempt. If all attempts fail, there are 4.
        let attempts = app.wait_for_attempts(&message, if is_blocked { 8 } else { 2 });
        let response = |attempt| text(attempt, "response");
        let prohibited = attempts
            .iter()
            .filter(|attempt| response(attempt).contains("DestinationIpProhibited"));
        let expected = if is_blocked { (8, 2) } else { (0, 2) };
        assert_eq!((prohibited.count(), receiver.deliveries().len()), expected);
        server.kill();
    }
}
