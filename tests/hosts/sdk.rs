//! The official Svix SDKs against this server: `tests/sdk`.

use std::process::Command;

use crate::support::host::Host;
use crate::support::launch::root;

pub(crate) fn python_sdk(host: Host) {
    let python = root().join(".tools/python/bin/python");
    assert!(
        python.exists(),
        "no {}: `make test` sets it up",
        python.display()
    );
    run(
        host,
        Command::new(python)
            .arg("-u")
            .arg("tests/sdk/python_sdk.py"),
    );
}

pub(crate) fn node_sdk(host: Host) {
    let package = root().join("node_modules/svix");
    assert!(
        package.exists(),
        "no {}: `make test` sets it up",
        package.display()
    );
    run(host, Command::new("node").arg("tests/sdk/node_sdk.mjs"));
}

fn run(host: Host, command: &mut Command) {
    let server = host.server();
    command
        .current_dir(root())
        .env("RELAY_URL", server.base())
        .env("RELAY_KEY", server.key());
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
