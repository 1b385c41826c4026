//! Tests `whippet logs` with the output of each host, and with files that grow.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// Creates a command that runs `whippet logs` in the directory of the sample logs.
fn logs(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whippet"));
    command.arg("logs").args(args).current_dir(samples());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    command
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")
}

/// Returns the output of `whippet logs`. The command must succeed, and must write nothing to standard error.
fn shown(args: &[&str], input: &str) -> String {
    let mut child = logs(args).spawn().expect("whippet starts");
    let mut stdin = child.stdin.take().expect("standard input");
    stdin.write_all(input.as_bytes()).expect("input is read");
    drop(stdin);
    let output = child.wait_with_output().expect("the command exits");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    assert!(output.status.success(), "{args:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_help_text_is_printed() {
    let help = "\
Formats log lines for reading. Text that is not a log line is printed unchanged.

Usage: whippet logs [FILE]... [OPTIONS]

Reads standard input when FILE is missing or `-`:
  npx wrangler tail --format json | whippet logs
  make dev 2>&1 | whippet logs
  whippet logs --follow .spin/logs/relay_stdout.txt

Options:
  -f, --follow           Wait for more lines at the end of the files, which may be truncated or replaced
      --request <ID>     Print only lines of this request and of the tasks that it enqueued
      --level <LEVEL>    Print only lines of this level or more severe: error, warn, info, debug, trace
      --where <COND>     Print only lines with KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER;
                         if repeated, a line must match every condition
      --json             Print only log lines, as JSON with one object per line
      --color <WHEN>     Use colors: auto, always, never [default: auto];
                         auto uses colors on a terminal unless NO_COLOR is set
  -h, --help             Print this help

Times are in UTC.
";
    for args in [&["--help"][..], &["-h"], &["file", "--follow", "-h"]] {
        assert_eq!(shown(args, ""), help);
    }
}

#[test]
fn an_invalid_command_line_is_rejected_with_a_remedy() {
    let cases = [
        (
            &["--level", "loud"][..],
            "`loud` is not a valid --level; use one of: error, warn, info, debug, trace",
        ),
        (
            &["--color", "blue"],
            "`blue` is not a valid --color; use one of: auto, always, never",
        ),
        (
            &["--request", "a b"],
            "`a b` is not a valid request id: an id has 1 to 128 letters, digits, `-`, `_` or `.`; copy the id from the response's X-Request-Id header",
        ),
        (
            &["--where", "status"],
            "`status` is not a valid condition; write KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER",
        ),
        (
            &["--where", "=1"],
            "`=1` is not a valid condition; write KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER",
        ),
        (
            &["--where", "status>=5xx"],
            "`status>=5xx` is not a valid condition: `5xx` is not a number; compare text with = or !=",
        ),
        (
            &["-f", "-", "native.txt"],
            "--follow cannot read standard input (`-`) and files together; run `whippet logs` once for each, or omit --follow",
        ),
        (&["--where"], "missing argument for option '--where'"),
        (&["--tail"], "invalid option '--tail'"),
        (
            &["native.log"],
            "cannot open native.log; use --follow to wait for a file that does not exist yet: No such file or directory (os error 2)",
        ),
        (&["."], ". is a directory; pass the files in it instead"),
        (&["-f", "."], "cannot read .: Is a directory (os error 21)"),
    ];
    for (args, expected) in cases {
        let output = logs(args).output().expect("the command exits");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "{args:?}");
        let expected = format!("error: {expected}\n");
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    }
}

