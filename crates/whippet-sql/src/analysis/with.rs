//! Analyzes common table expressions.

use std::cell::RefCell;

use sqlite3_parser::ast::{Select, With};

use super::scope::{Column, Scope, same, unquoted};
use super::value::Value;
use super::{Analyzer, Env};

/// The maximum number of times that the analysis reads a recursive expression. After that, it assumes nothing about the
/// columns that still change.
const MAX_ROUNDS: usize = 8;

/// The common table expressions of a `with` clause. `parent` contains those of the enclosing `with` clauses.
pub(super) struct Ctes<'e, 'b> {
    entries: Vec<Entry<'b>>,
    scope: Option<&'e Scope<'e, 'b>>,
    parent: Option<&'e Ctes<'e, 'b>>,
}

struct Entry<'b> {
    name: String,
    /// The column names in parentheses, as in `with name (a, b) as …`.
    names: Option<Vec<String>>,
    select: &'b Select<'b>,
    state: RefCell<State>,
}

#[derive(Clone)]
enum State {
    New,
    /// The analysis of the expression has not ended. These are the columns that it has found so far.
    Running(Vec<Column>),
    Done(Vec<Column>),
}

impl<'e, 'b> Ctes<'e, 'b> {
    pub(super) fn new(with: &'b With<'b>, env: Env<'e, 'b>) -> Self {
        let entries = with.ctes.iter().map(|cte| Entry {
            name: unquoted(cte.tbl_name.0),
            names: cte.columns.map(|columns| {
                columns
                    .iter()
                    .map(|column| unquoted(column.col_name.0))
                    .collect()
            }),
            select: cte.select,
            state: RefCell::new(State::New),
        });
        Self {
            entries: entries.collect(),
            scope: env.scope,
            parent: env.ctes,
        }
    }
}

impl Analyzer<'_> {
    /// Analyzes every common table expression, even if the statement does not use it, so that all parameters are found.
    pub(super) fn all_ctes(&self, ctes: &Ctes<'_, '_>) {
        for entry in &ctes.entries {
            self.cte(ctes, &entry.name);
        }
    }

    /// Returns the columns of the common table expression with this name.
    pub(super) fn cte(&self, ctes: &Ctes<'_, '_>, name: &str) -> Option<Vec<Column>> {
        let entry = ctes.entries.iter().find(|entry| same(&entry.name, name));
        let Some(entry) = entry else {
            return self.cte(ctes.parent?, name);
        };
        let state = entry.state.borrow().clone();
        if let State::Running(columns) | State::Done(columns) = state {
            return Some(columns);
        }
        let env = Env {
            scope: ctes.scope,
            ctes: Some(ctes),
        };
        // A recursive expression starts with the columns of its first part. Each round of this loop adds the storage
        // classes and nulls that the recursive part can produce. The loop ends when a round adds nothing.
        entry.state.replace(State::Running(Vec::new()));
        let first = self.first_part(entry.select, env).into_iter();
        let mut columns: Vec<Column> = first
            .map(|(name, value)| Column::new(name, value))
            .collect();
        for (column, name) in columns.iter_mut().zip(entry.names.iter().flatten()) {
            column.name.clone_from(name);
        }
        for round in 0..=MAX_ROUNDS {
            entry.state.replace(State::Running(columns.clone()));
            let values = self.select(entry.select, env, &[]);
            let mut is_same = true;
            for (index, column) in columns.iter_mut().enumerate() {
                let value = values
                    .get(index)
                    .map_or(Value::UNKNOWN, |(_, value)| *value);
                let value = if round < MAX_ROUNDS {
                    column.value.or(value)
                } else {
                    Value::UNKNOWN
                };
                is_same &= column.value == value;
                column.value = value;
            }
            if is_same {
                break;
            }
        }
        entry.state.replace(State::Done(columns.clone()));
        Some(columns)
    }
}
