//! The output of `whippet tasks` as text.

use serde_json::Value;

/// Returns the counts of tasks as a table, then paused queues, then tasks with unknown names, and then the schedules.
pub(super) fn counts(overview: &Value) -> String {
    const COLUMNS: [&str; 8] = [
        "name", "queue", "waiting", "blocked", "ready", "running", "dead", "due",
    ];
    let mut text = table(COLUMNS, rows(&overview["tasks"], COLUMNS));
    for paused in list(&overview["paused"]) {
        let (queue, since) = (cell(&paused["queue"]), cell(&paused["pausedAt"]));
        text += &format!("\nqueue {queue}: paused since {since}\n");
    }
    for unknown in list(&overview["unknown"]) {
        let (name, count) = (cell(&unknown[0]), cell(&unknown[1]));
        text += &format!(
            "\nunknown name {name}: the program has no task with this name; {count} pending tasks wait\n"
        );
    }
    const OF_SCHEDULE: [&str; 4] = ["name", "schedule", "lastTick", "nextTick"];
    if !list(&overview["schedules"]).is_empty() {
        text.push('\n');
        text += &table(OF_SCHEDULE, rows(&overview["schedules"], OF_SCHEDULE));
    }
    let dead = &overview["dead"];
    let tasks = if *dead == 1 { "task" } else { "tasks" };
    text + &format!("\n{} dead {tasks}\n", cell(dead))
}

/// Returns dead tasks as a table.
pub(super) fn dead(dead: &Value) -> String {
    const COLUMNS: [&str; 5] = ["id", "name", "attempts", "diedAt", "lastError"];
    table(COLUMNS, rows(&dead["tasks"], COLUMNS))
}

/// Returns pending tasks as a table.
pub(super) fn pending(pending: &Value) -> String {
    const COLUMNS: [&str; 5] = ["id", "attempts", "createdAt", "dueAt", "lastError"];
    table(COLUMNS, rows(&pending["tasks"], COLUMNS))
}

/// Returns the fields of a task, one per line.
pub(super) fn task(task: &Value) -> String {
    let fields = task.as_object().into_iter().flatten();
    let lines = fields.map(|(name, value)| format!("{name:<15} {}\n", cell(value)));
    lines.collect()
}

/// Returns how many tasks or queues a command has changed.
pub(super) fn changed(changed: &Value) -> String {
    let (count, what) = match changed["queues"].as_u64() {
        Some(count) => (count, "queue"),
        None => (changed["tasks"].as_u64().unwrap_or(0), "task"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}\n")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn rows<const N: usize>(items: &Value, columns: [&str; N]) -> Vec<[String; N]> {
    let row = |item: &Value| columns.map(|column| cell(&item[column]));
    list(items).iter().map(row).collect()
}

/// Returns a value on one line, without control characters.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// Returns the lines of a table with aligned columns.
fn table<const N: usize>(columns: [&str; N], rows: Vec<[String; N]>) -> String {
    let head = columns.map(str::to_owned);
    let lines = || [&head].into_iter().chain(&rows);
    let widths: [usize; N] = std::array::from_fn(|at| {
        let widths = lines().map(|line| line[at].chars().count());
        widths.max().unwrap_or(0)
    });
    let mut text = String::new();
    for line in lines() {
        let cells = line.iter().zip(widths);
        let padded: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text += padded.join("  ").trim_end();
        text.push('\n');
    }
    text
}