#[test]
fn the_log_of_the_native_server_is_formatted() {
    let expected = "\
2026-11-22 UTC
22:30:51.862 INFO  migration applied                                         migration=0001_tasks.sql target=whippet::host::native::handler
Relay is ready at http://127.0.0.1:8801
API key: k1
22:30:52.872 INFO  request  GET /readyz 200 0 ms                             request_id=feb11a54570a2227166e4c3ad53a4535
22:30:52.918 INFO  request  POST /api/v1/app/{app_id}/msg 202 2 ms           request_id=48ac32f18282f245decfddbd1217e198
22:30:52.922 WARN  task failed, retry scheduled  deliver attempt 1 4 ms      task_id=msg_0ERbZBCZnRYHRffqqmWNPrQx7O1.ep_0ERbZBCU1IqEZw3aabOGFWX7c1N request_id=48ac32f18282f245decfddbd1217e198 retry_in_ms=1181
    error: the connection failed: Connection refused (os error 111)
22:30:56.314 ERROR task dead  deliver attempt 4 1 ms                         task_id=msg_0ERbZBCZnRYHRffqqmWNPrQx7O1.ep_0ERbZBCU1IqEZw3aabOGFWX7c1N request_id=48ac32f18282f245decfddbd1217e198
    error: the connection failed: Connection refused (os error 111)
";
    assert_eq!(shown(&["native.txt"], ""), expected);
}

#[test]
fn the_output_of_wrangler_dev_is_formatted() {
    let expected = "\
2026-11-22 UTC
22:49:02.594 INFO  request  GET /healthz 200 0 ms                            request_id=fcf3c55dd79bebbd1fd937507c57f1e9
[wrangler:info] GET /healthz 200 OK (576ms)
Relay is ready at http://127.0.0.1:8802
API key: k1
22:49:02.752 INFO  request  GET /readyz 200 4 ms                             request_id=b0b043f678f578b924c269c48bd40633
22:49:21.681 INFO  request  POST /api/v1/app 201 16 ms                       request_id=f0359ab73eae09bc0972be10933fc5d4
[wrangler:info] POST /api/v1/app 201 Created (36ms)
22:49:21.855 INFO  request  POST /api/v1/app/{app_id}/msg 202 15 ms          request_id=d657af35fb47d3a5179f104e4f6b7a0b
[wrangler:info] POST /api/v1/app/u1/msg 202 Accepted (61ms)
22:49:21.954 WARN  task failed, retry scheduled  deliver attempt 1 42 ms     task_id=msg_0ERbbJ2VAS051gj10ggdVmqi9Ry.ep_0ERbbJ23L8ubxSCFqnyjVwWBYdc request_id=d657af35fb47d3a5179f104e4f6b7a0b retry_in_ms=815
    error: the connection failed: Error: Network connection lost.
22:49:21.994 INFO  request  POST /api/v1/app/{app_id}/msg 202 15 ms          request_id=845fd204aa8209a41029a9d6ce62c038
[wrangler:info] QUEUE relay-tasks 1/1 (83ms)
[wrangler:info] POST /api/v1/app/u1/msg 202 Accepted (73ms)
";
    let input = fs::read_to_string(samples().join("wrangler-dev.txt")).expect("the sample");
    assert_eq!(shown(&[], &input), expected);
    assert_eq!(shown(&["-"], &input), expected);
    assert_eq!(shown(&["-", "--follow"], &input), expected);
}

