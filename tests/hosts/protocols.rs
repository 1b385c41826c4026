//! HTTP/2 and TLS. The scenarios run only natively, because on other hosts the platform implements these protocols.

use std::path::PathBuf;
use std::process::Command;

use crate::support::host::Host;
use crate::support::options::Options;
use crate::support::server::{Server, state};

/// Runs a command and returns its output. Panics if the command fails.
fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; run `scripts/setup curl`"));
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

fn curl(server: &Server, url: &str, arguments: &[&str]) -> String {
    run(Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20"])
        .args(["--write-out", " %{http_version} %{http_code}"])
        .args(arguments)
        .arg(format!("{}{url}", server.base())))
}

pub(crate) fn http_2_is_served_with_prior_knowledge(host: Host) {
    let server = host.start("h2", &Options::probe());
    let prior = "--http2-prior-knowledge";
    assert_eq!(curl(&server, "/text", &[prior]), "hello 2 200");
    // An HTTP/2 request has `:authority` instead of `Host`.
    let authority = curl(&server, "/headers/host", &[prior]);
    assert_eq!(authority, format!("127.0.0.1:{} 2 200", server.port));
    let echoed = curl(&server, "/echo", &[prior, "--data", "twelve bytes"]);
    assert_eq!(echoed, "twelve bytes 2 200");
    assert_eq!(curl(&server, "/text", &["--http1.1"]), "hello 1.1 200");

    let shown = run(Command::new("nghttp")
        .args(["--verbose", "--no-dep"])
        .arg(format!("{}/pieces", server.base())));
    assert!(shown.contains(":status: 200"), "{shown}");
    assert!(shown.contains("x-request-id"), "{shown}");
}

pub(crate) fn http_2_serves_concurrent_streams(host: Host) {
    let server = host.start("h2-load", &Options::probe());
    let report = run(Command::new("h2load")
        .args(["--requests", "5000", "--clients", "10"])
        .args([
            "--max-concurrent-streams",
            "100",
            "--connection-active-timeout",
            "20",
        ])
        .arg(format!("{}/users/7", server.base())));
    let expected = "5000 total, 5000 started, 5000 done, 5000 succeeded, 0 failed";
    assert!(report.contains(expected), "{report}");
}

pub(crate) fn tls_is_served_with_a_certificate(host: Host) {
    let [certificate, key] = certificate(host);
    let variables = [
        ("TLS_CERT", certificate.to_str().unwrap()),
        ("TLS_KEY", key.to_str().unwrap()),
    ];
    let server = Server::launch(host, "tls", &Options::probe_with(&variables));
    let trusted = ["--cacert", certificate.to_str().unwrap()];
    let ready = server.wait_until(|| {
        let url = format!("https://127.0.0.1:{}/text", server.port);
        let mut command = Command::new("curl");
        command.args(["--silent", "--fail", "--max-time", "5"]);
        let output = command.args(trusted).arg(url).output();
        output.is_ok_and(|output| output.status.success())
    });
    ready.unwrap_or_else(|error| panic!("{error}"));
    let url = format!("https://127.0.0.1:{}/text", server.port);
    let get = |version: &str| {
        run(Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "20", version])
            .args(["--write-out", " %{http_version} %{http_code}"])
            .args(trusted)
            .arg(&url))
    };
    // ALPN offers HTTP/2 and HTTP/1.1.
    assert_eq!(get("--http2"), "hello 2 200");
    assert_eq!(get("--http1.1"), "hello 1.1 200");
}

/// Creates a self-signed certificate for 127.0.0.1 and its key, and returns the paths of both files.
fn certificate(host: Host) -> [PathBuf; 2] {
    Server::remove_data(host, "tls-files");
    let folder = state(host, "tls-files");
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    run(Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
        ])
        .args(["-nodes", "-days", "1", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key));
    [certificate, key]
}
