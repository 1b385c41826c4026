//! Tests the output of `whippet logs` for an input.

use std::ffi::OsString;

use super::{
    args,
    printer::{Format, Printer},
    read_all,
    render::Renderer,
};

/// Returns the text that `whippet logs` with `args` prints for `input`.
fn shown(args: &[&str], input: &[u8]) -> String {
    let args = args.iter().map(OsString::from);
    let options = args::parse(lexopt::Parser::from_args(args)).expect("a command line");
    let options = options.expect("no request for help");
    let format = if options.json {
        Format::Json
    } else {
        Format::Text(Renderer::new(options.color.is_on()))
    };
    let mut out = Vec::new();
    let mut printer = Printer::new(options.filter, format, false, &mut out);
    read_all("test".as_ref(), input, &mut printer).expect("lines");
    drop(printer);
    String::from_utf8_lossy(&out).into_owned()
}

fn text(input: &str) -> String {
    shown(&["--color=never"], input.as_bytes())
}

const REQUEST: &str = r#"{"timestamp":"2026-01-31T12:00:00.123Z","level":"info","message":"request","target":"whippet::service","request_id":"r-1","method":"POST","route":"/api/v1/app/{app_id}/msg","status":202,"duration_ms":1}"#;

#[test]
fn requests_and_tasks_are_displayed_as_summaries() {
    let rest = [
        r#"{"timestamp":"2026-01-31T12:00:00.124Z","level":"error","message":"request failed","target":"whippet::service","request_id":"r-2","method":"GET","route":"","status":500,"error":"no such table: tasks"}"#,
        r#"{"timestamp":"2026-01-31T12:00:01.000Z","level":"warn","message":"task failed, retry scheduled","target":"whippet::tasks::runner","task":"deliver","task_id":"m.e","attempt":2,"request_id":"r-1","duration_ms":12,"retry_in_ms":5000,"error":"the endpoint responded 500"}"#,
        r#"{"timestamp":"2026-02-01T00:00:00.000Z","level":"debug","message":"looked up","target":"relay::deliver","task":"deliver","task_id":"m.e","attempt":2,"request_id":"r-1"}"#,
    ];
    let expected = "\
2026-01-31 UTC
12:00:00.123 INFO  request  POST /api/v1/app/{app_id}/msg 202 1 ms           request_id=r-1
12:00:00.124 ERROR request failed  GET (no route) 500                        request_id=r-2
    error: no such table: tasks
12:00:01.000 WARN  task failed, retry scheduled  deliver attempt 2 12 ms     task_id=m.e request_id=r-1 retry_in_ms=5000
    error: the endpoint responded 500
2026-02-01 UTC
00:00:00.000 DEBUG looked up                                                 task=deliver task_id=m.e attempt=2 request_id=r-1 target=relay::deliver
";
    assert_eq!(text(&[&[REQUEST], &rest[..]].concat().join("\n")), expected);
}

#[test]
fn trace_ids_are_not_displayed_and_can_be_filtered() {
    let line = r#"{"level":"info","message":"m","request_id":"r","trace_id":"t-1","a":1,"span_id":"s","parent_span_id":"p"}"#;
    let shows =
        " INFO  m                                                         request_id=r a=1\n";
    let args = |condition| ["--color=never", "--where", condition];
    assert_eq!(
        shown(&args("trace_id=t-1"), line.as_bytes()).trim_start(),
        shows.trim_start()
    );
    assert_eq!(shown(&args("trace_id=t-2"), line.as_bytes()), "");
}

#[test]
fn different_values_are_displayed_differently() {
    let line = r#"{"level":"trace","message":"odd","a":1,"a":2,"f":-0.50,"t":true,"n":null,"o":{"k":[1,"x"]},"e":"","s":"two words","q":"\"","u":"Zo\u00eb","x":"a=b","path":"/a/{b}?c"}"#;
    let expected = concat!(
        "             TRACE odd                                                       ",
        r#"a=1 a=2 f=-0.50 t=true n=null o={"k":[1,"x"]} e="" s="two words" q="\"" u="Zo\u00eb" x="a=b" path=/a/{b}?c"#,
        "\n"
    );
    assert_eq!(text(line), expected);
}

