//! Finds out which values the parameters of a statement accept. Each place where the statement uses a parameter limits
//! these values.

use sqlite3_parser::ast::{Expr, UnaryOperator};

use super::Analyzer;
use super::value::{Types, Value};

/// The uses of all parameters of a statement, by the index of the parameter.
#[derive(Debug, Default, Clone)]
pub(crate) struct Uses(Vec<Use>);

/// What all uses of one parameter have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    /// The storage classes that every use accepts.
    types: Types,
    /// True if the parameter is used at least once where null makes sense, for example in `?1 is null`.
    wanted: bool,
    /// True if null makes no sense for at least one use. For example, `x = ?1` is never true if `?1` is null.
    useless: bool,
}

/// Whether null makes sense as the value of a parameter in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    Wanted,
    Neutral,
    Useless,
}

impl Uses {
    const ANY: Use = Use {
        types: Types::ANY,
        wanted: false,
        useless: false,
    };

    fn add(&mut self, index: usize, other: Use) {
        if self.0.len() <= index {
            self.0.resize(index + 1, Self::ANY);
        }
        let all = &mut self.0[index];
        all.types = all.types.intersection(other.types);
        all.wanted |= other.wanted;
        all.useless |= other.useless;
    }

    /// Adds the uses of the same parameters in another variant of the statement.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (index, all) in other.0.iter().enumerate() {
            self.add(index, *all);
        }
    }

    /// Returns which values a parameter accepts. If no storage class fits every use of the parameter, its type is
    /// unknown.
    pub(crate) fn value(&self, index: usize) -> Value {
        let Some(all) = self.0.get(index) else {
            return Value::UNKNOWN;
        };
        let types = if all.types.is_empty() {
            Types::ANY
        } else {
            all.types
        };
        Value::of(types).or_null(all.wanted || !all.useless)
    }

    pub(super) fn values(&self) -> Vec<Value> {
        (0..self.0.len()).map(|index| self.value(index)).collect()
    }
}

/// If the expression is only a parameter, returns the index of the parameter: 0 for `?1`. Parentheses, `collate` and a
/// plus sign around the parameter are ignored.
pub(super) fn parameter(expression: &Expr<'_>) -> Option<usize> {
    match expression {
        Expr::Variable(name) => {
            let number: usize = name.trim_start_matches('?').parse().ok()?;
            number.checked_sub(1)
        }
        Expr::Parenthesized(inner) if inner.len() == 1 => parameter(&inner[0]),
        Expr::Collate(inner, _) | Expr::Unary(UnaryOperator::Positive, inner) => parameter(inner),
        _ => None,
    }
}

impl Analyzer<'_> {
    /// If `expression` is a parameter, records that this use accepts the storage classes in `types`.
    pub(super) fn takes(&self, expression: &Expr<'_>, types: Types, null: Null) {
        if let Some(index) = parameter(expression) {
            // Booleans are the integers 0 and 1, so a use that accepts booleans or integers accepts both.
            let types = if types.intersects(Types::BOOLEAN.union(Types::INTEGER)) {
                types.union(Types::BOOLEAN).union(Types::INTEGER)
            } else {
                types
            };
            let one = Use {
                types,
                wanted: null == Null::Wanted,
                useless: null == Null::Useless,
            };
            self.uses.borrow_mut().add(index, one);
        }
    }

    /// If `expression` is a parameter, records that the statement compares the parameter with the value `other`.
    pub(super) fn compared(&self, expression: &Expr<'_>, other: Value, null: Null) {
        let types = if other.types.is_empty() {
            Types::ANY
        } else if other.types.intersects(Types::REAL) {
            other.types.union(Types::NUMBER)
        } else {
            other.types
        };
        self.takes(expression, types, null);
    }

    /// Returns what the first pass has found out about the value of a parameter.
    pub(super) fn parameter_value(&self, expression: &Expr<'_>) -> Value {
        let known = parameter(expression).and_then(|index| self.parameters.get(index));
        known.copied().unwrap_or(Value::UNKNOWN)
    }
}
