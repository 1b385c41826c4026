//! Finds the columns that a condition proves to be not null. For example, `x > 1` is true only if `x` is not null.

use sqlite3_parser::ast::{Expr, Literal, Operator, UnaryOperator};

use super::expression::is_null;
use super::scope::{ColumnRef, Found};
use super::{Analyzer, Env};

impl Analyzer<'_> {
    /// Returns columns that are certainly not null if `condition` is true.
    pub(super) fn if_true<'b>(&self, condition: &'b Expr<'b>, env: Env<'_, 'b>) -> Vec<ColumnRef> {
        match condition {
            Expr::Parenthesized(inner) if inner.len() == 1 => self.if_true(&inner[0], env),
            Expr::Binary(a, Operator::And, b) => union(self.if_true(a, env), self.if_true(b, env)),
            Expr::Binary(a, Operator::Or, b) => {
                intersection(self.if_true(a, env), &self.if_true(b, env))
            }
            Expr::Binary(a, Operator::Is, b) => self.if_same(a, b, env),
            Expr::Binary(a, Operator::IsNot, b) if is_null(b) => self.if_not_null(a, env),
            Expr::Binary(_, Operator::IsNot, _) | Expr::IsNull(_) => Vec::new(),
            Expr::NotNull(a) => self.if_not_null(a, env),
            Expr::Unary(UnaryOperator::Not, a) => self.if_false(a, env),
            // `x not in ()` is true even if `x` is null.
            Expr::InList { not: true, rhs, .. } if rhs.is_none_or(<[_]>::is_empty) => Vec::new(),
            Expr::InSelect { not: true, .. } | Expr::InTable { not: true, .. } => Vec::new(),
            Expr::InList { lhs, .. } | Expr::InSelect { lhs, .. } | Expr::InTable { lhs, .. } => {
                self.if_not_null(lhs, env)
            }
            Expr::Between {
                lhs,
                not: false,
                start,
                end,
            } => [start, end]
                .iter()
                .fold(self.if_not_null(lhs, env), |known, bound| {
                    union(known, self.if_not_null(bound, env))
                }),
            // Any other condition can only be true if it is not null.
            other => self.if_not_null(other, env),
        }
    }

    /// Returns columns that are certainly not null if `condition` is false.
    pub(super) fn if_false<'b>(&self, condition: &'b Expr<'b>, env: Env<'_, 'b>) -> Vec<ColumnRef> {
        match condition {
            Expr::Parenthesized(inner) if inner.len() == 1 => self.if_false(&inner[0], env),
            Expr::Binary(a, Operator::And, b) => {
                intersection(self.if_false(a, env), &self.if_false(b, env))
            }
            Expr::Binary(a, Operator::Or, b) => union(self.if_false(a, env), self.if_false(b, env)),
            Expr::IsNull(a) => self.if_not_null(a, env),
            Expr::Binary(a, Operator::Is, b) if is_null(b) => self.if_not_null(a, env),
            Expr::Binary(a, Operator::IsNot, b) => self.if_same(a, b, env),
            Expr::Binary(_, Operator::Is, _) | Expr::NotNull(_) => Vec::new(),
            Expr::Unary(UnaryOperator::Not, a) => self.if_true(a, env),
            // `x in (…)` is null if `x` is null, unless the list is empty. So if the condition is false, `x` is not
            // null.
            Expr::InList {
                lhs,
                rhs: Some(list),
                ..
            } if !list.is_empty() => self.if_not_null(lhs, env),
            Expr::InList { .. } | Expr::InSelect { .. } | Expr::InTable { .. } => Vec::new(),
            other => self.if_not_null(other, env),
        }
    }

    /// Returns columns that are certainly not null if `a is b` is true. `a is null` is true for null, so only a literal
    /// `b` other than null proves that `a` is not null.
    fn if_same<'b>(&self, a: &'b Expr<'b>, b: &'b Expr<'b>, env: Env<'_, 'b>) -> Vec<ColumnRef> {
        match b {
            Expr::Literal(literal) if !matches!(literal, Literal::Null | Literal::Keyword(_)) => {
                self.if_not_null(a, env)
            }
            _ => Vec::new(),
        }
    }

    /// Returns columns that are certainly not null if `expression` is not null.
    fn if_not_null<'b>(&self, expression: &'b Expr<'b>, env: Env<'_, 'b>) -> Vec<ColumnRef> {
        match expression {
            Expr::Id(_) | Expr::Name(_) | Expr::Qualified(..) | Expr::DoublyQualified(..) => {
                match self.find(expression, env) {
                    Some(Found::Column(column)) => vec![column],
                    _ => Vec::new(),
                }
            }
            Expr::Parenthesized(inner) if inner.len() == 1 => self.if_not_null(&inner[0], env),
            Expr::Collate(inner, _) | Expr::Unary(_, inner) | Expr::Cast { expr: inner, .. } => {
                self.if_not_null(inner, env)
            }
            Expr::Binary(a, operator, b) => match operator {
                Operator::And | Operator::Or | Operator::Is | Operator::IsNot => Vec::new(),
                _ => union(self.if_not_null(a, env), self.if_not_null(b, env)),
            },
            Expr::Like { lhs, rhs, .. } => {
                union(self.if_not_null(lhs, env), self.if_not_null(rhs, env))
            }
            Expr::Between { lhs, .. } => self.if_not_null(lhs, env),
            Expr::FunctionCall {
                name,
                args: Some(args),
                filter_over: None,
                ..
            } if super::function::is_null_if_an_argument_is(name.0, args.len()) => {
                args.iter().fold(Vec::new(), |known, argument| {
                    union(known, self.if_not_null(argument, env))
                })
            }
            _ => Vec::new(),
        }
    }
}

fn union(mut a: Vec<ColumnRef>, b: Vec<ColumnRef>) -> Vec<ColumnRef> {
    a.extend(b);
    a
}

fn intersection(mut a: Vec<ColumnRef>, b: &[ColumnRef]) -> Vec<ColumnRef> {
    a.retain(|column| b.contains(column));
    a
}