#[test]
fn the_output_of_wrangler_tail_is_formatted() {
    let expected = "\
2026-04-04 UTC
06:42:35.580 INFO  request  POST /api/v1/app/{app_id}/msg 202 1 ms           request_id=1f45bbaeb987c1a212dc5b8ae25a9b4f
06:42:35.581 INFO  from another module {\"a\":[1,2]}                           request_id=1f45bbaeb987c1a212dc5b8ae25a9b4f target=console
06:42:36.100 WARN  task failed, retry scheduled  deliver attempt 1 12 ms     task_id=msg_1.ep_1 request_id=1f45bbaeb987c1a212dc5b8ae25a9b4f retry_in_ms=5000
    error: the connection failed: Error: Network connection lost.
06:42:37.861 ERROR panic                                                     request_id=r-2 target=whippet::host::cloudflare::log
    error: panicked at src/app.rs:1:2:
        index out of bounds
06:42:37.862 ERROR exception                                                 request_id=r-2 target=workers
    error: RuntimeError: unreachable
        at wasm://wasm/00a1b2c3:wasm-function[17]:0x1234
        at async Object.fetch (index.js:12:5)
06:42:37.864 ERROR invocation failed                                         request_id=r-2 method=GET url=https://relay.example.com/api/v1/app status=500 outcome=exception cpu_ms=1 wall_ms=9 target=workers
06:42:40.137 ERROR exception                                                 target=workers
    error: Error: Worker exceeded CPU time limit.
06:42:40.137 ERROR invocation failed                                         method=GET url=https://relay.example.com/healthz status=503 outcome=exceededCpu cpu_ms=10 wall_ms=2282 target=workers
06:42:40.137 WARN  log lines are missing: the invocation exceeded the log limit of Workers  method=GET url=https://relay.example.com/healthz status=503 outcome=exceededCpu cpu_ms=10 wall_ms=2282 target=workers
";
    assert_eq!(shown(&["wrangler-tail.json"], ""), expected);
}

#[test]
fn a_request_filter_includes_the_tasks_of_the_request() {
    let request = |id, file| shown(&["--request", id, file], "");
    let expected = "\
2026-11-22 UTC
22:30:52.918 INFO  request  POST /api/v1/app/{app_id}/msg 202 2 ms           request_id=48ac32f18282f245decfddbd1217e198
22:30:52.922 WARN  task failed, retry scheduled  deliver attempt 1 4 ms      task_id=msg_0ERbZBCZnRYHRffqqmWNPrQx7O1.ep_0ERbZBCU1IqEZw3aabOGFWX7c1N request_id=48ac32f18282f245decfddbd1217e198 retry_in_ms=1181
    error: the connection failed: Connection refused (os error 111)
22:30:56.314 ERROR task dead  deliver attempt 4 1 ms                         task_id=msg_0ERbZBCZnRYHRffqqmWNPrQx7O1.ep_0ERbZBCU1IqEZw3aabOGFWX7c1N request_id=48ac32f18282f245decfddbd1217e198
    error: the connection failed: Connection refused (os error 111)
";
    let shown = request("48ac32f18282f245decfddbd1217e198", "native.txt");
    assert_eq!(shown, expected);

    let expected = "\
2026-04-04 UTC
06:42:35.580 INFO  request  POST /api/v1/app/{app_id}/msg 202 1 ms           request_id=1f45bbaeb987c1a212dc5b8ae25a9b4f
06:42:35.581 INFO  from another module {\"a\":[1,2]}                           request_id=1f45bbaeb987c1a212dc5b8ae25a9b4f target=console
06:42:36.100 WARN  task failed, retry scheduled  deliver attempt 1 12 ms     task_id=msg_1.ep_1 request_id=1f45bbaeb987c1a212dc5b8ae25a9b4f retry_in_ms=5000
    error: the connection failed: Error: Network connection lost.
";
    let shown = request("1f45bbaeb987c1a212dc5b8ae25a9b4f", "wrangler-tail.json");
    assert_eq!(shown, expected);
}

#[test]
fn a_heading_names_the_file_of_the_lines_after_it() {
    let expected = "\
==> native.txt <==
2026-11-22 UTC
22:30:56.314 ERROR task dead  deliver attempt 4 1 ms                         task_id=msg_0ERbZBCZnRYHRffqqmWNPrQx7O1.ep_0ERbZBCU1IqEZw3aabOGFWX7c1N request_id=48ac32f18282f245decfddbd1217e198
    error: the connection failed: Connection refused (os error 111)
==> wrangler-tail.json <==
2026-04-04 UTC
06:42:37.861 ERROR panic                                                     request_id=r-2 target=whippet::host::cloudflare::log
    error: panicked at src/app.rs:1:2:
        index out of bounds
";
    let files = ["native.txt", "wrangler-dev.txt", "wrangler-tail.json"];
    let filters = ["--level=error", "--where=target!=workers"];
    assert_eq!(shown(&[files.as_slice(), &filters].concat(), ""), expected);
}

#[test]
fn colors_are_used_only_on_terminals_or_on_request() {
    let has_colors =
        |args: &[&str]| shown(&[args, &["native.txt"]].concat(), "").contains('\u{1b}');
    assert!(!has_colors(&[]));
    assert!(!has_colors(&["--color=auto"]));
    assert!(!has_colors(&["--color", "never"]));
    assert!(has_colors(&["--color", "always"]));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let mut child = logs(&["--color=never"]).spawn().expect("whippet starts");
    let mut stdin = child.stdin.take().expect("standard input");
    let mut stdout = BufReader::new(child.stdout.take().expect("standard output"));
    stdin.write_all(b"one\n").expect("input is read");
    let mut first = String::new();
    stdout.read_line(&mut first).expect("output is written");
    assert_eq!(first, "one\n");
    drop(stdout);
    // Writes until the command has exited, and a write fails.
    while stdin.write_all(b"more\n").is_ok() {}
    let output = child.wait_with_output().expect("the command exits");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

/// A running `whippet logs --follow`, which is killed on drop.
struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    fn new(files: &[&Path]) -> Self {
        let mut command = logs(&["--follow"]);
        let mut child = command.args(files).spawn().expect("whippet starts");
        let stdout = BufReader::new(child.stdout.take().expect("standard output"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let mut lines = stdout.lines().map_while(Result::ok);
            lines.try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    /// Waits for the next line, which may take a while on a busy machine.
    fn next(&self) -> String {
        let line = self.lines.recv_timeout(Duration::from_secs(60));
        line.expect("a line")
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn append(path: &Path, text: &str) {
    let file = File::options().create(true).append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.expect("output is written");
}

const LINE: &str = r#"{"timestamp":"2026-01-31T12:00:00.000Z","level":"info","message":"m"}"#;

#[test]
fn a_growing_file_is_followed() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    append(&path, "there\n");
    let follower = Follower::new(&[&path]);
    assert_eq!(follower.next(), "there");
    append(&path, "one\ntwo\n");
    assert_eq!(follower.next(), "one");
    assert_eq!(follower.next(), "two");
    let (begin, end) = LINE.split_at(20);
    append(&path, begin);
    append(&path, end);
    append(&path, "\n");
    assert_eq!(follower.next(), "2026-01-31 UTC");
    assert_eq!(follower.next(), "12:00:00.000 INFO  m");
}

#[test]
fn a_truncated_file_is_read_from_the_start() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("log");
    append(&path, "before\nand with no end");
    let follower = Follower::new(&[&path]);
    assert_eq!(follower.next(), "before");
    fs::write(&path, "after\n").expect("output is written");
    assert_eq!(follower.next(), "and with no end");
    assert_eq!(follower.next(), "after");
    append(&path, "more\n");
    assert_eq!(follower.next(), "more");
}

#[test]
fn a_replaced_file_is_read_to_the_end_before_the_new_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let (path, old) = (dir.path().join("log"), dir.path().join("log.1"));
    append(&path, "before\n");
    let follower = Follower::new(&[&path]);
    assert_eq!(follower.next(), "before");
    fs::rename(&path, &old).expect("the file is renamed");
    append(&old, "last\n");
    append(&path, "first, and longer than the old file\n");
    assert_eq!(follower.next(), "last");
    assert_eq!(follower.next(), "first, and longer than the old file");
    append(&path, "second\n");
    assert_eq!(follower.next(), "second");
}

#[test]
fn files_that_do_not_exist_yet_are_followed_once_they_are_created() {
    let dir = tempfile::tempdir().expect("a directory");
    let (one, other) = (dir.path().join("one"), dir.path().join("other"));
    let mut follower = Follower::new(&[&one, &other]);
    let mut notes = BufReader::new(follower.child.stderr.take().expect("standard error")).lines();
    for path in [&one, &other] {
        let note = notes.next().expect("a note").expect("UTF-8");
        assert_eq!(note, format!("note: waiting for {}", path.display()));
    }
    for (path, text) in [(&other, "a"), (&one, "b"), (&other, "c")] {
        append(path, &format!("{text}\n"));
        assert_eq!(follower.next(), format!("==> {} <==", path.display()));
        assert_eq!(follower.next(), text);
    }
}
