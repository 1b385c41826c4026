//! Applies a draft of `whippet migrate diff` to a local D1. `make test` installs wrangler.

#![allow(clippy::panic, reason = "a test fails by panicking")]

mod wrangler;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wrangler::CONFIG;

const ROWS: &str = "select (select group_concat(id || ifnull(manager_id, '-')) from (select * from users order by id)) users,
    (select group_concat(id || user_id || title || length) from (select * from posts order by id)) posts,
    (select group_concat(post_id || ifnull(user_id, '-')) from (select * from likes order by post_id)) likes,
    (select group_concat(text) from history) history,
    (select seq from sqlite_sequence where name = 'users') last_id,
    (select count(*) from sqlite_master where type in ('trigger', 'view')) objects,
    (select count(*) from pragma_foreign_key_check) violations";

fn run(program: &str, folder: &Path, arguments: &[&str]) -> String {
    let output = wrangler::run(program, folder, arguments.iter().copied());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {text}{errors}");
    text
}

fn query(folder: &Path, sql: &str) -> Value {
    let arguments = ["d1", "execute", "DB", "--local", "--json", "--command", sql];
    let output = run("wrangler", folder, &arguments);
    let results: Value = serde_json::from_str(&output).expect("JSON");
    results[0]["results"][0].clone()
}

#[test]
fn a_draft_keeps_every_row_on_d1() {
    let whippet = env!("CARGO_BIN_EXE_whippet");
    let by_wrangler: &[&str] = &["d1", "migrations", "apply", "DB", "--local"];
    let by_whippet: &[&str] = &["migrate", "up", "--d1", "DB"];
    for (program, apply) in [("wrangler", by_wrangler), (whippet, by_whippet)] {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
        for name in ["migrations", "src"] {
            fs::create_dir(folder.join(name)).expect("a folder");
        }
        write("wrangler.toml", CONFIG);
        let tables = include_str!("samples/diff/tables.sql");
        let rows = include_str!("samples/diff/rows.sql");
        write("migrations/0001_tables.sql", &format!("{tables}{rows}"));
        let records = include_str!("samples/diff/records.rs");
        let records = records.replace("name: Option<String>,", "name: String, email: String,");
        write("src/lib.rs", &records);
        run(program, folder, apply);
        let before = query(folder, ROWS);
        assert_eq!(before["last_id"], json!(9));
        assert_eq!(before["users"], json!("1-,21,32,4-"));

        run(whippet, folder, &["migrate", "diff"]);
        run(whippet, folder, &["migrate", "check"]);
        run(program, folder, apply);
        assert_eq!(query(folder, ROWS), before);
        let names = query(
            folder,
            "select group_concat(name || email) names from (select * from users order by id)",
        );
        assert_eq!(names, json!({"names": "Ada,Bob,,Ada"}));
        let text = run(whippet, folder, &["migrate", "diff", "more"]);
        assert!(text.contains("create the tables of all records"), "{text}");
    }
}
