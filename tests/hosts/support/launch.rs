//! The commands that start the servers of each host.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::host::Host;
use super::options::{Options, Program};

/// Returns the command that serves a program at `port`. The program keeps its data below `state`.
pub(super) fn command(host: Host, options: &Options, port: u16, state: &Path) -> Command {
    let mut command = match (host, options.program) {
        (Host::Native, Program::Relay) if options.survives_file_limit => {
            let mut command = Command::new("sh");
            command.args(["-c", "trap '' XFSZ; exec \"$0\""]);
            command.arg(env!("CARGO_BIN_EXE_relay"));
            command
        }
        (Host::Native, Program::Relay) => Command::new(env!("CARGO_BIN_EXE_relay")),
        (Host::Native, Program::Example(name)) => Command::new(built(name)),
        (Host::Workers, Program::Relay) => script("dev"),
        (Host::Workers, Program::Example(name)) => wrangler(name, options, port, state),
        (Host::SpinHost | Host::Spin, Program::Relay) => script("spin"),
        (Host::SpinHost | Host::Spin, Program::Example(name)) => {
            spin_up(name, host, options, port, state)
        }
    };
    if options.has_small_disk {
        command = on_small_disk(&command, state);
    }
    command.env("PORT", port.to_string());
    let variables = &options.variables;
    match host {
        Host::Native => {
            command.env("DATABASE", database(host, state));
            command.env("BLOBS", state.join("blobs"));
            command.envs(variables.iter().map(|(name, value)| (name, value)));
            command.envs(
                options
                    .not_utf_8
                    .map(|name| (name, OsStr::from_bytes(b"\xff"))),
            );
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
    if options.has_runtime_config {
        command.env("RUNTIME_CONFIG_FILE", root().join("spin-runtime.toml"));
    }
    command
}

/// Runs a program in a new user namespace, where the program may mount disks.
const UNSHARE: [&str; 4] = ["unshare", "--user", "--map-root-user", "--mount"];

/// Returns whether servers can have a small disk: this user has to be allowed to create user namespaces.
pub(crate) fn can_mount() -> bool {
    let mut unshare = Command::new(UNSHARE[0]);
    let status = unshare.args(&UNSHARE[1..]).arg("true").status();
    status.is_ok_and(|status| status.success())
}

/// Returns a command that mounts a disk of 16 MiB in memory at `state`, and then runs `command`. The other processes of
/// this machine do not see the disk.
fn on_small_disk(command: &Command, state: &Path) -> Command {
    let mount = r#"mount -t tmpfs -o size=16m tmpfs "$0" && exec "$@""#;
    let mut mounted = Command::new(UNSHARE[0]);
    mounted
        .args(&UNSHARE[1..])
        .args(["sh", "-c", mount])
        .arg(state)
        .arg(command.get_program())
        .args(command.get_args());
    mounted
}

/// Returns the path of the server's SQLite file. Panics for Workers.
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

/// Returns the path of the program `spin` on `PATH`, if it is Spin 4.1 or later.
pub(super) fn spin_on_path() -> Option<PathBuf> {
    static FOUND: LazyLock<Option<PathBuf>> = LazyLock::new(|| find_spin(&mut script("find-spin")));
    FOUND.clone()
}

fn find_spin(script: &mut Command) -> Option<PathBuf> {
    let output = script.output().expect("scripts/find-spin runs");
    let path = String::from_utf8(output.stdout).expect("a path in UTF-8");
    let path = path.trim();
    (!path.is_empty()).then(|| path.into())
}

/// Checks that scripts use `spin` on `PATH` only if it is Spin 4.1 or later.
pub(crate) fn an_old_spin_is_ignored() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hosts-find-spin");
    fs::create_dir_all(&folder).unwrap();
    let spin = folder.join("spin");
    let path = format!("{}:/usr/bin:/bin", folder.display());
    for (version, is_used) in [
        ("spin 2.7.0 (a111517 2024-07-30)", false),
        ("spin 3.6.3 (7c3d5a1 2026-05-04)", false),
        ("spin 4.0.2 (1d2e3f4 2026-07-01)", false),
        ("spin 4.1.0 (94a8fc8 2026-08-21)", true),
        ("spin 4.10.0 (94a8fc8 2027-08-21)", true),
        ("spin 5.0.0", true),
        ("a spin of another kind", false),
    ] {
        let program = format!("#!/bin/sh\necho '{version}'\n");
        fs::write(&spin, program).unwrap();
        fs::set_permissions(&spin, Permissions::from_mode(0o755)).unwrap();
        let found = find_spin(script("find-spin").env("PATH", &path));
        assert_eq!(found.is_some(), is_used, "{version}");
    }
    fs::remove_file(&spin).unwrap();
    assert_eq!(find_spin(script("find-spin").env("PATH", &path)), None);
}

/// Returns the path of the program `whippet`.
pub(crate) fn whippet() -> PathBuf {
    built("whippet")
}

fn spin(host: Host) -> PathBuf {
    if host == Host::Spin {
        spin_on_path().expect("a spin on PATH")
    } else {
        built("spin-host")
    }
}

fn spin_up(name: &str, host: Host, options: &Options, port: u16, state: &Path) -> Command {
    let folder = root().join("examples").join(name);
    expect_built(
        &folder.join(format!("build/spin/{name}.wasm")),
        &format!("cargo run --locked -p whippet-cli -- build spin --release -p {name} --locked"),
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

fn wrangler(name: &str, options: &Options, port: u16, state: &Path) -> Command {
    let mut command = Command::new("sh");
    // `wrangler dev` does not apply migrations, so `wrangler d1 migrations apply` runs first.
    let serve = "wrangler d1 migrations apply DB --local --persist-to \"$0\" \
        && exec wrangler dev --persist-to \"$0\" \"$@\"";
    command
        .args(["-euc", serve])
        .arg(state)
        .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
        .args(["--show-interactive-dev-session", "false"])
        .current_dir(root().join("examples").join(name))
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

/// Returns the path of a program that another package of the workspace builds. The program is built with the same
/// profile as the tests.
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
