//! The commands that start the servers of each host.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::host::Host;
use super::options::{Options, Program};

/// Returns the command that serves a program at `port`, with its data below `state`.
pub(super) fn command(host: Host, options: &Options, port: u16, state: &Path) -> Command {
    let mut command = match (host, options.program) {
        (Host::Native, Program::Relay) if options.survives_file_limit => {
            let mut command = Command::new("sh");
            command.args(["-c", "trap '' XFSZ; exec \"$0\""]);
            command.arg(env!("CARGO_BIN_EXE_relay"));
            command
        }
        (Host::Native, Program::Relay) => Command::new(env!("CARGO_BIN_EXE_relay")),
        (Host::Native, Program::Probe) => Command::new(built("probe")),
        (Host::Workers, Program::Relay) => script("dev"),
        (Host::Workers, Program::Probe) => wrangler(options, port, state),
        (Host::SpinHost | Host::Spin, Program::Relay) => script("spin"),
        (Host::SpinHost | Host::Spin, Program::Probe) => spin_up(host, options, port, state),
    };
    command.env("PORT", port.to_string());
    let variables = &options.variables;
    match host {
        Host::Native => {
            command.env("DATABASE", database(host, state));
            command.envs(variables.iter().map(|(name, value)| (name, value)));
        }
        Host::Workers | Host::SpinHost | Host::Spin => {
            let variables: Vec<_> = variables.iter().map(|(k, v)| format!("{k}:{v}")).collect();
            command.env("RELAY_VARS", variables.join(" "));
        }
    }
    let seconds = options.sweep_seconds.to_string();
    match host {
        Host::Native => &mut command,
        Host::Workers => command
            .env("PERSIST", state)
            .env("RELAY_CRON_SECONDS", seconds),
        Host::SpinHost | Host::Spin => command
            .env("STATE", state)
            .env("SPIN", spin(host))
            .env("RELAY_SWEEP_SECONDS", seconds),
    };
    command
}

/// Returns the path of the SQLite file of a host other than Workers.
pub(crate) fn database(host: Host, state: &Path) -> PathBuf {
    state.join(match host {
        Host::Native => "relay.db",
        Host::SpinHost | Host::Spin => "sqlite_db.db",
        Host::Workers => panic!("only workerd may open the file of a local D1"),
    })
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the path of the program `spin` on `PATH`.
pub(super) fn spin_on_path() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join("spin"))
        .find(|program| program.is_file())
}

fn spin(host: Host) -> PathBuf {
    if host == Host::Spin {
        spin_on_path().expect("a spin on PATH")
    } else {
        built("spin-host")
    }
}

fn spin_up(host: Host, options: &Options, port: u16, state: &Path) -> Command {
    let folder = root().join("examples/probe");
    expect_built(
        &folder.join("build/spin/probe.wasm"),
        "cargo run -p whippet-cli -- build spin --release -p probe",
    );
    let mut command = Command::new(spin(host));
    command
        .args(["up", "--listen", &format!("127.0.0.1:{port}"), "--from"])
        .arg(folder.join("spin.toml"))
        .arg("--state-dir")
        .arg(state);
    for (name, value) in &options.variables {
        command.env(format!("SPIN_VARIABLE_{name}"), value);
    }
    command
}

fn wrangler(options: &Options, port: u16, state: &Path) -> Command {
    let mut command = Command::new("sh");
    // `wrangler dev` does not apply migrations, so another command applies them.
    let serve = "wrangler d1 migrations apply DB --local --persist-to \"$0\" \
        && exec wrangler dev --persist-to \"$0\" \"$@\"";
    command
        .args(["-euc", serve])
        .arg(state)
        .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--show-interactive-dev-session", "false"])
        .current_dir(root().join("examples/probe"))
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    for (name, value) in &options.variables {
        command.args(["--var", &format!("{name}:{value}")]);
    }
    command
}

fn script(name: &str) -> Command {
    Command::new(root().join("scripts").join(name))
}

/// Returns the path of a program of another package of the workspace, built with the same profile.
fn built(name: &str) -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_relay")).with_file_name(name);
    expect_built(&program, &format!("cargo build -p {name}"));
    program
}

fn expect_built(file: &Path, command: &str) {
    assert!(
        file.exists(),
        "{} does not exist; run `{command}`",
        file.display()
    );
}
