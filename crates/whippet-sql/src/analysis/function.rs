//! Analyzes calls of functions.

use sqlite3_parser::ast::{Expr, FunctionCallOrder, Literal};

use super::parameters::Null;
use super::scope::unquoted;
use super::value::{Types, Value};
use super::{Analyzer, Env, aggregate, date, json};

/// A call of a function.
pub(super) struct Call<'b> {
    pub(super) name: String,
    pub(super) arguments: &'b [Expr<'b>],
    pub(super) filter: Option<&'b Expr<'b>>,
}

impl Analyzer<'_> {
    pub(super) fn call<'b>(&self, expression: &'b Expr<'b>, env: Env<'_, 'b>) -> Value {
        let (name, arguments, order, tail) = match expression {
            Expr::FunctionCall {
                name,
                args,
                order_by,
                filter_over,
                ..
            } => (
                name,
                args.unwrap_or_default(),
                order_by.as_ref(),
                filter_over,
            ),
            Expr::FunctionCallStar { name, filter_over } => (name, &[][..], None, filter_over),
            _ => return Value::UNKNOWN,
        };
        let tail = tail.as_ref();
        let call = Call {
            name: unquoted(name.0).to_ascii_lowercase(),
            arguments,
            filter: tail.and_then(|tail| tail.filter_clause),
        };
        if let Some(over) = tail.and_then(|tail| tail.over_clause) {
            return self.window(&call, over, env);
        }
        if aggregate::is_aggregate(&call.name, arguments.len()) {
            let FunctionCallOrder::SortList(order) =
                order.unwrap_or(&FunctionCallOrder::SortList(&[]));
            return self.aggregate(&call, order, env);
        }
        self.scalar(&call, env)
    }

    fn scalar<'b>(&self, call: &Call<'b>, env: Env<'_, 'b>) -> Value {
        let arguments = call.arguments;
        if call.name == "iif"
            && let [condition, then, otherwise] = arguments
        {
            return self.iif(condition, then, otherwise, env);
        }
        let values = self.values(arguments, env);
        self.arguments_take(call, &values);
        let name = call.name.as_str();
        let any_null = values.iter().any(|value| value.nullable);
        let any_blob = values.iter().any(|value| value.may_be_blob());
        let first = values.first().copied().unwrap_or(Value::NULL);
        match name {
            "coalesce" | "ifnull" => first_not_null(&values),
            "nullif" => first.or_null(true),
            "likely" | "unlikely" | "likelihood" => first,
            "min" | "max" => {
                let all = values
                    .iter()
                    .fold(Value::NEVER, |all, value| all.or(*value));
                all.or_null(any_null)
            }
            "abs" => match first.types {
                types if types.is_within(Types::BOOLEAN.union(Types::INTEGER)) => {
                    Value::INTEGER.or_null(any_null)
                }
                types if types.is_within(Types::REAL) => Value::REAL.or_null(any_null),
                _ => Value::of(Types::INTEGER.union(Types::REAL)).or_null(any_null),
            },
            "round" => Value::REAL.or_null(any_null),
            // `sign` returns null for text that is not a number.
            "sign" => Value::INTEGER.or_null(any_null || !first.types.is_within(Types::NUMBER)),
            "changes" | "total_changes" | "last_insert_rowid" | "random" => Value::INTEGER,
            "char" | "concat" | "hex" | "quote" | "typeof" => Value::TEXT,
            "concat_ws" => Value::TEXT.or_null(first.nullable || first.may_be_blob()),
            // SQLite's `format` returns null instead of empty text.
            "format" | "printf" => {
                Value::TEXT.or_null(!arguments.first().is_some_and(formats_text))
            }
            "randomblob" | "zeroblob" => Value::BLOB,
            "unhex" => Value::BLOB.or_null(true),
            "unicode" => Value::INTEGER.or_null(true),
            "length" | "octet_length" => Value::INTEGER.or_null(any_null),
            "instr" => Value::INTEGER.or_null(any_null || any_blob),
            "glob" | "like" => Value::BOOLEAN.or_null(any_null || any_blob),
            "lower" | "upper" | "trim" | "ltrim" | "rtrim" => {
                Value::TEXT.or_null(any_null || any_blob)
            }
            "replace" => Value::TEXT.or_null(any_null || any_blob),
            // SQLite's `substr` returns null for an empty blob.
            "substr" | "substring" => {
                let types = if any_blob {
                    Types::TEXT.union(Types::BLOB)
                } else {
                    Types::TEXT
                };
                Value::of(types).or_null(any_null || any_blob)
            }
            _ => date::call(name, arguments)
                .or_else(|| json::call(name, arguments, &values))
                .unwrap_or(Value::UNKNOWN),
        }
    }

    fn iif<'b>(
        &self,
        condition: &'b Expr<'b>,
        then: &'b Expr<'b>,
        otherwise: &'b Expr<'b>,
        env: Env<'_, 'b>,
    ) -> Value {
        let value = self.value(condition, env);
        self.takes(condition, Types::INTEGER, Null::Neutral);
        let known = if value.nullable {
            Vec::new()
        } else {
            self.if_false(condition, env)
        };
        let then = self.assuming(self.if_true(condition, env), || self.value(then, env));
        then.or(self.assuming(known, || self.value(otherwise, env)))
    }

    /// If an argument of the call consists only of a parameter of the statement, records which storage classes the
    /// function expects for this parameter.
    fn arguments_take(&self, call: &Call<'_>, values: &[Value]) {
        let types: &[Types] = match call.name.as_str() {
            "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "replace" | "instr" | "unicode" => {
                &[Types::TEXT; 3]
            }
            "substr" | "substring" => &[Types::TEXT, Types::INTEGER, Types::INTEGER],
            "round" => &[Types::NUMBER, Types::INTEGER],
            "abs" | "sign" => &[Types::NUMBER],
            "char" => &[Types::INTEGER; 32],
            name if name.starts_with("json_")
                && !matches!(name, "json_array" | "json_object" | "json_quote") =>
            {
                &[Types::TEXT]
            }
            "json" => &[Types::TEXT],
            _ => &[],
        };
        let is_choice = matches!(
            call.name.as_str(),
            "coalesce" | "ifnull" | "nullif" | "min" | "max"
        );
        for (index, argument) in call.arguments.iter().enumerate() {
            if is_choice {
                let others = values
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != index);
                let others = others.filter(|(other, _)| {
                    super::parameters::parameter(&call.arguments[*other]).is_none()
                });
                let others = others.fold(Value::NEVER, |all, (_, value)| all.or(*value));
                self.compared(argument, others, Null::Wanted);
            } else {
                let types = types.get(index).copied().unwrap_or(Types::ANY);
                self.takes(argument, types, Null::Neutral);
            }
        }
    }
}

