//! Tests two parts of the README: the host table, which is generated from `differences.rs`, and the `spin up` command.

use std::{env, fs};

use crate::differences::{COLUMNS, FACTS, LIMITS};
use crate::support::launch::root;

const BEGIN: &str = "<!-- hosts:begin -->\n";
const END: &str = "<!-- hosts:end -->\n";

pub(crate) fn the_host_table_is_up_to_date() {
    let path = root().join("README.md");
    let text = fs::read_to_string(&path).unwrap();
    let table = table();
    let block = |text: &str| -> Option<(usize, usize)> {
        let start = text.find(BEGIN)? + BEGIN.len();
        Some((start, start + text[start..].find(END)?))
    };
    let Some((start, end)) = block(&text) else {
        panic!("README.md has no host table; add this block:\n\n{BEGIN}{table}{END}");
    };
    if text[start..end] == table {
        return;
    }
    assert!(
        env::var("UPDATE").is_ok_and(|value| value == "1"),
        "the host table of README.md is outdated; UPDATE=1 writes this one:\n\n{table}"
    );
    fs::write(path, [&text[..start], &table, &text[end..]].concat()).unwrap();
}

/// Checks that the README's `spin up` command passes a runtime configuration that blocks private networks. Without this
/// configuration, Spin blocks no network.
pub(crate) fn spin_up_blocks_private_networks() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let command = readme.lines().find(|line| line.starts_with("spin up "));
    let mut words = command.expect("a `spin up` command").split_whitespace();
    let file = words
        .find(|word| *word == "--runtime-config-file")
        .and_then(|_| words.next())
        .expect("the option --runtime-config-file");
    let config = fs::read_to_string(root().join(file)).unwrap();
    let lines = config
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let expected = ["[outbound_networking]", r#"block_networks = ["private"]"#];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

fn table() -> String {
    let mut rows = vec![row("", COLUMNS.map(|(title, _)| title.to_owned()))];
    rows.push("|---".repeat(1 + COLUMNS.len()) + "|\n");
    rows.extend(
        FACTS
            .iter()
            .map(|(what, cells)| row(what, cells.map(str::to_owned))),
    );
    let limits = COLUMNS.map(|(_, host)| {
        let limits = LIMITS
            .iter()
            .filter_map(|limit| Some((limit.what?, limit.reason(host)?)));
        let lines: Vec<_> = limits
            .map(|(what, reason)| format!("{what}: {reason}"))
            .collect();
        if lines.is_empty() {
            return "–".to_owned();
        }
        lines.join("<br>")
    });
    rows.push(row("cannot", limits));
    rows.concat()
}

fn row(what: &str, cells: [String; COLUMNS.len()]) -> String {
    let title = if what.is_empty() {
        "|".to_owned()
    } else {
        format!("| {what}")
    };
    let cells: String = cells.iter().map(|cell| format!(" | {cell}")).collect();
    format!("{title}{cells} |\n")
}