#[test]
fn a_repeated_key_is_displayed_once_for_each_distinct_value() {
    let line = REQUEST.replace(
        r#""status":202"#,
        r#""status":200,"method":"POST","status":202"#,
    );
    let expected = "\
2026-01-31 UTC
12:00:00.123 INFO  request  POST /api/v1/app/{app_id}/msg 202 1 ms           request_id=r-1 status=200
";
    assert_eq!(text(&line), expected);
}

#[test]
fn control_characters_in_a_line_are_escaped() {
    let line = r#"{"timestamp":"\u001b[2J","level":"info","message":"a\u001b[31m\nb","k\u0007":"\u009b1m","error":"one\u0008\n\n two\u202e\n"}"#;
    let expected = "\
\\u001b[2J    INFO  a\\u001b[31m\\nb                                            k\\u0007=\"\\u009b1m\"
    error: one\\u0008
        \n         two\\u202e
";
    assert_eq!(text(line), expected);
    let line = "{\"level\":\"info\",\"message\":\"\u{9b}1m\u{7f}\"}";
    assert!(text(line).ends_with(" INFO  \\u009b1m\\u007f\n"));
}

#[test]
fn colors_depend_on_level_and_status() {
    let lines = format!(
        "{REQUEST}\nplain\n\u{1b}[1mstyled\n{}",
        r#"{"level":"error","message":"m","error":"e"}"#
    );
    let expected = "\
<2m>2026-01-31 UTC<0m>
<2m>12:00:00.123<0m> <32m>INFO <0m> <1m>request<0m>  POST /api/v1/app/{app_id}/msg <32m>202<0m> 1 ms          <2m> request_id=r-1<0m>
<2m>plain<0m>
<1m>styled
<2m><0m>             <1;31m>ERROR<0m> <1m>m<0m>
    <31m>error: e<0m>
";
    let shown = shown(&["--color=always"], lines.as_bytes());
    let visible = shown.replace("\u{1b}[1mstyled", "<1m>styled");
    let visible = visible
        .split('\u{1b}')
        .map(|part| match part.strip_prefix('[') {
            Some(code) => format!("<{}", code.replacen('m', "m>", 1)),
            None => part.to_owned(),
        })
        .collect::<String>();
    assert_eq!(visible, expected);
}

#[test]
fn text_that_is_not_a_log_line_is_printed_unchanged() {
    for input in [
        "   Compiling relay v0.1.0\n",
        "\n\n",
        "{\"timestamp\":\"2026-01-31T12:00:00.123Z\",\"level\":\"info\",\"mess\n",
        "{\"some\":\"object\"}\n",
        "{\n    \"some\": \"document\"\n}\n",
        "{\n    \"that\": \"does not\nend\n",
        "{\n{\n  }\n",
        "[1, 2]\n",
        "{\n",
        "\u{1b}[1mbold\u{1b}[0m\n",
    ] {
        assert_eq!(text(input), input);
        assert_eq!(shown(&["--level=trace"], input.as_bytes()), "");
        assert_eq!(shown(&["--json"], input.as_bytes()), "");
    }
    assert_eq!(text("no end"), "no end\n");
    assert_eq!(text(""), "");
}

#[test]
fn a_log_line_is_found_in_other_text() {
    let line = r#"{"timestamp":"2026-01-31T12:00:00.123Z","level":"info","message":"m"}"#;
    let shown = "12:00:00.123 INFO  m\n";
    for (input, expected) in [
        (format!("{line}\r\n"), shown.to_owned()),
        // The output of wrangler dev, and of wrangler tail --format pretty.
        (
            format!(
                "\u{1b}[31m✘ \u{1b}[41;31m[\u{1b}[41;97mERROR\u{1b}[41;31m]\u{1b}[0m \u{1b}[1m{line}\u{1b}[0m\n\n\nnext\n"
            ),
            format!("{shown}next\n"),
        ),
        (format!("  (info) {line}\n"), shown.to_owned()),
        // The output of docker compose.
        (format!("web-1  | {line}\n"), format!("web-1  | {shown}")),
        // The output of Spin, when another instance writes in the middle of a long line.
        (
            format!("{{\"timestamp\":\"2026-{line}\nrest\"}}\n"),
            format!("{{\"timestamp\":\"2026- {shown}rest\"}}\n"),
        ),
        (
            format!("{line}{line} and text\n"),
            format!("{shown}{shown}and text\n"),
        ),
        // The output of jq.
        (
            line.replace('{', "{\n  ").replace('}', "\n}\n"),
            shown.to_owned(),
        ),
    ] {
        assert_eq!(
            text(&input),
            format!("2026-01-31 UTC\n{expected}"),
            "{input}"
        );
    }
}

