//! The host table of the README, generated from `differences.rs`.

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
