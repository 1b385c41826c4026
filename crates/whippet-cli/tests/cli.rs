//! Tests the help text of `whippet`, and each error that is reported before a build starts.
//!
//! The host suites test whole builds: they run the built apps.

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

/// Creates a workspace with an app and a package named `whippet`. Replaces `app.0` with `app.1` in the app's manifest,
/// and appends the text in `whippet` to the manifest of the package `whippet`.
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
        // Two workspaces in one target directory would overwrite each other's programs.
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .expect("whippet starts")
}

/// Runs `whippet`, which must fail. Returns the printed error, in which `DIR` replaces the path of the workspace.
fn error(dir: &Path, args: &str) -> String {
    let output = whippet(dir, args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    let last = stderr.lines().last().expect("an error");
    let canonical = dir.canonicalize().expect("a path");
    last.replace(&*canonical.to_string_lossy(), "DIR")
}

#[test]
fn the_help_text_is_printed() {
    let help = "\
Builds Whippet apps for their hosts, applies their migrations, shows their tasks and formats their logs.

Usage: whippet build <HOST> [OPTIONS]
       whippet env [OPTIONS]               (lists the variables of the app, as its command `env` prints them)
       whippet graphql export [OPTIONS]    (writes the schema of the app to schema.graphql, or to the file --out)
       whippet migrate <COMMAND> [OPTIONS] (see `whippet migrate --help`)
       whippet tasks <COMMAND> [OPTIONS]   (see `whippet tasks --help`)
       whippet logs [FILE]... [OPTIONS]    (see `whippet logs --help`)

Hosts:
  cloudflare             Cloudflare Workers: writes an ES module, JavaScript glue and a .wasm file
  spin                   Fermyon Spin: writes the component <PACKAGE>.wasm and prints its imports

Options:
  -r, --release          Build the release profile, run wasm-opt and print the gzipped size
  -p, --package <NAME>   The package to build [default: the package of the current directory]
  -F, --features <LIST>  Features of the package to enable, separated by commas
      --locked           Fail if Cargo.lock is not up to date, like `cargo build --locked`
      --graphiql         Add the page /graphiql, whose npm packages must be installed
      --out <DIR>        The output directory [default: build/<HOST> beside Cargo.toml]
  -h, --help             Print this help
  -V, --version          Print the version

Environment:
  WHIPPET_TOOLCHAIN      The rustup toolchain that compiles the app
  WASM_OPT_BIN           The path of wasm-opt [default: npm's binaryen, then wasm-opt on PATH]
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
fn an_invalid_command_line_is_rejected_with_a_remedy() {
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
            "error: unknown command `bild`; the commands are: build, env, graphql, migrate, tasks, logs",
        ),
        (
            "graphql",
            "error: the command of `whippet graphql` is `whippet graphql export`",
        ),
        (
            "graphql export now",
            "error: unexpected argument `now` after `export`",
        ),
        (
            "build cloudflare now",
            "error: unexpected argument `now` after the host",
        ),
        (
            "-r logs",
            "error: options must come after `logs`, as in `whippet logs --follow FILE`",
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
fn a_package_that_cannot_be_built_is_rejected_with_a_remedy() {
    let unchanged = ("", "");
    let cases = [
        (
            unchanged,
            WHIPPET,
            "build cloudflare -p nobody",
            "error: package `nobody` was not found in DIR; the packages are: app, plain, whippet",
        ),
        (
            unchanged,
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
            unchanged,
            WHIPPET,
            "build spin",
            "error: package `app` has no feature `spin`; add `spin = [\"whippet/spin\"]` to `[features]` in DIR/Cargo.toml",
        ),
        (
            unchanged,
            WHIPPET,
            "build cloudflare",
            "error: whippet 0.1.0 has no entry module for cloudflare: DIR/whippet/src/host/cloudflare/entry.js is missing",
        ),
        (
            unchanged,
            &format!("{WHIPPET}{LINKS_BINDGEN}"),
            "build cloudflare",
            "error: the app depends on wasm-bindgen 0.2.1, but this `whippet` was built with BINDGEN; run `cargo update -p wasm-bindgen --precise BINDGEN`",
        ),
    ];
    for (app, whippet, args, expected) in cases {
        let dir = workspace(app, whippet);
        let expected = expected.replace("BINDGEN", &wasm_bindgen_shared::version());
        assert_eq!(error(dir.path(), args), expected);
    }
}

#[test]
fn a_locked_build_fails_instead_of_updating_the_lock_file() {
    let dir = workspace(("", ""), WHIPPET);
    let lock = dir.path().join("Cargo.lock");
    let missing = "error: `cargo metadata` failed; its error is printed above";
    assert_eq!(error(dir.path(), "build cloudflare --locked"), missing);
    assert!(!lock.exists());

    // cargo creates or accepts the lock file before the build reports this error.
    let no_entry = "error: whippet 0.1.0 has no entry module for cloudflare: DIR/whippet/src/host/cloudflare/entry.js is missing";
    assert_eq!(error(dir.path(), "build cloudflare"), no_entry);
    let written = fs::read_to_string(&lock).expect("a lock file");
    assert_eq!(error(dir.path(), "build cloudflare --locked"), no_entry);
    assert_eq!(fs::read_to_string(&lock).expect("a lock file"), written);
}

#[test]
fn outside_a_package_the_error_lists_the_packages() {
    let dir = workspace(("", ""), WHIPPET);
    let manifest = "[workspace]\nmembers = [\"plain\", \"whippet\"]\nresolver = \"3\"\n";
    write(&dir.path().join("Cargo.toml"), manifest);
    assert_eq!(
        error(dir.path(), "build cloudflare"),
        "error: DIR is not inside a package; choose a package with `-p`: plain, whippet"
    );
}

#[test]
fn the_schema_that_the_program_prints_is_exported() {
    let dir = workspace(("", ""), WHIPPET);
    let main = |body: &str| {
        let program = dir.path().join("plain/src/main.rs");
        write(&program, &format!("fn main() {{ {body} }}"));
    };
    main(r#"assert_eq!(std::env::args().nth(1).unwrap(), "graphql"); println!("type Query");"#);
    let command = "graphql export -p plain --out api.graphql";
    let output = whippet(dir.path(), command);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"api.graphql\n");
    let exported = || fs::read_to_string(dir.path().join("api.graphql")).expect("a file");
    assert_eq!(exported(), "type Query\n");
    // If the program prints no schema, the command leaves the file unchanged.
    main("");
    assert_eq!(
        error(dir.path(), command),
        "error: the program did not print a schema; with the argument `graphql`, its `main` must print the result of `whippet::graphql::sdl`"
    );
    assert_eq!(exported(), "type Query\n");
}

#[test]
fn the_program_that_prints_the_schema_has_the_chosen_features() {
    let dir = workspace(("", ""), "[features]\ncloudflare = []\ngraphql = []\n");
    let program = r#"fn main() { println!("{} {}", cfg!(feature = "graphql"), cfg!(feature = "cloudflare")); }"#;
    write(&dir.path().join("whippet/src/main.rs"), program);
    for (features, expected) in [
        ("", "false false\n"),
        ("-F graphql", "true false\n"),
        ("--features graphql,cloudflare", "true true\n"),
    ] {
        let command = format!("graphql export -p whippet --out api.graphql {features}");
        let output = whippet(dir.path(), &command);
        assert!(output.status.success(), "{output:?}");
        let exported = fs::read_to_string(dir.path().join("api.graphql")).expect("a file");
        assert_eq!(exported, expected, "{features}");
    }
}
