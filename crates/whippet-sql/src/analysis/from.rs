//! Analyzes the `from` clause. If an outer join finds no match for a row, it replaces the columns of the other table
//! with nulls.

use sqlite3_parser::ast::{
    As, Expr, FromClause, JoinConstraint, JoinOperator, JoinType, SelectTable,
};

use super::parameters::Null;
use super::scope::{ColumnRef, Merged, Rowid, Scope, Source, same, unquoted};
use super::value::Value;
use super::{Analyzer, Env};

/// The outer joins in the `from` clause that the analysis has read so far.
#[derive(Debug, Default)]
pub(super) struct Joins {
    next: usize,
    /// For each left join, the columns that are not null in rows for which the join has found a match.
    matched: Vec<(usize, Vec<ColumnRef>)>,
}

impl Analyzer<'_> {
    /// Adds the sources of a `from` clause to `scope`.
    pub(super) fn from<'e, 'b>(
        &self,
        from: &'b FromClause<'b>,
        scope: &mut Scope<'e, 'b>,
        joins: &mut Joins,
        env: Env<'e, 'b>,
    ) {
        let start = scope.sources.len();
        let merged_start = scope.merged.len();
        if let Some(first) = from.select {
            self.table(first, scope, joins, env);
        }
        for join in from.joins.iter().flatten() {
            let (middle, merged_middle) = (scope.sources.len(), scope.merged.len());
            self.table(&join.table, scope, joins, env);
            let kind = match join.operator {
                JoinOperator::TypedJoin(Some(kind)) => kind,
                JoinOperator::TypedJoin(None) | JoinOperator::Comma => JoinType::INNER,
            };
            let names = match &join.constraint {
                Some(JoinConstraint::Using(names)) => {
                    names.iter().map(|name| unquoted(name.0)).collect()
                }
                _ if kind.contains(JoinType::NATURAL) => common_names(scope, start, middle),
                _ => Vec::new(),
            };
            let merged = merge(scope, start, middle, &names, kind);
            let on = match &join.constraint {
                Some(JoinConstraint::On(on)) => {
                    let inner = env.within(scope);
                    self.value(on, inner);
                    self.takes(on, super::Types::INTEGER, Null::Neutral);
                    self.if_true(on, inner)
                }
                _ => merged.equal,
            };
            let left = kind.contains(JoinType::LEFT);
            let right = kind.contains(JoinType::RIGHT);
            if !left && !right {
                joins.apply(scope, on);
            } else if left && !right {
                joins.matched.push((joins.next, on));
            }
            if left {
                mark(
                    &mut scope.sources[middle..],
                    &mut scope.merged[merged_middle..],
                    joins,
                );
            }
            if right {
                let merged = &mut scope.merged[merged_start..merged_middle];
                mark(&mut scope.sources[start..middle], merged, joins);
            }
            scope.merged.extend(merged.columns);
        }
    }

    fn table<'e, 'b>(
        &self,
        table: &'b SelectTable<'b>,
        scope: &mut Scope<'e, 'b>,
        joins: &mut Joins,
        env: Env<'e, 'b>,
    ) {
        let (source, alias) = match table {
            SelectTable::Table(name, alias, _) => (self.named_source(name, env), alias),
            SelectTable::TableCall(name, arguments, alias) => {
                let arguments = arguments.unwrap_or_default();
                (
                    self.function_source(name, arguments, env.within(scope)),
                    alias,
                )
            }
            SelectTable::Select(select, alias) => (subquery(self.select(select, env, &[])), alias),
            SelectTable::Sub(from, None) => return self.from(from, scope, joins, env),
            SelectTable::Sub(from, alias) => {
                let mut inner = self.scope(env.scope);
                self.from(from, &mut inner, &mut Joins::default(), env);
                (subquery(self.expand(None, &inner)), alias)
            }
        };
        let name = match alias {
            Some(As::As(name) | As::Elided(name)) => Some(unquoted(name.0)),
            None => source.name.clone(),
        };
        scope.sources.push(Source { name, ..source });
    }

    /// Analyzes a condition that removes rows, such as the condition after `where`. In the remaining rows, the
    /// condition is true.
    pub(super) fn keep<'e, 'b>(
        &self,
        condition: &'b Expr<'b>,
        scope: &mut Scope<'e, 'b>,
        joins: &Joins,
        env: Env<'e, 'b>,
    ) {
        let inner = env.within(scope);
        self.value(condition, inner);
        self.takes(condition, super::Types::INTEGER, Null::Neutral);
        let known = self.if_true(condition, inner);
        joins.apply(scope, known);
    }
}

