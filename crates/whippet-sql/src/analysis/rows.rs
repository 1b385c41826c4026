//! Analyzes subqueries that are used as values, and finds out whether a subquery always returns a row.

use sqlite3_parser::ast::{CompoundOperator, OneSelect, Select};

use super::scope::Grouping;
use super::select::grouping;
use super::value::Value;
use super::{Analyzer, Env};

impl Analyzer<'_> {
    /// Returns the inferred type and nullability of a subquery. This value is the first column of the first row, or null if
    /// there is no row.
    pub(super) fn scalar_subquery<'b>(&self, select: &'b Select<'b>, env: Env<'_, 'b>) -> Value {
        match self.select(select, env, &[]).as_slice() {
            [(_, value)] => value.or_null(!always_has_a_row(select)),
            _ => Value::UNKNOWN,
        }
    }
}

fn always_has_a_row(select: &Select<'_>) -> bool {
    let others = || select.body.compounds.iter().flatten();
    let only_adds = others().all(|other| {
        matches!(
            other.operator,
            CompoundOperator::Union | CompoundOperator::UnionAll
        )
    });
    let has_limit = select.limit.is_some_and(|limit| {
        limit.offset.is_some() || limit.expr.is_integer().is_none_or(|count| count < 1)
    });
    let mut parts = others()
        .map(|other| &other.select)
        .chain([&select.body.select]);
    only_adds && !has_limit && parts.any(|part| one_always_has_a_row(part, select))
}

fn one_always_has_a_row(one: &OneSelect<'_>, select: &Select<'_>) -> bool {
    let OneSelect::Select {
        from,
        where_clause,
        having,
        group_by,
        ..
    } = one
    else {
        return true;
    };
    let aggregates_all = grouping(one, select.order_by.unwrap_or_default()) == Grouping::Whole;
    let is_row = from.is_none() && where_clause.is_none() && group_by.is_none();
    having.is_none() && (aggregates_all || is_row)
}