/// Returns whether `format` certainly returns non-empty text. This is true if the format is a literal that is not
/// empty, and every conversion in the format, such as `%d`, produces text.
fn formats_text(format: &Expr<'_>) -> bool {
    let Expr::Literal(Literal::String(text)) = format else {
        return false;
    };
    let text = unquoted(text);
    let produces_text = |piece: &str| {
        let flags = |c: char| c.is_ascii_digit() || "-+ 0#,!.*".contains(c);
        let conversion = piece.trim_start_matches(flags).chars().next();
        conversion.is_some_and(|c| "diuxXofeEgGsqQwc".contains(c))
    };
    !text.is_empty() && text.replace("%%", "").split('%').skip(1).all(produces_text)
}

/// Returns the inferred type and nullability of `coalesce`, which returns its first argument that is not null.
fn first_not_null(values: &[Value]) -> Value {
    let mut result = Value::NEVER;
    for value in values {
        result = result.or(value.not_null());
        if !value.nullable {
            return result;
        }
    }
    result.or_null(true)
}

/// Returns whether the function `name` returns null if any of its arguments is null.
pub(super) fn is_null_if_an_argument_is(name: &str, arguments: usize) -> bool {
    match unquoted(name).to_ascii_lowercase().as_str() {
        "abs" | "round" | "sign" | "length" | "octet_length" | "lower" | "upper" | "trim"
        | "ltrim" | "rtrim" | "replace" | "substr" | "substring" | "instr" | "unicode" | "glob"
        | "like" | "date" | "time" | "datetime" | "julianday" | "unixepoch" | "strftime"
        | "json_extract" | "json_array_length" | "json_type" => true,
        "min" | "max" => arguments > 1,
        _ => false,
    }
}
