//! Finds the columns of tables, views, common table expressions and table-valued functions.

use sqlite3_parser::ast::{ColumnConstraint, CreateTableBody, Expr, QualifiedName, Stmt};

use super::column::rowid_of;
use super::parameters::Null;
use super::scope::{Column, Rowid, Source, same, unquoted};
use super::value::{Types, Value};
use super::{Analyzer, Env, MAX_VIEWS, json, with_statement};
use crate::schema::{Body, Relation};

impl Analyzer<'_> {
    /// Returns the columns of the table, view or common table expression with this name.
    pub(super) fn named_source<'b>(&self, name: &QualifiedName<'b>, env: Env<'_, 'b>) -> Source {
        let table = unquoted(name.name.0);
        let cte = match name.db_name {
            None => env.ctes.and_then(|ctes| self.cte(ctes, &table)),
            Some(_) => None,
        };
        let mut source = match (cte, self.schema.find(&table)) {
            (Some(columns), _) => Source {
                name: None,
                columns,
                rowid: Rowid::Absent,
                outer: Vec::new(),
            },
            (None, Some(relation)) => self.relation_source(relation),
            (None, None) => {
                self.unsure.set(true);
                Source {
                    name: None,
                    columns: Vec::new(),
                    rowid: Rowid::Absent,
                    outer: Vec::new(),
                }
            }
        };
        source.name = Some(table);
        source
    }

    /// Returns the columns of a table-valued function.
    pub(super) fn function_source<'b>(
        &self,
        name: &QualifiedName<'b>,
        arguments: &'b [Expr<'b>],
        env: Env<'_, 'b>,
    ) -> Source {
        self.values(arguments, env);
        let function = unquoted(name.name.0);
        let columns = json::table(&function);
        for argument in arguments {
            let types = if columns.is_some() {
                Types::TEXT
            } else {
                Types::ANY
            };
            self.takes(argument, types, Null::Neutral);
        }
        if columns.is_none() {
            self.unsure.set(true);
        }
        Source {
            name: Some(function),
            columns: columns.unwrap_or_default(),
            rowid: Rowid::Separate,
            outer: Vec::new(),
        }
    }

    /// Returns the columns of a table or view of the schema.
    pub(super) fn relation_source(&self, relation: &Relation) -> Source {
        let rowid = match &relation.body {
            Body::Table {
                rowid,
                without_rowid,
                ..
            } => rowid_of(*rowid, *without_rowid),
            Body::View { .. } => Rowid::Absent,
            Body::Virtual => Rowid::Separate,
        };
        let columns = match &relation.body {
            Body::Table { sql, .. } => {
                let stored = stored_columns(relation, rowid);
                self.with_generated(sql, relation, stored)
            }
            Body::View { sql } => self.view_columns(relation, sql),
            Body::Virtual => {
                let columns = relation.columns.iter().map(|column| Column {
                    hidden: column.hidden,
                    ..Column::new(&column.name, Value::UNKNOWN)
                });
                columns.collect()
            }
        };
        Source {
            name: Some(relation.name.clone()),
            columns,
            rowid,
            outer: Vec::new(),
        }
    }

    fn view_columns(&self, relation: &Relation, sql: &str) -> Vec<Column> {
        let depth = self.views.get();
        self.views.set(depth + 1);
        let values = with_statement(sql, |statement| match statement {
            Stmt::CreateView { select, .. } if depth < MAX_VIEWS => {
                let columns = self.select(select, Env::EMPTY, &[]).into_iter();
                columns.map(|(_, value)| value).collect()
            }
            _ => Vec::new(),
        });
        self.views.set(depth);
        let values = values.unwrap_or_default();
        let is_known = values.len() == relation.columns.len();
        let columns = relation.columns.iter().enumerate().map(|(index, column)| {
            let value = values.get(index).copied().filter(|_| is_known);
            Column::new(&column.name, value.unwrap_or(Value::UNKNOWN))
        });
        columns.collect()
    }

    /// Marks a generated column as not null if its expression is never null.
    fn with_generated(
        &self,
        sql: &str,
        relation: &Relation,
        mut columns: Vec<Column>,
    ) -> Vec<Column> {
        if !relation.columns.iter().any(|column| column.generated) {
            return columns;
        }
        let scope = self.own_scope(relation, columns.clone());
        let not_null: Option<Vec<String>> = with_statement(sql, |statement| {
            let Stmt::CreateTable {
                body: CreateTableBody::ColumnsAndConstraints { columns, .. },
                ..
            } = statement
            else {
                return Vec::new();
            };
            let generated = columns.iter().filter(|column| {
                column
                    .constraints
                    .iter()
                    .any(|constraint| match &constraint.constraint {
                        ColumnConstraint::Generated { expr, .. } => {
                            !self.value(expr, Env::EMPTY.within(&scope)).nullable
                        }
                        _ => false,
                    })
            });
            generated
                .map(|column| unquoted(column.col_name.0))
                .collect()
        });
        for name in not_null.unwrap_or_default() {
            if let Some(column) = columns.iter_mut().find(|column| same(&column.name, &name)) {
                column.value = column.value.not_null();
            }
        }
        columns
    }

    fn own_scope<'e, 'b>(&self, relation: &Relation, columns: Vec<Column>) -> super::Scope<'e, 'b> {
        let mut scope = self.scope(None);
        scope.sources.push(Source {
            name: Some(relation.name.clone()),
            columns,
            rowid: Rowid::Absent,
            outer: Vec::new(),
        });
        scope
    }
}

/// Returns the columns of a table. Considers only their declared types and `not null`.
fn stored_columns(relation: &Relation, rowid: Rowid) -> Vec<Column> {
    let columns = relation.columns.iter().enumerate().map(|(index, column)| {
        let is_rowid = rowid == Rowid::Alias(index);
        let value = Value::of(column.types).or_null(!(column.not_null || is_rowid));
        Column {
            hidden: column.hidden,
            ..Column::new(&column.name, value)
        }
    });
    columns.collect()
}
