//! Runs the programs in `tests/sdk` against each host. The programs use the official Svix SDKs, and a client that is
//! generated from the OpenAPI document.

use std::process::Command;
use std::sync::OnceLock;

use crate::support::host::Host;
use crate::support::launch::root;

pub(crate) fn the_python_sdk_works(host: Host) {
    python(host, "python", "python_sdk.py");
}

pub(crate) fn version_1_of_the_python_sdk_works(host: Host) {
    python(host, "python-1", "python_sdk_1.py");
}

/// Runs a script in `tests/sdk`, with a virtual environment that `scripts/setup` has created.
fn python(host: Host, environment: &str, script: &str) {
    let python = root().join(format!(".tools/{environment}/bin/python"));
    assert!(
        python.exists(),
        "{} does not exist; run `make test`",
        python.display()
    );
    run(
        host,
        Command::new(python)
            .arg("-u")
            .arg(format!("tests/sdk/{script}")),
    );
}

pub(crate) fn the_node_sdk_works(host: Host) {
    let package = root().join("node_modules/svix");
    assert!(
        package.exists(),
        "{} does not exist; run `make test`",
        package.display()
    );
    run(host, Command::new("node").arg("tests/sdk/node_sdk.mjs"));
}

/// The client is generated from `openapi.json` and compiled with TypeScript only once, because all hosts use the same
/// client.
pub(crate) fn the_typed_client_works(host: Host) {
    static COMPILED: OnceLock<Result<(), String>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| {
        let folder = root().join("build/typed_client");
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let types = "build/typed_client/openapi.d.ts";
        node(
            "openapi-typescript/bin/cli.js",
            &["openapi.json", "-o", types],
        )?;
        node("typescript/bin/tsc", &["-p", "tests/sdk"])
    });
    if let Err(error) = compiled {
        panic!("{error}");
    }
    run(
        host,
        Command::new("node").arg("build/typed_client/typed_client.mjs"),
    );
}

/// Runs a JavaScript tool of `node_modules`.
fn node(tool: &str, arguments: &[&str]) -> Result<(), String> {
    let tool = root().join("node_modules").join(tool);
    if !tool.exists() {
        return Err(format!(
            "{} does not exist; run `make test`",
            tool.display()
        ));
    }
    let mut command = Command::new("node");
    command.arg(tool).args(arguments).current_dir(root());
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let (out, err) = (&output.stdout, &output.stderr);
    let text = [String::from_utf8_lossy(out), String::from_utf8_lossy(err)];
    Err(format!("{command:?}: {}\n{}", output.status, text.concat()))
}

/// Runs a program with the URL and the key of the shared server.
fn run(host: Host, command: &mut Command) {
    let server = host.server();
    command
        .current_dir(root())
        .env("RELAY_URL", server.base())
        .env("RELAY_KEY", server.key());
    expect_success(command);
}

/// Runs a program. Panics if the program fails.
pub(crate) fn expect_success(command: &mut Command) {
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
