//! The Rust types that a parameter accepts.

use std::borrow::Cow;

use bytes::Bytes;

use super::kind::{Any, Blob, Boolean, Integer, Nullable, Number, Real, Text};
use crate::{DbError, Timestamp, Value};

/// A Rust type that a parameter of the type `P` accepts. `P` is a parameter type, such as [`Integer`], [`Text`] or
/// `Nullable<Text>`.
///
/// A parameter accepts the Rust types that [`FromColumn`](super::FromColumn) lists, and references to these types. A
/// list or a map is bound as JSON text, which `json_each` reads. An `Option` is accepted only where null makes sense.
/// For example, the parameter in `x = :x` accepts no `Option`, because `x = null` is never true.
///
/// `#[derive(Column)]` implements the trait for types of your own.
pub trait ToParameter<P> {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot store the value.
    fn to_parameter(&self) -> Result<Value, DbError>;
}

impl<P, T: ToParameter<P> + ?Sized> ToParameter<P> for &T {
    fn to_parameter(&self) -> Result<Value, DbError> {
        (**self).to_parameter()
    }
}

impl<P, T: ToParameter<P>> ToParameter<Nullable<P>> for Option<T> {
    fn to_parameter(&self) -> Result<Value, DbError> {
        self.as_ref().map_or(Ok(Value::Null), T::to_parameter)
    }
}

/// Implements [`ToParameter`] for a Rust type and each parameter type that accepts it.
macro_rules! to_parameter {
    ($($type:ty: $($kind:ident)* => $write:expr;)*) => {$($(
        impl ToParameter<$kind> for $type {
            fn to_parameter(&self) -> Result<Value, DbError> {
                $write(self)
            }
        }
        impl ToParameter<Nullable<$kind>> for $type {
            fn to_parameter(&self) -> Result<Value, DbError> {
                $write(self)
            }
        }
    )*)*};
}

to_parameter! {
    bool: Boolean Integer Number Any => |value: &bool| Ok(Value::from(*value));
    i8: Boolean Integer Real Number Any => small;
    i16: Boolean Integer Real Number Any => small;
    i32: Boolean Integer Real Number Any => small;
    u8: Boolean Integer Real Number Any => small;
    u16: Boolean Integer Real Number Any => small;
    u32: Boolean Integer Real Number Any => small;
    i64: Boolean Integer Number Any => small;
    u64: Boolean Integer Number Any => large;
    usize: Boolean Integer Number Any => large;
    f32: Real Number Any => |value: &f32| Ok(Value::Real(f64::from(*value)));
    f64: Real Number Any => |value: &f64| Ok(Value::Real(*value));
    Timestamp: Integer Number Any => |value: &Timestamp| Ok(Value::from(*value));
    str: Text Any => |value: &str| Ok(Value::from(value));
    String: Text Any => |value: &String| Ok(Value::from(value));
    Box<str>: Text Any => |value: &str| Ok(Value::from(value));
    Cow<'_, str>: Text Any => |value: &str| Ok(Value::from(value));
    [u8]: Blob Any => |value: &[u8]| Ok(Value::from(value));
    Vec<u8>: Blob Any => |value: &[u8]| Ok(Value::from(value));
    Bytes: Blob Any => |value: &[u8]| Ok(Value::from(value));
}

impl<const N: usize> ToParameter<Blob> for [u8; N] {
    fn to_parameter(&self) -> Result<Value, DbError> {
        Ok(Value::from(&self[..]))
    }
}

impl<const N: usize> ToParameter<Nullable<Blob>> for [u8; N] {
    fn to_parameter(&self) -> Result<Value, DbError> {
        Ok(Value::from(&self[..]))
    }
}

/// Implements [`ToParameter`] for [`Value`]. What a `Value` contains is known only at run time, so a value of another
/// type causes an error at run time.
macro_rules! value {
    ($($kind:ident => $pattern:pat,)*) => {$(
        impl ToParameter<$kind> for Value {
            fn to_parameter(&self) -> Result<Value, DbError> {
                match self {
                    $pattern => Ok(self.clone()),
                    other => Err(mismatch(stringify!($kind), other)),
                }
            }
        }
        impl ToParameter<Nullable<$kind>> for Value {
            fn to_parameter(&self) -> Result<Value, DbError> {
                match self {
                    Value::Null => Ok(Value::Null),
                    value => ToParameter::<$kind>::to_parameter(value),
                }
            }
        }
    )*};
}

value! {
    Boolean => Value::Integer(_),
    Integer => Value::Integer(_),
    Real => Value::Real(_),
    Number => Value::Integer(_) | Value::Real(_),
    Text => Value::Text(_),
    Blob => Value::Blob(_),
    Any => Value::Integer(_) | Value::Real(_) | Value::Text(_) | Value::Blob(_),
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "all conversions have the same return type"
)]
fn small<T: Copy + Into<i64>>(value: &T) -> Result<Value, DbError> {
    Ok(Value::Integer((*value).into()))
}

fn large<T: Copy + TryInto<i64> + std::fmt::Display>(value: &T) -> Result<Value, DbError> {
    (*value).try_into().map(Value::Integer).map_err(|_| {
        DbError::Limit(format!(
            "{value} does not fit into an integer of the database: bind it as text"
        ))
    })
}

#[cold]
#[inline(never)]
fn mismatch(kind: &str, value: &Value) -> DbError {
    DbError::Decode(format!(
        "{value:?} is not a value for a parameter of the type {kind}"
    ))
}
