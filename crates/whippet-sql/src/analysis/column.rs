//! Resolves names to columns, and infers the type and nullability of their values.

use sqlite3_parser::ast::{Expr, Name};

use super::scope::{ColumnRef, Found, Rowid, Scope, unquoted};
use super::value::Value;
use super::{Analyzer, Env};

impl Analyzer<'_> {
    /// Finds what a name refers to. Searches the scope of the expression first, and then the scopes around it.
    pub(super) fn find<'b>(&self, expression: &Expr<'b>, env: Env<'_, 'b>) -> Option<Found> {
        let (source, name) = match expression {
            Expr::Id(id) => (None, unquoted(id.0)),
            Expr::Name(name) => (None, unquoted(name.0)),
            Expr::Qualified(source, name) | Expr::DoublyQualified(_, source, name) => {
                (Some(unquoted(source.0)), unquoted(name.0))
            }
            _ => return None,
        };
        let mut scope = env.scope;
        while let Some(current) = scope {
            let found = match &source {
                Some(source) => current.find_in(source, &name),
                None => current.find(&name),
            };
            if found.is_some() {
                return found;
            }
            scope = current.parent;
        }
        None
    }

    /// Returns the inferred type and nullability of an expression that is only a name: a column, a row id, or `true` or
    /// `false`.
    pub(super) fn named<'b>(&self, expression: &Expr<'b>, env: Env<'_, 'b>) -> Value {
        match self.find(expression, env) {
            Some(Found::Column(column)) => {
                let scope = env.scope.and_then(|scope| scope.by_id(column.scope));
                scope.map_or(Value::UNKNOWN, |scope| self.value_of(scope, column))
            }
            Some(Found::Rowid { scope, source }) => {
                let scope = env.scope.and_then(|inner| inner.by_id(scope));
                scope.map_or(Value::UNKNOWN, |scope| {
                    let rowless = scope.rowless.get() || !scope.sources[source].outer.is_empty();
                    Value::INTEGER.or_null(rowless)
                })
            }
            Some(Found::Merged(value)) => value,
            // A condition may contain the alias of a result column. `result_columns` analyzes the expression behind the
            // alias.
            Some(Found::Alias) => Value::UNKNOWN,
            None => truth(expression).unwrap_or(Value::UNKNOWN),
        }
    }

    /// Returns the inferred type and nullability of a column of this scope.
    pub(super) fn value_of(&self, scope: &Scope<'_, '_>, column: ColumnRef) -> Value {
        let source = &scope.sources[column.source];
        let value = source.columns[column.column].value;
        let assumed = self.assumed.borrow();
        if assumed.contains(&column) {
            return value.not_null();
        }
        // An outer join replaces all columns of a row with nulls. So if one column of the source is known to be not
        // null, the other columns still have their own values.
        let is_row = assumed
            .iter()
            .any(|known| known.scope == column.scope && known.source == column.source);
        value.or_null(scope.rowless.get() || !(source.outer.is_empty() || is_row))
    }

    /// Returns the result columns that `*` or `source.*` stands for. Without `source`, these are the columns of all
    /// sources.
    pub(super) fn expand<'b>(
        &self,
        source: Option<&Name<'b>>,
        scope: &Scope<'_, 'b>,
    ) -> Vec<(String, Value)> {
        let wanted = source.map(|name| unquoted(name.0));
        let mut columns = Vec::new();
        let mut merged_names: Vec<&str> = Vec::new();
        for (index, source) in scope.sources.iter().enumerate() {
            if let Some(wanted) = &wanted {
                let own = source.name.as_deref().unwrap_or_default();
                if !own.eq_ignore_ascii_case(wanted) {
                    continue;
                }
            }
            for (position, column) in source.columns.iter().enumerate() {
                if column.hidden || (column.merged && wanted.is_none()) {
                    continue;
                }
                let merged = scope.merged.iter().rev();
                let merged = merged
                    .filter(|_| wanted.is_none())
                    .find(|merged| merged.name.eq_ignore_ascii_case(&column.name));
                let value = match merged {
                    Some(merged) if !merged_names.contains(&merged.name.as_str()) => {
                        merged_names.push(&merged.name);
                        let nullable = !merged.outer.is_empty() || scope.rowless.get();
                        merged.value.or_null(nullable)
                    }
                    _ => self.value_of(scope, scope.reference(index, position)),
                };
                columns.push((column.name.clone(), value));
            }
            if wanted.is_some() {
                break;
            }
        }
        columns
    }

    /// Returns the name that SQLite gives to a result column without an alias. Returns `None` if the expression is not
    /// the name of a column.
    pub(super) fn result_name<'b>(
        &self,
        expression: &Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Option<String> {
        match self.find(expression, env)? {
            Found::Column(column) => {
                let scope = env.scope?.by_id(column.scope)?;
                Some(
                    scope.sources[column.source].columns[column.column]
                        .name
                        .clone(),
                )
            }
            Found::Rowid { .. } => Some("rowid".to_owned()),
            Found::Merged(_) | Found::Alias => match expression {
                Expr::Id(id) => Some(unquoted(id.0)),
                _ => None,
            },
        }
    }
}

/// The parser returns `true` and `false` as names. In SQLite, they mean 1 and 0, unless a column has this name.
fn truth(expression: &Expr<'_>) -> Option<Value> {
    let Expr::Id(id) = expression else {
        return None;
    };
    if id.0.eq_ignore_ascii_case("true") {
        return Some(Value {
            zero: false,
            ..Value::BOOLEAN
        });
    }
    id.0.eq_ignore_ascii_case("false").then_some(Value::BOOLEAN)
}

/// Returns what the name `rowid` refers to in a table.
pub(super) fn rowid_of(rowid: Option<usize>, without_rowid: bool) -> Rowid {
    match (rowid, without_rowid) {
        (_, true) => Rowid::Absent,
        (Some(column), false) => Rowid::Alias(column),
        (None, false) => Rowid::Separate,
    }
}