impl Joins {
    /// Marks the columns in `known` that belong to `scope` as not null. If a column of a source is not null, no outer
    /// join has replaced the source's columns with nulls, so those outer joins are ignored from now on.
    fn apply(&self, scope: &mut Scope<'_, '_>, mut known: Vec<ColumnRef>) {
        while let Some(column) = known.pop() {
            if column.scope != scope.id {
                continue;
            }
            let source = &mut scope.sources[column.source];
            source.columns[column.column].value.nullable = false;
            let outer = std::mem::take(&mut source.outer);
            for (join, columns) in &self.matched {
                if outer.contains(join) {
                    known.extend(columns);
                }
            }
            for source in &mut scope.sources {
                source.outer.retain(|join| !outer.contains(join));
            }
            for merged in &mut scope.merged {
                merged.outer.retain(|join| !outer.contains(join));
            }
        }
    }
}

/// Records that an outer join can replace the columns of these sources with nulls.
fn mark(sources: &mut [Source], merged: &mut [Merged], joins: &mut Joins) {
    for source in sources {
        source.outer.push(joins.next);
    }
    for column in merged {
        column.outer.push(joins.next);
    }
    joins.next += 1;
}

fn subquery(columns: Vec<(String, Value)>) -> Source {
    let columns = columns.into_iter();
    Source {
        name: None,
        columns: columns
            .map(|(name, value)| super::scope::Column::new(name, value))
            .collect(),
        rowid: Rowid::Absent,
        outer: Vec::new(),
    }
}

fn common_names(scope: &Scope<'_, '_>, start: usize, middle: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let left = scope.sources[start..middle]
        .iter()
        .flat_map(|source| &source.columns);
    for column in left.filter(|column| !column.hidden) {
        let mut right = scope.sources[middle..]
            .iter()
            .flat_map(|source| &source.columns);
        if right.any(|other| !other.hidden && same(&other.name, &column.name))
            && !names.iter().any(|name| same(name, &column.name))
        {
            names.push(column.name.clone());
        }
    }
    names
}

/// The columns that `using` or `natural` merges.
struct Using {
    columns: Vec<Merged>,
    /// The columns that the join compares. If the join has found a match for a row, they are equal, so they are not
    /// null.
    equal: Vec<ColumnRef>,
}

fn merge(
    scope: &mut Scope<'_, '_>,
    start: usize,
    middle: usize,
    names: &[String],
    kind: JoinType,
) -> Using {
    let mut using = Using {
        columns: Vec::new(),
        equal: Vec::new(),
    };
    for name in names {
        let position = |source: &Source| {
            let mut columns = source.columns.iter();
            columns.position(|column| !column.merged && same(&column.name, name))
        };
        let find = |sources: std::ops::Range<usize>| {
            sources
                .into_iter()
                .find_map(|index| Some((index, position(&scope.sources[index])?)))
        };
        let (Some(left), Some(right)) = (find(start..middle), find(middle..scope.sources.len()))
        else {
            continue;
        };
        let earlier = scope
            .merged
            .iter()
            .rev()
            .find(|merged| same(&merged.name, name));
        let is_merged = earlier.is_some();
        let source = &scope.sources[left.0];
        let (left_value, left_outer) = match earlier {
            Some(merged) => (merged.value, merged.outer.clone()),
            None => (source.columns[left.1].value, source.outer.clone()),
        };
        let right_source = &scope.sources[right.0];
        let right_value = right_source.columns[right.1].value;
        let (in_left, in_right) = (
            kind.contains(JoinType::LEFT),
            kind.contains(JoinType::RIGHT),
        );
        let both = left_value.or(right_value);
        let right_nullable = right_value.nullable || !right_source.outer.is_empty();
        let (value, outer) = match (in_left, in_right) {
            // An inner join keeps only rows in which both columns are equal. Nulls are never equal, so neither column
            // is null.
            (false, false) => (left_value.not_null(), Vec::new()),
            (true, false) => (left_value, left_outer),
            (false, true) => (both.not_null().or_null(right_nullable), Vec::new()),
            (true, true) => (
                both.or_null(right_nullable || !left_outer.is_empty()),
                Vec::new(),
            ),
        };
        using.equal.push(scope.reference(right.0, right.1));
        // If an earlier join merged the left column, its value can come from several tables, so no single column is
        // known to be not null.
        if !is_merged {
            using.equal.push(scope.reference(left.0, left.1));
        }
        scope.sources[right.0].columns[right.1].merged = true;
        using.columns.push(Merged {
            name: name.clone(),
            value,
            outer,
        });
    }
    using
}
