//! Analyzes aggregate functions, and finds out whether a `select` aggregates its rows.

use sqlite3_parser::ast::{Expr, SortedColumn};

use super::function::Call;
use super::parameters::Null;
use super::scope::{Found, Grouping};
use super::value::{Types, Value};
use super::{Analyzer, Env};

/// Returns whether the function `name`, called with this number of arguments, is an aggregate function.
pub(super) fn is_aggregate(name: &str, arguments: usize) -> bool {
    match name {
        "min" | "max" => arguments == 1,
        "avg" | "count" | "group_concat" | "json_group_array" | "json_group_object"
        | "jsonb_group_array" | "jsonb_group_object" | "string_agg" | "sum" | "total" => true,
        _ => false,
    }
}

/// Returns whether an expression contains an aggregate function. Ignores functions in subqueries.
pub(super) fn aggregates(expression: &Expr<'_>) -> bool {
    let is_call = match expression {
        Expr::FunctionCall {
            name,
            args,
            filter_over,
            ..
        } => {
            filter_over
                .as_ref()
                .is_none_or(|tail| tail.over_clause.is_none())
                && is_aggregate(
                    &super::scope::unquoted(name.0).to_ascii_lowercase(),
                    args.map_or(0, <[_]>::len),
                )
        }
        Expr::FunctionCallStar { filter_over, .. } => filter_over
            .as_ref()
            .is_none_or(|tail| tail.over_clause.is_none()),
        _ => false,
    };
    is_call || children(expression).into_iter().any(aggregates)
}

impl Analyzer<'_> {
    /// Returns the inferred type and nullability of an aggregate function.
    pub(super) fn aggregate<'b>(
        &self,
        call: &Call<'b>,
        order: &'b [SortedColumn<'b>],
        env: Env<'_, 'b>,
    ) -> Value {
        if self.is_of_an_outer_select(call.arguments, env) {
            self.unsure.set(true);
        }
        // SQLite evaluates the arguments for each row of the group.
        let scope = env.scope;
        let rowless = scope.is_some_and(|scope| scope.rowless.replace(false));
        let values = self.for_other_rows(|| {
            for term in order {
                self.value(&term.expr, env);
            }
            if let Some(filter) = call.filter {
                self.value(filter, env);
            }
            self.values(call.arguments, env)
        });
        if let Some(scope) = scope {
            scope.rowless.set(rowless);
        }
        for argument in call.arguments {
            self.takes(argument, Types::ANY, Null::Neutral);
        }
        let has_rows = call.filter.is_none()
            && scope.is_some_and(|scope| scope.grouping.get() == Grouping::Groups);
        combine(&call.name, &values, has_rows)
    }

    /// Returns whether an aggregate function in a subquery combines the rows of an outer `select`. This is the case if
    /// the arguments contain columns of outer `select`s only.
    fn is_of_an_outer_select<'b>(&self, arguments: &'b [Expr<'b>], env: Env<'_, 'b>) -> bool {
        let Some(own) = env.scope.map(|scope| scope.id) else {
            return false;
        };
        let mut scopes = Vec::new();
        for argument in arguments {
            self.scopes_of(argument, env, &mut scopes);
        }
        !scopes.is_empty() && !scopes.contains(&own)
    }

    fn scopes_of<'b>(&self, expression: &'b Expr<'b>, env: Env<'_, 'b>, scopes: &mut Vec<usize>) {
        match self.find(expression, env) {
            Some(Found::Column(column)) => scopes.push(column.scope),
            Some(Found::Rowid { scope, .. }) => scopes.push(scope),
            // `find` does not return the scope of a merged column or an alias, so the analysis assumes the innermost
            // scope.
            Some(Found::Merged(_) | Found::Alias) => scopes.extend(env.scope.map(|scope| scope.id)),
            None => {}
        }
        for child in children(expression) {
            self.scopes_of(child, env, scopes);
        }
    }
}

/// Returns the inferred type and nullability of an aggregate function. `has_rows` is true if the function always combines
/// at least one row.
pub(super) fn combine(name: &str, arguments: &[Value], has_rows: bool) -> Value {
    let first = arguments.first().copied().unwrap_or(Value::UNKNOWN);
    let nullable = first.nullable || !has_rows;
    let is_integer = first.types.is_within(Types::BOOLEAN.union(Types::INTEGER));
    match name {
        "count" => Value::INTEGER,
        // The sum of positive and negative infinity is NaN, and SQLite returns null instead of NaN.
        "total" => Value::REAL.or_null(first.infinite),
        "avg" => Value::REAL.or_null(nullable || first.infinite),
        "sum" if is_integer => Value::INTEGER.or_null(nullable),
        "sum" if first.types == Types::REAL => Value::REAL.or_null(nullable || first.infinite),
        "sum" => Value::of(Types::INTEGER.union(Types::REAL)).or_null(nullable || first.infinite),
        "min" | "max" => first.or_null(nullable),
        "group_concat" | "string_agg" => Value::TEXT.or_null(nullable || first.may_be_blob()),
        "json_group_array" | "json_group_object" => Value::TEXT,
        "jsonb_group_array" | "jsonb_group_object" => Value::BLOB,
        _ => Value::UNKNOWN,
    }
}

/// Returns the operands and arguments of an expression. Does not enter subqueries.
fn children<'b>(expression: &'b Expr<'b>) -> Vec<&'b Expr<'b>> {
    match expression {
        Expr::Between {
            lhs, start, end, ..
        } => vec![lhs, start, end],
        Expr::Binary(a, _, b) => vec![a, b],
        Expr::Case {
            base,
            when_then_pairs,
            else_expr,
        } => {
            let pairs = when_then_pairs.iter().flat_map(|(when, then)| [when, then]);
            pairs.chain(*base).chain(*else_expr).collect()
        }
        Expr::Cast { expr, .. } => vec![expr],
        Expr::Collate(inner, _)
        | Expr::Unary(_, inner)
        | Expr::IsNull(inner)
        | Expr::NotNull(inner) => vec![inner],
        Expr::FunctionCall { args, .. } => args.unwrap_or_default().iter().collect(),
        Expr::InList { lhs, rhs, .. } => rhs
            .unwrap_or_default()
            .iter()
            .chain(std::iter::once(*lhs))
            .collect(),
        Expr::InSelect { lhs, .. } | Expr::InTable { lhs, .. } => vec![lhs],
        Expr::Like {
            lhs, rhs, escape, ..
        } => [*lhs, *rhs].into_iter().chain(*escape).collect(),
        Expr::Parenthesized(inner) => inner.iter().collect(),
        _ => Vec::new(),
    }
}
