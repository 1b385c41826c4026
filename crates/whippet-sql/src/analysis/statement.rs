//! Analyzes statements, and the `returning` clauses of `insert`, `update` and `delete`.

use sqlite3_parser::ast::{
    Expr, FromClause, InsertBody, Limit, QualifiedName, ResultColumn, Set, SortedColumn, Stmt,
    Upsert, UpsertDo, With,
};

use super::from::Joins;
use super::parameters::Null;
use super::scope::{Rowid, Scope, Source, same, unquoted};
use super::value::{Types, Value};
use super::with::Ctes;
use super::{Analyzer, Env};
use crate::schema::Body;

impl Analyzer<'_> {
    /// Returns the inferred type and nullability of each result column of the statement. Returns `None` if the analysis
    /// does not support the statement.
    pub(super) fn statement<'b>(&self, statement: &'b Stmt<'b>) -> Option<Vec<Value>> {
        let columns = match statement {
            Stmt::Select(select) => self.select(select, Env::EMPTY, &[]),
            Stmt::Insert {
                with,
                tbl_name,
                columns,
                body,
                returning,
                ..
            } => {
                let ctes = ctes(with.as_ref());
                let env = self.with(ctes.as_ref());
                let columns = columns.as_ref();
                let names =
                    columns.map(|names| names.iter().map(|name| unquoted(name.0)).collect());
                self.insert(tbl_name, names, body, env);
                self.returning(tbl_name, *returning, env)
            }
            Stmt::Update {
                with,
                tbl_name,
                sets,
                from,
                where_clause,
                returning,
                order_by,
                limit,
                ..
            } => {
                let ctes = ctes(with.as_ref());
                let env = self.with(ctes.as_ref());
                self.update(tbl_name, sets, from.as_ref(), where_clause.as_ref(), env);
                self.order_and_limit(*order_by, *limit, env);
                self.returning(tbl_name, *returning, env)
            }
            Stmt::Delete {
                with,
                tbl_name,
                where_clause,
                returning,
                order_by,
                limit,
                ..
            } => {
                let ctes = ctes(with.as_ref());
                let env = self.with(ctes.as_ref());
                let scope = self.target_scope(tbl_name, env);
                if let Some(condition) = where_clause {
                    self.value(condition, env.within(&scope));
                    self.takes(condition, Types::INTEGER, Null::Neutral);
                }
                self.order_and_limit(*order_by, *limit, env);
                self.returning(tbl_name, *returning, env)
            }
            _ => return None,
        };
        Some(columns.into_iter().map(|(_, value)| value).collect())
    }

    fn with<'e, 'b>(&self, ctes: Option<&'e Ctes<'e, 'b>>) -> Env<'e, 'b> {
        if let Some(ctes) = ctes {
            self.all_ctes(ctes);
        }
        Env { scope: None, ctes }
    }

    fn insert<'b>(
        &self,
        table: &QualifiedName<'b>,
        names: Option<Vec<String>>,
        body: &'b InsertBody<'b>,
        env: Env<'_, 'b>,
    ) {
        let InsertBody::Select(select, upsert) = body else {
            return;
        };
        let mut scope = self.target_scope(table, env);
        let source = &scope.sources[0];
        let targets: Vec<Value> = match &names {
            Some(names) => names.iter().map(|name| target(source, name)).collect(),
            None => {
                let generated = self.generated(table);
                let columns = source.columns.iter().filter(|column| {
                    !column.hidden && !generated.iter().any(|name| same(name, &column.name))
                });
                columns.map(|column| target(source, &column.name)).collect()
            }
        };
        self.select(select, env, &targets);
        let mut excluded = source.clone();
        excluded.name = Some("excluded".to_owned());
        scope.sources.push(excluded);
        let mut upsert = *upsert;
        while let Some(clause) = upsert {
            self.upsert(clause, &scope, env);
            upsert = clause.next;
        }
    }

    fn upsert<'b>(&self, upsert: &'b Upsert<'b>, scope: &Scope<'_, 'b>, env: Env<'_, 'b>) {
        let env = env.within(scope);
        if let Some(index) = &upsert.index {
            for term in index.targets {
                self.value(&term.expr, env);
            }
            if let Some(condition) = &index.where_clause {
                self.value(condition, env);
            }
        }
        if let UpsertDo::Set { sets, where_clause } = &upsert.do_clause {
            self.sets(sets, &scope.sources[0], env);
            if let Some(condition) = where_clause {
                self.value(condition, env);
                self.takes(condition, Types::INTEGER, Null::Neutral);
            }
        }
    }

    fn update<'b>(
        &self,
        table: &QualifiedName<'b>,
        sets: &'b [Set<'b>],
        from: Option<&'b FromClause<'b>>,
        condition: Option<&'b Expr<'b>>,
        env: Env<'_, 'b>,
    ) {
        let mut scope = self.target_scope(table, env);
        if let Some(from) = from {
            self.from(from, &mut scope, &mut Joins::default(), env);
        }
        let inner = env.within(&scope);
        self.sets(sets, &scope.sources[0], inner);
        if let Some(condition) = condition {
            self.value(condition, inner);
            self.takes(condition, Types::INTEGER, Null::Neutral);
        }
    }

    fn sets<'b>(&self, sets: &'b [Set<'b>], table: &Source, env: Env<'_, 'b>) {
        for set in sets {
            let targets: Vec<Value> = set
                .col_names
                .iter()
                .map(|name| target(table, &unquoted(name.0)))
                .collect();
            match &set.expr {
                Expr::Parenthesized(row) if row.len() == targets.len() => {
                    for (expression, column) in row.iter().zip(&targets) {
                        self.value(expression, env);
                        self.inserted(expression, Some(column));
                    }
                }
                Expr::Subquery(select) => {
                    self.select(select, env, &targets);
                }
                expression => {
                    self.value(expression, env);
                    self.inserted(expression, targets.first());
                }
            }
        }
    }

    fn order_and_limit<'b>(
        &self,
        order: Option<&'b [SortedColumn<'b>]>,
        limit: Option<&'b Limit<'b>>,
        env: Env<'_, 'b>,
    ) {
        for term in order.unwrap_or_default() {
            self.value(&term.expr, env);
        }
        for count in limit
            .into_iter()
            .flat_map(|limit| std::iter::once(&limit.expr).chain(&limit.offset))
        {
            self.value(count, env);
            self.takes(count, Types::INTEGER, Null::Useless);
        }
    }

    fn returning<'b>(
        &self,
        table: &QualifiedName<'b>,
        columns: Option<&'b [ResultColumn<'b>]>,
        env: Env<'_, 'b>,
    ) -> Vec<(String, Value)> {
        let scope = self.target_scope(table, env);
        let columns = columns.unwrap_or_default();
        self.result_columns(columns, &scope, env.within(&scope), &[])
    }

    /// Returns a scope that contains the table that the statement changes.
    fn target_scope<'e, 'b>(&self, name: &QualifiedName<'b>, env: Env<'e, 'b>) -> Scope<'e, 'b> {
        let table = unquoted(name.name.0);
        let mut scope = self.scope(env.scope);
        let mut source = match self.schema.find(&table) {
            Some(relation) => {
                let mut source = self.relation_source(relation);
                // If a statement changes a view, a trigger runs instead of the change, so `returning` can return any
                // value.
                if matches!(relation.body, Body::View { .. }) {
                    for column in &mut source.columns {
                        column.value = Value::UNKNOWN;
                    }
                }
                source
            }
            None => {
                self.unsure.set(true);
                Source {
                    name: None,
                    columns: Vec::new(),
                    rowid: Rowid::Absent,
                    outer: Vec::new(),
                }
            }
        };
        source.name = Some(name.alias.as_ref().map_or(table, |alias| unquoted(alias.0)));
        scope.sources.push(source);
        scope
    }

    fn generated(&self, table: &QualifiedName<'_>) -> Vec<String> {
        let relation = self.schema.find(&unquoted(table.name.0));
        let columns = relation.map_or(&[][..], |relation| &relation.columns);
        let generated = columns.iter().filter(|column| column.generated);
        generated.map(|column| column.name.clone()).collect()
    }
}

fn ctes<'e, 'b>(with: Option<&'b With<'b>>) -> Option<Ctes<'e, 'b>> {
    with.map(|with| Ctes::new(with, Env::EMPTY))
}

/// Returns which values can be inserted into a column. Null can be inserted into a row id, because SQLite then assigns
/// the next row id.
fn target(table: &Source, name: &str) -> Value {
    let mut columns = table.columns.iter();
    match columns.position(|column| same(&column.name, name)) {
        Some(index) => {
            let value = table.columns[index].value;
            value.or_null(table.rowid == Rowid::Alias(index))
        }
        None => Value::INTEGER.or_null(true),
    }
}
