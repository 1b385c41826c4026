//! Changes the text of a `create table` statement: each method changes one part, and keeps the rest.

use whippet_migrations::{Kind, tokens};

use super::column_text::{item, words};

/// Each constraint of a table begins with one of these words.
const TABLE_CONSTRAINTS: [&str; 5] = ["constraint", "primary", "unique", "check", "foreign"];

/// A `create table` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition {
    /// The columns, and then the constraints of the table.
    items: Vec<String>,
    /// The text, such as `strict`, after the list of columns.
    options: String,
}

impl Definition {
    /// Splits the text of a statement. Returns `None` if the statement has no list of columns, as in
    /// `create table … as select`. SQLite never stores a statement of this form.
    pub(super) fn parse(sql: &str) -> Option<Self> {
        let mut depth = 0;
        let mut start = None;
        let mut items = Vec::new();
        for token in tokens(sql).filter(|token| token.kind == Kind::Other) {
            match token.text {
                "(" => {
                    depth += 1;
                    start = start.or(Some(token.at + 1));
                }
                ")" => {
                    depth -= 1;
                    if depth == 0 {
                        items.push(item(sql.get(start?..token.at)?));
                        let options = sql.get(token.at + 1..)?.trim().to_owned();
                        return Some(Self { items, options });
                    }
                }
                "," if depth == 1 => {
                    items.push(item(sql.get(start?..token.at)?));
                    start = Some(token.at + 1);
                }
                _ => {}
            }
        }
        None
    }

    /// Returns the statement that creates the same table under the name `name`. References to `own`, the name of the
    /// table itself, become references to the new table.
    pub(super) fn sql(&self, name: &str, own: &str) -> String {
        let items = self
            .items
            .iter()
            .map(|item| format!("    {}", referring(item, own, name)));
        let items = items.collect::<Vec<_>>().join(",\n");
        let options = if self.options.is_empty() {
            String::new()
        } else {
            format!(" {}", self.options)
        };
        format!("create table {name} (\n{items}\n){options};")
    }

    /// Adds a column after the other columns.
    pub(super) fn add(&mut self, column: String) {
        let at = self
            .items
            .iter()
            .position(|item| column_name(item).is_none());
        self.items.insert(at.unwrap_or(self.items.len()), column);
    }

    /// Removes a column.
    pub(super) fn remove(&mut self, column: &str) {
        self.items.retain(|item| !is_column(item, column));
    }

    /// Returns the text of a column.
    pub(super) fn column(&self, column: &str) -> Option<&str> {
        let item = self.items.iter().find(|item| is_column(item, column));
        item.map(String::as_str)
    }

    /// Replaces the text of a column.
    pub(super) fn edit(&mut self, column: &str, edit: impl Fn(&str) -> String) {
        for item in self.items.iter_mut().filter(|item| is_column(item, column)) {
            *item = self::item(&edit(item));
        }
    }
}

fn is_column(item: &str, column: &str) -> bool {
    column_name(item).is_some_and(|name| name.eq_ignore_ascii_case(column))
}

/// Returns the name of a column, or `None` for a constraint of the table.
fn column_name(item: &str) -> Option<&str> {
    let first = words(item).next()?;
    let is_constraint = TABLE_CONSTRAINTS
        .iter()
        .any(|word| first.kind == Kind::Word && first.is(word));
    (!is_constraint).then(|| first.name())
}

/// Replaces the table name `own` with `name` wherever it follows `references`.
fn referring(item: &str, own: &str, name: &str) -> String {
    let mut text = String::new();
    let (mut copied, mut is_reference) = (0, false);
    for token in words(item) {
        if is_reference && token.name().eq_ignore_ascii_case(own) {
            text.push_str(&item[copied..token.at]);
            text.push_str(name);
            copied = token.at + token.text.len();
        }
        is_reference = token.is("references");
    }
    text.push_str(&item[copied..]);
    text
}

#[cfg(test)]
mod tests {
    use super::Definition;

    #[test]
    fn columns_are_added_before_the_constraints_of_the_table() {
        let sql = "CREATE TABLE t (id integer primary key, p integer references \"T\" (id), check (id > (1 + 2)), unique (id, p)) strict";
        let mut definition = Definition::parse(sql).expect("a table");
        definition.add("x text".to_owned());
        definition.remove("p");
        assert_eq!(
            definition.sql("t_new", "t"),
            "create table t_new (\n    id integer primary key,\n    x text,\n    check (id > (1 + 2)),\n    unique (id, p)\n) strict;"
        );
        let kept = Definition::parse(sql).expect("a table");
        assert!(
            kept.sql("t_new", "t")
                .contains("p integer references t_new (id)")
        );
    }
}
