//! The S3-compatible server `tests/s3/server.py`, with the bucket `files`.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use super::group::Group;
use super::launch::root;
use super::server::free_port;
use super::wait::eventually;

struct Store {
    port: u16,
    /// The group ends the server when the test process ends.
    _group: Mutex<Group>,
}

static STORE: LazyLock<Store> = LazyLock::new(|| {
    let python = root().join(".tools/python/bin/python");
    assert!(
        python.exists(),
        "{} does not exist; run `make test`",
        python.display()
    );
    let port = free_port();
    let mut command = Command::new(python);
    command
        .arg(root().join("tests/s3/server.py"))
        .arg(port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let group = Mutex::new(Group::spawn(&mut command).unwrap());
    eventually("the S3 server listens", Duration::from_secs(60), || {
        TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())
    });
    Store {
        port,
        _group: group,
    }
});

/// Returns the URL of the server. The first call starts the server.
pub(crate) fn url() -> String {
    format!("http://127.0.0.1:{}", STORE.port)
}

/// Returns the variables that make an app store its objects in the bucket. `secret` is the secret access key.
pub(crate) fn variables(secret: &str) -> [(String, String); 5] {
    [
        ("S3_ENDPOINT", url().as_str()),
        ("S3_REGION", "eu-test-1"),
        ("S3_BUCKET", "files"),
        ("S3_ACCESS_KEY_ID", "the-id"),
        ("S3_SECRET_ACCESS_KEY", secret),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}
