//! Analyzes arithmetic, comparisons and the other operators.

use sqlite3_parser::ast::{Expr, Operator, Type, UnaryOperator};

use super::parameters::Null;
use super::value::{Types, Value};
use super::{Analyzer, Env};
use super::{declared, expression::is_null};

impl Analyzer<'_> {
    pub(super) fn unary<'b>(
        &self,
        operator: UnaryOperator,
        inner: &'b Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let value = self.value(inner, env);
        match operator {
            UnaryOperator::Positive => value,
            UnaryOperator::Negative => {
                self.takes(inner, Types::NUMBER, Null::Neutral);
                Value {
                    types: numeric(value),
                    ..value
                }
            }
            UnaryOperator::BitwiseNot => {
                self.takes(inner, Types::INTEGER, Null::Neutral);
                Value::INTEGER.or_null(value.nullable)
            }
            UnaryOperator::Not => {
                self.takes(inner, Types::INTEGER, Null::Neutral);
                Value::BOOLEAN.or_null(value.nullable)
            }
        }
    }

    pub(super) fn binary<'b>(
        &self,
        a: &'b Expr<'b>,
        operator: Operator,
        b: &'b Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        match operator {
            Operator::And | Operator::Or => self.logical(a, operator, b, env),
            Operator::Equals
            | Operator::NotEquals
            | Operator::Less
            | Operator::LessEquals
            | Operator::Greater
            | Operator::GreaterEquals => self.comparison(a, b, Null::Useless, env),
            Operator::Is | Operator::IsNot => self.comparison(a, b, Null::Wanted, env).not_null(),
            Operator::Concat => {
                let (left, right) = (self.value(a, env), self.value(b, env));
                for operand in [a, b] {
                    self.takes(operand, Types::ANY.without(Types::BLOB), Null::Neutral);
                }
                Value::TEXT.or_null(
                    left.nullable || right.nullable || left.may_be_blob() || right.may_be_blob(),
                )
            }
            Operator::ArrowRight | Operator::ArrowRightShift => {
                self.value(a, env);
                self.value(b, env);
                self.takes(a, Types::TEXT, Null::Neutral);
                self.takes(b, Types::TEXT.union(Types::INTEGER), Null::Neutral);
                match operator {
                    Operator::ArrowRight => Value::TEXT.or_null(true),
                    _ => Value::UNKNOWN,
                }
            }
            _ => self.arithmetic(a, operator, b, env),
        }
    }

    fn arithmetic<'b>(
        &self,
        a: &'b Expr<'b>,
        operator: Operator,
        b: &'b Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let (left, right) = (self.value(a, env), self.value(b, env));
        let is_bitwise = matches!(
            operator,
            Operator::BitwiseAnd | Operator::BitwiseOr | Operator::LeftShift | Operator::RightShift
        );
        let operands = if is_bitwise {
            Types::INTEGER
        } else {
            Types::NUMBER
        };
        self.takes(a, operands, Null::Neutral);
        self.takes(b, operands, Null::Neutral);
        let nullable = left.nullable || right.nullable;
        if is_bitwise {
            return Value::INTEGER.or_null(nullable);
        }
        let infinite = (left.infinite, right.infinite);
        // Infinity minus infinity and infinity times zero are NaN. SQLite returns null instead of NaN.
        let is_null = match operator {
            Operator::Multiply => (left.infinite && right.zero) || (left.zero && right.infinite),
            Operator::Divide => right.zero || infinite == (true, true),
            // For `%`, SQLite first truncates the operands to integers, so 0.5 counts as 0.
            Operator::Modulus => right.zero || !is_integer(right),
            _ => infinite == (true, true),
        };
        let types = if is_integer(left) && is_integer(right) {
            Types::INTEGER
        } else if left.types == Types::REAL || right.types == Types::REAL {
            Types::REAL
        } else {
            Types::INTEGER.union(Types::REAL)
        };
        Value {
            zero: operator != Operator::Multiply || left.zero || right.zero,
            ..Value::of(types)
        }
        .or_null(nullable || is_null)
    }

    fn logical<'b>(
        &self,
        a: &'b Expr<'b>,
        operator: Operator,
        b: &'b Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let left = self.value(a, env);
        // If the left side of `and` is false, or that of `or` is true, the result does not depend on the right side. So
        // the right side is analyzed for the other case.
        let known = match operator {
            _ if left.nullable => Vec::new(),
            Operator::And => self.if_true(a, env),
            _ => self.if_false(a, env),
        };
        let right = self.assuming(known, || self.value(b, env));
        for operand in [a, b] {
            self.takes(operand, Types::INTEGER, Null::Neutral);
        }
        Value::BOOLEAN.or_null(left.nullable || right.nullable)
    }

    /// Analyzes a comparison of two values or of two rows of values. `null` states whether a null operand makes sense
    /// for this operator.
    fn comparison<'b>(
        &self,
        a: &'b Expr<'b>,
        b: &'b Expr<'b>,
        null: Null,
        env: Env<'_, 'b>,
    ) -> Value {
        if let (Expr::Parenthesized(left), Expr::Parenthesized(right)) = (a, b)
            && left.len() > 1
            && left.len() == right.len()
        {
            let pairs = left.iter().zip(right);
            return pairs.fold(Value::BOOLEAN, |result, (a, b)| {
                result.or_null(self.comparison(a, b, null, env).nullable)
            });
        }
        let (left, right) = (self.value(a, env), self.value(b, env));
        if !is_null(b) {
            self.compared(a, right, null);
            self.compared(b, left, null);
        } else {
            self.takes(a, Types::ANY, Null::Wanted);
        }
        Value::BOOLEAN.or_null(left.nullable || right.nullable)
    }

    pub(super) fn cast<'b>(
        &self,
        inner: &'b Expr<'b>,
        to: Option<&Type<'b>>,
        env: Env<'_, 'b>,
    ) -> Value {
        let value = self.value(inner, env);
        self.takes(inner, Types::ANY, Null::Neutral);
        let to = to.map_or("", |to| to.name);
        let types = match declared::types(to, false) {
            // In a cast, SQLite treats any other type name as `numeric`.
            Types::BOOLEAN | Types::ANY if !to.is_empty() => Types::INTEGER.union(Types::REAL),
            Types::ANY => Types::BLOB,
            types => types,
        };
        Value::of(types).or_null(value.nullable || (types == Types::TEXT && value.may_be_blob()))
    }
}

fn is_integer(value: Value) -> bool {
    value.types.is_within(Types::BOOLEAN.union(Types::INTEGER))
}

/// Returns the storage classes that a value can have after SQLite has converted it to a number.
fn numeric(value: Value) -> Types {
    if is_integer(value) {
        Types::INTEGER
    } else if value.types.is_within(Types::NUMBER) {
        value.types.without(Types::BOOLEAN)
    } else {
        Types::INTEGER.union(Types::REAL)
    }
}
