//! Times in a schema: the scalar `DateTime`.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::Timestamp;

/// A time as RFC 3339 text, such as `2026-01-31T12:00:00.000Z`.
#[Scalar(name = "DateTime")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let time = Self::parse(text);
        time.ok_or_else(|| InputValueError::custom(format!("{text:?} is not an RFC 3339 time")))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}
