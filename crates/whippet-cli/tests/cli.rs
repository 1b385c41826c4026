//! What the command says: its help, and each way in which a build cannot start.
//!
//! Whole builds are tested by the host suites, which run what comes out.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const MANIFEST: &str = r#"
[package]
name = "app"
version = "0.1.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[features]
cloudflare = ["whippet/cloudflare"]
[dependencies]
whippet = { path = "whippet" }
[workspace]
members = ["whippet", "plain"]
"#;

const WHIPPET: &str = "[features]\ncloudflare = []\n";
const LINKS_BINDGEN: &str = "[dependencies]\nwasm-bindgen = { path = \"../wasm-bindgen\" }\n";

/// A workspace with an app that can be built, but for what `app` and `whippet` replace in the manifests.
fn workspace(app: (&str, &str), whippet: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let package = |name: &str, version: &str, rest: &str| {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2024\"\n{rest}"
        );
        write(&dir.path().join(name).join("Cargo.toml"), &manifest);
        write(&dir.path().join(name).join("src/lib.rs"), "");
    };
    package("whippet", "0.1.0", whippet);
    package("plain", "0.1.0", "");
    package("wasm-bindgen", "0.2.1", "");
    write(
        &dir.path().join("Cargo.toml"),
        &MANIFEST.replace(app.0, app.1),
    );
    write(&dir.path().join("src/lib.rs"), "");
    dir
}

fn write(path: &Path, contents: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, contents).expect("a file");
}

fn whippet(dir: &Path, args: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_whippet"))
        .args(args.split_whitespace())
        .current_dir(dir)
        .env("CARGO_NET_OFFLINE", "true")
        .env_remove("WHIPPET_TOOLCHAIN")
        .output()
        .expect("whippet starts")
}

/// Runs `whippet`, which has to fail; returns its error with the workspace's path as `DIR`.
fn error(dir: &Path, args: &str) -> String {
    let output = whippet(dir, args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let last = stderr.lines().last().expect("an error");
    let canonical = dir.canonicalize().expect("a path");
    last.replace(&*canonical.to_string_lossy(), "DIR")
}

#[test]
fn the_help_is_this() {
    let help = "\
Builds a Whippet app for the host it runs on, and shows its logs.

Usage: whippet build <HOST> [OPTIONS]
       whippet logs [FILE]... [OPTIONS]    (see `whippet logs --help`)

Hosts:
  cloudflare             Cloudflare Workers: an ES module, its glue and a .wasm
  spin                   Fermyon Spin: a component, <PACKAGE>.wasm; its imports are printed

Options:
  -r, --release          Optimise for the edge, and print the gzipped size
  -p, --package <NAME>   The package to build [default: the one in this directory]
      --out <DIR>        Where to write [default: build/<HOST> beside Cargo.toml]
  -h, --help             Print this text
  -V, --version          Print the version

Environment:
  WHIPPET_TOOLCHAIN      The rustup toolchain to compile the app with
  WASM_OPT_BIN           The wasm-opt to use instead of npm's (binaryen) or the one on PATH
";
    for args in [
        "",
        "--help",
        "build --help",
        "build cloudflare -h",
        "build spin -h",
    ] {
        let output = whippet(Path::new("."), args);
        assert!(output.status.success(), "{args}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), help, "{args}");
    }
}

#[test]
fn a_wrong_command_line_is_refused_with_what_is_right() {
    let cases = [
        (
            "build",
            "error: `whippet build` needs a host, as in `whippet build cloudflare`",
        ),
        (
            "build vercel",
            "error: unknown host `vercel`; the hosts are: cloudflare, spin",
        ),
        (
            "bild cloudflare",
            "error: unknown command `bild`; the commands are: build, logs",
        ),
        (
            "build cloudflare now",
            "error: unexpected argument `now` after the host",
        ),
        (
            "-r logs",
            "error: the options come after `logs`, as in `whippet logs --follow FILE`",
        ),
        ("build cloudflare --fast", "error: invalid option '--fast'"),
        (
            "build cloudflare -p",
            "error: missing argument for option '-p'",
        ),
    ];
    for (args, expected) in cases {
        assert_eq!(error(Path::new("."), args), expected);
    }
}

#[test]
fn an_unfit_package_is_refused_with_the_remedy() {
    let as_is = ("", "");
    let cases = [
        (
            as_is,
            WHIPPET,
            "build cloudflare -p nobody",
            "error: there is no package `nobody` in DIR; the packages are: app, plain, whippet",
        ),
        (
            as_is,
            WHIPPET,
            "build cloudflare -p plain",
            "error: package `plain` has no `cdylib` library; add `crate-type = [\"cdylib\", \"rlib\"]` to `[lib]` in DIR/plain/Cargo.toml",
        ),
        (
            ("cloudflare = [\"whippet/cloudflare\"]", ""),
            WHIPPET,
            "build cloudflare",
            "error: package `app` has no feature `cloudflare`; add `cloudflare = [\"whippet/cloudflare\"]` to `[features]` in DIR/Cargo.toml",
        ),
        (
            as_is,
            WHIPPET,
            "build spin",
            "error: package `app` has no feature `spin`; add `spin = [\"whippet/spin\"]` to `[features]` in DIR/Cargo.toml",
        ),
        (
            as_is,
            WHIPPET,
            "build cloudflare",
            "error: whippet 0.1.0 has no entry module for cloudflare: DIR/whippet/src/host/cloudflare/entry.js is missing",
        ),
        (
            as_is,
            &format!("{WHIPPET}{LINKS_BINDGEN}"),
            "build cloudflare",
            "error: the app links wasm-bindgen 0.2.1, and this `whippet` was built with BINDGEN; run `cargo update -p wasm-bindgen --precise BINDGEN`",
        ),
    ];
    for (app, whippet, args, expected) in cases {
        let dir = workspace(app, whippet);
        let expected = expected.replace("BINDGEN", &wasm_bindgen_shared::version());
        assert_eq!(error(dir.path(), args), expected);
    }
}

#[test]
fn outside_of_every_package_the_packages_are_named() {
    let dir = workspace(("", ""), WHIPPET);
    let manifest = "[workspace]\nmembers = [\"plain\", \"whippet\"]\nresolver = \"3\"\n";
    write(&dir.path().join("Cargo.toml"), manifest);
    assert_eq!(
        error(dir.path(), "build cloudflare"),
        "error: DIR is not inside a package; name one with `-p`: plain, whippet"
    );
}
