//! Compares one field with its column.

use anyhow::{Context, Result};

use super::column_text::{
    has_expression, with_default, with_expression, with_null, with_reference, with_type,
};
use super::database::{Column, ForeignKey};
use super::definition::Definition;
use super::model::{Field, Parent, Setting};
use super::rebuild::Copied;
use super::statements::{column_sql, default_sql, is_text, name, references, zero};

/// The changes that make a table match its record.
pub(super) struct Changes {
    pub(super) definition: Definition,
    /// The columns to fill if the table is rebuilt, with their values.
    pub(super) copied: Vec<Copied>,
    /// The name and the SQL text of each new column. The text is `None` if `alter table` cannot add the column.
    pub(super) added: Vec<(String, Option<String>)>,
}

impl Changes {
    /// Adds a column.
    pub(super) fn add(&mut self, field: &Field) -> Result<()> {
        let field = &field.as_new();
        let text = column_sql(field, false)?;
        let has_constant = field.default.sql().is_some_and(is_constant);
        let is_empty = field.nullable && field.default.is_absent();
        let is_addable =
            is_empty || (has_constant && field.parent.is_none()) || !field.generated.is_absent();
        let added = is_addable.then(|| text.clone());
        self.added.push((field.column.clone(), added));
        self.definition.add(text);
        if field.generated.is_absent() && !is_empty {
            let zero = zero(&field.kind);
            let value = field.default.sql().unwrap_or(zero).to_owned();
            let mut comments = Vec::new();
            if field.default.is_absent() {
                comments.push(missing(&field.column, &value));
            }
            self.copied.push(Copied {
                column: field.column.clone(),
                value,
                comments,
            });
        }
        Ok(())
    }

    /// If the column differs from its field, edits the SQL text of the column.
    pub(super) fn change(
        &mut self,
        field: &Field,
        column: &Column,
        reference: Option<&ForeignKey>,
    ) -> Result<()> {
        if !field.generated.is_absent() || column.is_generated {
            return self.change_generated(field, column);
        }
        let mut value = name(&column.name);
        let mut comments = Vec::new();
        self.change_type(field, column);
        if let Some(stored) = stored(&column.kind).filter(|stored| !is_kind(stored, &field.kind)) {
            value = format!("cast({value} as {})", field.kind);
            if stored != "integer" || field.kind == "blob" {
                comments.push(format!(
                    "-- Check the conversion of {} from {stored}, which may lose values: {value}\n",
                    column.name
                ));
            }
        }
        if column.key == 0 && column.is_not_null == field.nullable {
            self.edit(column, |item| with_null(item, field.nullable));
            if !field.nullable {
                let new = field.as_new();
                let default = new.default.sql().or(column.default.as_deref());
                value = format!(
                    "coalesce({value}, {})",
                    default.unwrap_or(zero(&field.kind))
                );
                if default.is_none() {
                    comments.push(missing(&column.name, &value));
                }
            }
        }
        if let Some(default) = field.default.sql()
            && column.default.as_deref().map(unparenthesized) != Some(unparenthesized(default))
        {
            let default = default_sql(default);
            self.edit(column, |item| with_default(item, &default));
        }
        if let Some(parent) = &field.parent {
            self.change_reference(column, parent, reference)?;
        }
        self.copied.push(Copied {
            column: column.name.clone(),
            value,
            comments,
        });
        Ok(())
    }

    fn change_type(&mut self, field: &Field, column: &Column) {
        if !is_kind(&column.kind, &field.kind) {
            self.edit(column, |item| with_type(item, &field.kind));
        }
    }

    /// Edits a column if the column or its field is generated.
    fn change_generated(&mut self, field: &Field, column: &Column) -> Result<()> {
        if field.generated.is_absent() == column.is_generated {
            let text = column_sql(&field.as_new(), false)?;
            self.edit(column, |_| text.clone());
            if field.generated.is_absent() {
                self.copied.push(Copied::unchanged(&column.name));
            }
            return Ok(());
        }
        self.change_type(field, column);
        if column.is_not_null == field.nullable {
            self.edit(column, |item| with_null(item, field.nullable));
        }
        if let Setting::Sql(expression) = &field.generated {
            self.edit(column, |item| match has_expression(item, expression) {
                true => item.to_owned(),
                false => with_expression(item, expression),
            });
        }
        Ok(())
    }

    fn change_reference(
        &mut self,
        column: &Column,
        parent: &Parent,
        known: Option<&ForeignKey>,
    ) -> Result<()> {
        let Some(known) = known else {
            let reference = references(parent);
            self.edit(column, |item| format!("{item} {reference}"));
            return Ok(());
        };
        if known.is(parent) {
            return Ok(());
        }
        let text = self.definition.column(&column.name).unwrap_or_default();
        let text = with_reference(text, parent).with_context(|| {
            format!(
                "the record changes the foreign key of the column `{}`, but `diff` cannot change a foreign key that is a constraint of the table: write this migration by hand",
                column.name
            )
        })?;
        self.edit(column, |_| text.clone());
        Ok(())
    }

    fn edit(&mut self, column: &Column, edit: impl Fn(&str) -> String) {
        self.definition.edit(&column.name, edit);
    }
}

fn missing(column: &str, value: &str) -> String {
    format!("-- Check the value of {column} for rows that have no value: {value}\n")
}

/// Returns whether SQLite accepts the default for a new column in a table that has rows. The default must be a literal
/// or a signed number.
fn is_constant(sql: &str) -> bool {
    let sql = sql.trim();
    let is_number = sql.trim_start_matches(['-', '+']).parse::<f64>().is_ok();
    let is_word = ["null", "true", "false"]
        .iter()
        .any(|word| sql.eq_ignore_ascii_case(word));
    is_number || is_word || is_text(sql)
}

fn unparenthesized(sql: &str) -> &str {
    let sql = sql.trim();
    let inner = sql.strip_prefix('(').and_then(|sql| sql.strip_suffix(')'));
    inner.unwrap_or(sql).trim()
}

/// Returns the SQL type of the values that a column with this declared type stores, by SQLite's rules for type affinity
/// ("Datatypes", section 3.1). Returns `None` for declared types such as `decimal` or `any`, because such a column
/// stores values of any type.
fn stored(declared: &str) -> Option<&'static str> {
    let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
    if has(&["int", "bool"]) {
        Some("integer")
    } else if has(&["char", "clob", "text"]) {
        Some("text")
    } else if has(&["blob"]) {
        Some("blob")
    } else if has(&["real", "floa", "doub"]) {
        Some("real")
    } else {
        None
    }
}

/// Returns whether a column of the declared type stores values of the SQL type `kind`.
fn is_kind(declared: &str, kind: &str) -> bool {
    stored(declared).is_none_or(|stored| stored == kind || kind == "any")
}