#[test]
fn invalid_utf8_is_replaced_only_in_log_lines() {
    let line = b"{\"level\":\"info\",\"message\":\"a\xff\"}\n\xfe\n";
    assert_eq!(
        shown(&["--color=never"], line),
        "             INFO  a\u{fffd}\n\u{fffd}\n"
    );
}

#[test]
fn json_output_keeps_the_original_json() {
    let odd = r#"{"timestamp":"", "level":"info","message":"m",  "a":1e3,"a":1 }"#;
    let input = format!(
        "text\n✘ [ERROR] {odd}\u{1b}[0m\n{REQUEST}{odd}\n{{\n \"level\": \"info\",\n \"message\": \"m\"\n}}\n"
    );
    let expected =
        format!("{odd}\n{REQUEST}\n{odd}\n{{  \"level\": \"info\",  \"message\": \"m\" }}\n");
    assert_eq!(shown(&["--json"], input.as_bytes()), expected);
}

#[test]
fn filters_select_lines() {
    let line = |level, id, status| {
        format!(r#"{{"level":"{level}","message":"m","request_id":"{id}","status":{status}}}"#)
    };
    let lines = [
        line("info", "a", 200),
        line("warn", "a", 404),
        line("error", "ab", 500),
    ];
    for (args, expected) in [
        (&["--level", "warn"][..], &lines[1..]),
        (&["--request", "a"], &lines[..2]),
        (&["--request", "b"], &[]),
        (
            &["--where", "status>=400", "--where", "request_id!=ab"],
            &lines[1..2],
        ),
        (&["--where=level=error"], &lines[2..]),
    ] {
        let args = [&["--json"], args].concat();
        let input = format!("text\n{}\n", lines.join("\ntext\n"));
        let shown = shown(&args, input.as_bytes());
        assert_eq!(shown.lines().collect::<Vec<_>>(), expected, "{args:?}");
    }
}

#[test]
fn a_line_over_the_limit_is_printed_as_text() {
    let long = format!(
        "{{\"level\":\"info\",\"message\":\"{}\"}}\n",
        "x".repeat(9 << 20)
    );
    let input = format!("{long}{REQUEST}\n");
    assert!(text(&input) == format!("{long}{}", text(REQUEST)));
    assert_eq!(shown(&["--json"], input.as_bytes()), format!("{REQUEST}\n"));
}

#[test]
fn an_event_of_wrangler_tail_may_be_on_one_line() {
    let events = [
        r#"{"outcome":"canceled","exceptions":null,"logs":[],"eventTimestamp":1775284955572,"event":{"request":{"url":"https://a.example/","method":"GET"}},"wallTime":28,"cpuTime":1.5}"#,
        r#"{"outcome":"exception","exceptions":[{"name":"Error","message":{"a":1},"timestamp":1775284955600}],"logs":[{"message":[],"level":"debug","timestamp":null}],"eventTimestamp":1775284955572,"event":{"cron":"* * * * *","scheduledTime":1775284955000}}"#,
        r#"{"outcome":"unknown","exceptions":[],"logs":[],"eventTimestamp":1775284955572,"event":{"type":"overload","message":"Tail is currently in sampling mode"}}"#,
        r#"{"outcome":"ok","exceptions":[],"logs":[],"eventTimestamp":1775284955572,"event":null}"#,
        r#"{"event":"mine","eventTimestamp":"now"}"#,
    ];
    let expected = "\
2026-04-04 UTC
06:42:35.600 WARN  the client disconnected                                   method=GET url=https://a.example/ outcome=canceled cpu_ms=1.5 wall_ms=28 target=workers
06:42:35.572 DEBUG                                                           target=console
06:42:35.600 ERROR exception                                                 target=workers
    error: Error: {\"a\":1}
06:42:35.572 ERROR invocation failed                                         cron=\"* * * * *\" outcome=exception target=workers
06:42:35.572 WARN  Tail is currently in sampling mode                        outcome=unknown target=workers
{\"event\":\"mine\",\"eventTimestamp\":\"now\"}
";
    assert_eq!(text(&events.join("\n")), expected);
}
