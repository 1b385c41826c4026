//! Analyzes `select` statements.

use sqlite3_parser::ast::{
    As, CompoundOperator, Expr, OneSelect, ResultColumn, Select, SortedColumn,
};

use super::aggregate::aggregates;
use super::from::Joins;
use super::parameters::Null;
use super::scope::{Grouping, Scope, unquoted};
use super::value::{Types, Value};
use super::with::Ctes;
use super::{Analyzer, Env};

/// The columns into which `insert … select` inserts the result columns of the `select`. Empty for any other `select`.
pub(super) type Targets<'t> = &'t [Value];

impl Analyzer<'_> {
    /// Returns the names of the result columns of a `select`, with their inferred types and nullability.
    pub(super) fn select<'b>(
        &self,
        select: &'b Select<'b>,
        env: Env<'_, 'b>,
        targets: Targets<'_>,
    ) -> Vec<(String, Value)> {
        let ctes = select.with.as_ref().map(|with| Ctes::new(with, env));
        let env = Env {
            ctes: ctes.as_ref().or(env.ctes),
            ..env
        };
        if let Some(ctes) = &ctes {
            self.all_ctes(ctes);
        }
        let order = select.order_by.unwrap_or_default();
        let others = select.body.compounds.iter().flatten();
        let mut columns = self.one_select(&select.body.select, order, env, targets);
        for other in others {
            let next = self.one_select(&other.select, &[], env, targets);
            let pairs = columns.iter_mut().zip(next);
            for ((_, value), (_, next)) in pairs {
                *value = match other.operator {
                    CompoundOperator::Union | CompoundOperator::UnionAll => value.or(next),
                    CompoundOperator::Except => *value,
                    // `intersect` treats two nulls as equal, so a column can be null if it can be null on both sides.
                    CompoundOperator::Intersect => Value {
                        nullable: value.nullable && next.nullable,
                        ..*value
                    },
                };
            }
        }
        if let Some(limit) = select.limit {
            for count in std::iter::once(&limit.expr).chain(&limit.offset) {
                self.value(count, env);
                self.takes(count, Types::INTEGER, Null::Useless);
            }
        }
        columns
    }

    /// Returns the result columns of the first `select` in a compound `select`, such as `a` in `a union b`.
    pub(super) fn first_part<'b>(
        &self,
        select: &'b Select<'b>,
        env: Env<'_, 'b>,
    ) -> Vec<(String, Value)> {
        let ctes = select.with.as_ref().map(|with| Ctes::new(with, env));
        let env = Env {
            ctes: ctes.as_ref().or(env.ctes),
            ..env
        };
        self.one_select(&select.body.select, &[], env, &[])
    }

    fn one_select<'b>(
        &self,
        select: &'b OneSelect<'b>,
        order: &'b [SortedColumn<'b>],
        env: Env<'_, 'b>,
        targets: Targets<'_>,
    ) -> Vec<(String, Value)> {
        let OneSelect::Select {
            columns,
            from,
            where_clause,
            group_by,
            having,
            window_clause,
            ..
        } = select
        else {
            return self.rows(select, env, targets);
        };
        let mut scope = self.scope(env.scope);
        let mut joins = Joins::default();
        if let Some(from) = from {
            self.from(from, &mut scope, &mut joins, env);
        }
        for window in window_clause.unwrap_or_default() {
            scope
                .windows
                .push((unquoted(window.name.0), &window.window));
        }
        for column in *columns {
            if let ResultColumn::Expr(_, Some(As::As(name) | As::Elided(name))) = column {
                scope.aliases.push(unquoted(name.0));
            }
        }
        if let Some(condition) = where_clause {
            self.keep(condition, &mut scope, &joins, env);
        }
        let scope = &scope;
        let inner = env.within(scope);
        if let Some(terms) = group_by {
            self.values(terms, inner);
        }
        scope.grouping.set(grouping(select, order));
        scope.rowless.set(scope.grouping.get() == Grouping::Whole);
        if let Some(condition) = having {
            self.value(condition, inner);
            self.takes(condition, Types::INTEGER, Null::Neutral);
        }
        for window in window_clause.unwrap_or_default() {
            self.window_definition(&window.window, inner);
        }
        for term in order {
            self.value(&term.expr, inner);
            self.takes(&term.expr, Types::ANY, Null::Neutral);
        }
        self.result_columns(columns, scope, inner, targets)
    }

    /// Returns the names of the result columns in one part of a `select`, with their inferred types and nullability.
    pub(super) fn result_columns<'b>(
        &self,
        columns: &'b [ResultColumn<'b>],
        scope: &Scope<'_, 'b>,
        env: Env<'_, 'b>,
        targets: Targets<'_>,
    ) -> Vec<(String, Value)> {
        let mut result = Vec::new();
        for column in columns {
            match column {
                ResultColumn::Star => result.extend(self.expand(None, scope)),
                ResultColumn::TableStar(name) => result.extend(self.expand(Some(name), scope)),
                ResultColumn::Expr(expression, alias) => {
                    let value = self.value(expression, env);
                    self.inserted(expression, targets.get(result.len()));
                    let name = match alias {
                        Some(As::As(name) | As::Elided(name)) => Some(unquoted(name.0)),
                        None => self.result_name(expression, env),
                    };
                    result.push((name.unwrap_or_default(), value));
                }
            }
        }
        result
    }

    /// Returns the result columns of `values (…), (…)`.
    fn rows<'b>(
        &self,
        select: &'b OneSelect<'b>,
        env: Env<'_, 'b>,
        targets: Targets<'_>,
    ) -> Vec<(String, Value)> {
        let OneSelect::Values(rows) = select else {
            return Vec::new();
        };
        let mut columns: Vec<(String, Value)> = Vec::new();
        for row in rows {
            for (index, expression) in row.iter().enumerate() {
                let value = self.value(expression, env);
                self.inserted(expression, targets.get(index));
                match columns.get_mut(index) {
                    Some((_, column)) => *column = column.or(value),
                    None => columns.push((format!("column{}", index + 1), value)),
                }
            }
        }
        columns
    }

    /// If the expression is a parameter, records that the statement stores the parameter in the column `target`.
    pub(super) fn inserted(&self, expression: &Expr<'_>, target: Option<&Value>) {
        match target {
            Some(column) => {
                let null = if column.nullable {
                    Null::Wanted
                } else {
                    Null::Useless
                };
                self.takes(expression, column.types, null);
            }
            None => self.takes(expression, Types::ANY, Null::Neutral),
        }
    }
}

/// Returns how a `select` converts rows to result rows.
pub(super) fn grouping(select: &OneSelect<'_>, order: &[SortedColumn<'_>]) -> Grouping {
    let OneSelect::Select {
        columns,
        group_by,
        having,
        ..
    } = select
    else {
        return Grouping::Rows;
    };
    if group_by.is_some() {
        return Grouping::Groups;
    }
    let in_columns = columns.iter().any(|column| match column {
        ResultColumn::Expr(expression, _) => aggregates(expression),
        _ => false,
    });
    let in_having = having.is_some_and(aggregates);
    let in_order = order.iter().any(|term| aggregates(&term.expr));
    if in_columns || in_having || in_order {
        Grouping::Whole
    } else {
        Grouping::Rows
    }
}
