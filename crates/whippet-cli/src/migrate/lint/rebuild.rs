//! Rules about dropping and rebuilding tables: W001, W002.

use rusqlite::Connection;

use super::parsed::{Parsed, line_of_table};
use super::{Reports, Subject};
use crate::migrate::schema::{Schema, Table, run};

pub(super) fn check(subject: &Subject<'_>, connection: &Connection) -> Reports {
    let mut reports = Vec::new();
    for (at, statement) in subject.statements.iter().enumerate() {
        let dropped = statement.dropped_table();
        if let Some(table) = dropped.and_then(|name| subject.before.table(name)) {
            let lost = affected(subject.before, table)
                .into_iter()
                .filter(|child| !is_kept(subject.statements, at, child));
            let lost: Vec<_> = lost.collect();
            if !lost.is_empty() {
                let message = format!(
                    "dropping the table {} also deletes or changes rows of {}: copy these rows to another table first, and copy them back at the end of the file",
                    table.name,
                    lost.join(", ")
                );
                reports.push(("W001", statement.line, message));
            }
        }
    }
    reports.extend(lost_objects(subject));
    reports.extend(broken_views(subject, connection));
    reports
}

/// Returns the tables whose rows change or are deleted if the rows of `table` are deleted.
fn affected<'a>(schema: &'a Schema, table: &'a Table) -> Vec<&'a str> {
    let mut affected: Vec<&str> = Vec::new();
    let mut deleted = vec![table.name.as_str()];
    while let Some(parent) = deleted.pop() {
        for child in &schema.tables {
            let mut keys = child
                .foreign_keys
                .iter()
                .filter(|key| key.parent.eq_ignore_ascii_case(parent));
            let is_known = child.name == table.name || affected.contains(&child.name.as_str());
            if is_known || !keys.clone().any(|key| key.acts_on_delete) {
                continue;
            }
            affected.push(&child.name);
            if keys.any(|key| key.cascades) {
                deleted.push(&child.name);
            }
        }
    }
    affected
}

/// Returns whether the file copies the rows of `child` to another table before the statement at `drop`, and copies them
/// back after this statement.
fn is_kept(statements: &[Parsed<'_>], drop: usize, child: &str) -> bool {
    let (before, after) = statements.split_at(drop);
    before.iter().any(|statement| {
        let copies = statement
            .after("from")
            .is_some_and(|from| from.eq_ignore_ascii_case(child));
        let copy = statement
            .created_table()
            .or_else(|| statement.name_after(&["insert", "into"]))
            .filter(|_| copies);
        copy.is_some_and(|copy| {
            after.iter().any(|statement| {
                let is_write = ["insert", "replace", "update"]
                    .iter()
                    .any(|word| statement.begins(&[word]));
                is_write && statement.uses(child) && statement.uses(copy)
            })
        })
    })
}

/// Reports the indexes and triggers that a table has lost because it was dropped and created again.
fn lost_objects(subject: &Subject<'_>) -> Reports {
    let is_rebuilt = |name: &str| {
        let dropped = subject.statements.iter().filter_map(Parsed::dropped_table);
        let renamed = subject.statements.iter().filter_map(Parsed::renamed_table);
        let mut gone = dropped.chain(renamed.map(|(old, _)| old));
        gone.any(|gone| gone.eq_ignore_ascii_case(name)) && subject.after.table(name).is_some()
    };
    let is_dropped = |kind: &str, name: &str| {
        let mut dropped = subject
            .statements
            .iter()
            .filter_map(|statement| statement.name_after(&["drop", kind]));
        dropped.any(|dropped| dropped.eq_ignore_ascii_case(name))
    };
    let lost = subject.before.objects.iter().filter(|object| {
        is_rebuilt(&object.table)
            && !subject.after.objects.contains(object)
            && !is_dropped(&object.kind, &object.name)
    });
    lost.map(|object| {
        let message = format!(
            "rebuilding the table {table} drops the {kind} {name}: create the {kind} again at the end of the file",
            table = object.table,
            kind = object.kind,
            name = object.name
        );
        (
            "W002",
            line_of_table(subject.statements, &object.table),
            message,
        )
    })
    .collect()
}

/// Reports the views that do not work any more.
fn broken_views(subject: &Subject<'_>, connection: &Connection) -> Reports {
    let views = subject
        .after
        .objects
        .iter()
        .filter(|object| object.kind == "view");
    let broken = views.filter_map(|view| {
        let quoted = view.name.replace('"', "\"\"");
        let failed = run(connection, &format!("select 1 from \"{quoted}\" limit 0")).err()?;
        let changed = subject
            .statements
            .iter()
            .rfind(|statement| statement.begins(&["alter"]) || statement.begins(&["drop"]));
        let line = changed.map_or(1, |statement| statement.line);
        Some((
            "W002",
            line,
            format!(
                "the view {} does not work after the migration: {}",
                view.name, failed.message
            ),
        ))
    });
    broken.collect()
}
