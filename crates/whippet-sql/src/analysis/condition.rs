//! Analyzes `case`, `between`, `like` and `in`.

use sqlite3_parser::ast::{Expr, Select};

use super::parameters::Null;
use super::value::{Types, Value};
use super::{Analyzer, Env};

impl Analyzer<'_> {
    pub(super) fn case<'b>(
        &self,
        base: Option<&'b Expr<'b>>,
        branches: &'b [(Expr<'b>, Expr<'b>)],
        otherwise: Option<&'b Expr<'b>>,
        env: Env<'_, 'b>,
    ) -> Value {
        let base_value = base.map(|base| self.value(base, env));
        let mut result = Value::NEVER;
        // A branch is evaluated only if no earlier condition is true. `known` contains the columns that are not null in
        // this case. An earlier condition that may be null proves nothing, because it may be null instead of false.
        let mut known = Vec::new();
        for (when, then) in branches {
            let condition = self.assuming(known.clone(), || self.value(when, env));
            let mut here = known.clone();
            if let (Some(base), Some(value)) = (base, base_value) {
                self.compared(when, value, Null::Wanted);
                self.compared(base, condition, Null::Wanted);
            } else {
                self.takes(when, Types::INTEGER, Null::Neutral);
                here.extend(self.if_true(when, env));
                if !condition.nullable {
                    known.extend(self.if_false(when, env));
                }
            }
            result = result.or(self.assuming(here, || self.value(then, env)));
        }
        result.or(match otherwise {
            Some(otherwise) => self.assuming(known, || self.value(otherwise, env)),
            None => Value::NULL,
        })
    }

    pub(super) fn between<'b>(
        &self,
        value: &'b Expr<'b>,
        start: &'b Expr<'b>,
        end: &'b Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let values = [value, start, end].map(|operand| self.value(operand, env));
        self.compared(value, values[1], Null::Useless);
        self.compared(start, values[0], Null::Useless);
        self.compared(end, values[0], Null::Useless);
        Value::BOOLEAN.or_null(values.iter().any(|value| value.nullable))
    }

    pub(super) fn like<'b>(
        &self,
        text: &'b Expr<'b>,
        pattern: &'b Expr<'b>,
        escape: Option<&'b Expr<'b>>,
        env: Env<'_, 'b>,
    ) -> Value {
        let operands = [Some(text), Some(pattern), escape].into_iter().flatten();
        let nullable = operands.fold(false, |nullable, operand| {
            let value = self.value(operand, env);
            self.takes(operand, Types::TEXT, Null::Useless);
            nullable || value.nullable || value.may_be_blob()
        });
        Value::BOOLEAN.or_null(nullable)
    }

    pub(super) fn in_list<'b>(
        &self,
        value: &'b Expr<'b>,
        list: &'b [Expr<'b>],
        env: Env<'_, 'b>,
    ) -> Value {
        let operand = self.value(value, env);
        let mut all = Value::NEVER;
        for item in list {
            if let (Expr::Parenthesized(left), Expr::Parenthesized(right)) = (value, item)
                && left.len() == right.len()
            {
                for (left, right) in left.iter().zip(right) {
                    let like = self.value(left, env);
                    self.compared(right, like, Null::Useless);
                }
            }
            all = all.or(self.value(item, env));
            self.compared(item, operand, Null::Useless);
        }
        self.compared(value, all, Null::Useless);
        Value::BOOLEAN.or_null(!list.is_empty() && (operand.nullable || all.nullable))
    }

    pub(super) fn in_select<'b>(
        &self,
        value: &'b Expr<'b>,
        list: &'b Select<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let operand = self.value(value, env);
        let columns = self.select(list, env, &[]);
        let all = match columns.as_slice() {
            [(_, column)] => *column,
            _ => Value::UNKNOWN,
        };
        self.compared(value, all, Null::Useless);
        Value::BOOLEAN.or_null(operand.nullable || all.nullable)
    }
}
