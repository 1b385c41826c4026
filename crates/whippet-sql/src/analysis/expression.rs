//! Infers the type and nullability of expressions.

use sqlite3_parser::ast::{Expr, Literal};

use super::parameters::Null;
use super::value::Value;
use super::{Analyzer, Env};

impl Analyzer<'_> {
    /// Returns the inferred type and nullability of an expression. Also records how the expression uses parameters.
    pub(super) fn value<'b>(&self, expression: &'b Expr<'b>, env: Env<'_, 'b>) -> Value {
        match expression {
            Expr::Literal(value) => literal(value),
            Expr::Id(_) | Expr::Name(_) | Expr::Qualified(..) | Expr::DoublyQualified(..) => {
                self.named(expression, env)
            }
            Expr::Variable(_) => {
                self.takes(expression, super::Types::ANY, Null::Neutral);
                self.parameter_value(expression)
            }
            Expr::Parenthesized(inner) if inner.len() == 1 => self.value(&inner[0], env),
            Expr::Parenthesized(row) => {
                for value in row {
                    self.value(value, env);
                }
                Value::UNKNOWN
            }
            Expr::Collate(inner, _) => self.value(inner, env),
            Expr::Unary(operator, inner) => self.unary(*operator, inner, env),
            Expr::Binary(a, operator, b) => self.binary(a, *operator, b, env),
            Expr::Cast { expr, type_name } => self.cast(expr, type_name.as_ref(), env),
            Expr::Case {
                base,
                when_then_pairs,
                else_expr,
            } => self.case(*base, when_then_pairs, *else_expr, env),
            Expr::IsNull(inner) | Expr::NotNull(inner) => {
                self.value(inner, env);
                self.takes(inner, super::Types::ANY, Null::Wanted);
                Value::BOOLEAN
            }
            Expr::Between {
                lhs, start, end, ..
            } => self.between(lhs, start, end, env),
            Expr::Like {
                lhs, rhs, escape, ..
            } => self.like(lhs, rhs, *escape, env),
            Expr::InList { lhs, rhs, .. } => self.in_list(lhs, rhs.unwrap_or_default(), env),
            Expr::InSelect { lhs, rhs, .. } => self.in_select(lhs, rhs, env),
            Expr::InTable { lhs, args, .. } => {
                self.value(lhs, env);
                for argument in args.unwrap_or_default() {
                    self.value(argument, env);
                }
                Value::BOOLEAN.or_null(true)
            }
            Expr::Exists(select) => {
                self.select(select, env, &[]);
                Value::BOOLEAN
            }
            Expr::Subquery(select) => self.scalar_subquery(select, env),
            Expr::FunctionCall { .. } | Expr::FunctionCallStar { .. } => self.call(expression, env),
            Expr::Raise(..) => Value::NEVER,
        }
    }

    /// Calls [`value`](Self::value) for several expressions.
    pub(super) fn values<'b>(&self, expressions: &'b [Expr<'b>], env: Env<'_, 'b>) -> Vec<Value> {
        let values = expressions
            .iter()
            .map(|expression| self.value(expression, env));
        values.collect()
    }
}

fn literal(literal: &Literal<'_>) -> Value {
    match literal {
        Literal::Null => Value::NULL,
        Literal::Numeric(text) => number(text),
        Literal::String(_)
        | Literal::CurrentDate
        | Literal::CurrentTime
        | Literal::CurrentTimestamp => Value::TEXT,
        Literal::Blob(_) => Value::BLOB,
        Literal::Keyword(_) => Value::UNKNOWN,
    }
}

/// Returns the inferred type and nullability of a numeric literal. In SQLite, a number is a float if it has a fraction or
/// an exponent, or does not fit into 64 bits.
fn number(text: &str) -> Value {
    let text = text.replace('_', "");
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let integer = match hex {
        Some(digits) => u64::from_str_radix(digits, 16).ok().map(u64::cast_signed),
        None => text.parse().ok(),
    };
    if let Some(integer) = integer {
        return Value {
            zero: integer == 0,
            ..Value::INTEGER
        };
    }
    let real: f64 = text.parse().unwrap_or(f64::INFINITY);
    Value {
        zero: real == 0.0,
        infinite: real.is_infinite(),
        ..Value::REAL
    }
}

/// Returns whether the expression is the literal `null`.
pub(super) fn is_null(expression: &Expr<'_>) -> bool {
    match expression {
        Expr::Literal(Literal::Null) => true,
        Expr::Parenthesized(inner) => inner.len() == 1 && is_null(&inner[0]),
        _ => false,
    }
}
