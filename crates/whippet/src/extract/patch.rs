//! A field of a partial update.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use validator::{
    AsRegex, Validate, ValidateEmail, ValidateLength, ValidateRange, ValidateRegex, ValidateUrl,
    ValidationErrors,
};

use crate::sql::{FitsOptional, Nullable, ToParameter};
use crate::{DbError, Value};

/// A field of a partial update: absent, `null`, or a value. An `Option` does not distinguish an absent field from
/// `null`. A field that may be absent, but not `null`, is a [`Change`](super::Change).
///
/// A `Patch` field needs no `#[serde(default)]`, and is optional in the OpenAPI document. The validation rules
/// `length`, `range`, `email`, `url`, `regex` and `nested` check the value. If the field is absent or `null`, these
/// rules pass. A `custom` validation rule gets the `&Patch<T>`.
///
/// A `Patch` serializes to its value or `null`. `#[serde(skip_serializing_if = "Patch::is_absent")]` omits an absent
/// field.
///
/// ```
/// use serde::Deserialize;
/// use whippet::Patch;
///
/// #[derive(Deserialize)]
/// struct UserUpdate { name: Patch<String>, nickname: Patch<String>, age: Patch<u8> }
///
/// let update: UserUpdate = serde_json::from_str(r#"{"nickname": null, "age": 36}"#)?;
/// assert_eq!(update.name, Patch::Absent);
/// assert_eq!(update.nickname, Patch::Null);
/// assert_eq!(update.age, Patch::Set(36));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field is absent: the stored value stays.
    #[default]
    Absent,
    /// The field is `null`: the stored value is removed.
    Null,
    /// The field has a value, which replaces the stored value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field is absent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns the value, if the field has one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Returns the value, if the field has one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Sets `stored` to the value, or to `None` if the field is `null`. An absent field leaves `stored` unchanged.
    ///
    /// ```
    /// # use whippet::Patch;
    /// let mut nickname = Some("Ada");
    /// Patch::Absent.apply_to(&mut nickname);
    /// assert_eq!(nickname, Some("Ada"));
    /// Patch::Null.apply_to(&mut nickname);
    /// assert_eq!(nickname, None);
    /// ```
    pub fn apply_to(self, stored: &mut Option<T>) {
        if !self.is_absent() {
            *stored = self.into_value();
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // For an absent field, serde passes a deserializer that fails for every type except `Option`. This deserializer
        // fails before it calls the visitor, so `is_present` stays false.
        let mut is_present = false;
        let visitor = PresentField(&mut is_present, PhantomData);
        match deserializer.deserialize_newtype_struct("Patch", visitor) {
            Err(_) if !is_present => Ok(Self::Absent),
            read => read,
        }
    }
}

/// Reads a field that is present, and sets the flag `is_present`.
struct PresentField<'a, T>(&'a mut bool, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PresentField<'_, T> {
    type Value = Patch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Patch<T>, D::Error> {
        *self.0 = true;
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Patch::Null, Patch::Set))
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        Option::<T>::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Option::<T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }

    // Makes the field optional in the schema. schemars has no public function to make a field optional.
    fn _schemars_private_is_option() -> bool {
        true
    }
}

/// Implements the validation rules for a type that has a method `value`. The rules check the value that this method
/// returns. If the method returns `None`, the rules pass.
macro_rules! rules_of_value {
    ($type:ident) => {
        impl<T: ValidateLength<u64>> ValidateLength<u64> for $type<T> {
            fn length(&self) -> Option<u64> {
                self.value().length()
            }
        }

        impl<T: PartialOrd> ValidateRange<T> for $type<T> {
            fn greater_than(&self, max: T) -> Option<bool> {
                self.value().map(|value| *value > max)
            }

            fn less_than(&self, min: T) -> Option<bool> {
                self.value().map(|value| *value < min)
            }
        }

        impl<T: ValidateEmail> ValidateEmail for $type<T> {
            fn as_email_string(&self) -> Option<Cow<'_, str>> {
                self.value()?.as_email_string()
            }
        }

        impl<T: ValidateUrl> ValidateUrl for $type<T> {
            fn as_url_string(&self) -> Option<Cow<'_, str>> {
                self.value()?.as_url_string()
            }
        }

        impl<T: ValidateRegex> ValidateRegex for $type<T> {
            fn validate_regex(&self, regex: impl AsRegex) -> bool {
                self.value().is_none_or(|value| value.validate_regex(regex))
            }
        }

        impl<T: Validate> Validate for $type<T> {
            fn validate(&self) -> Result<(), ValidationErrors> {
                self.value().map_or(Ok(()), T::validate)
            }
        }
    };
}

pub(super) use rules_of_value;

rules_of_value!(Patch);

/// If the field is absent, the SQL does not contain the optional pieces that name the parameter. Compilation fails if
/// the column cannot be null, because the field can be `null`.
#[diagnostic::do_not_recommend]
impl<Name, P, T: ToParameter<P>> FitsOptional<Name, Nullable<P>> for Patch<T> {
    fn write_optional(&self) -> Option<Result<Value, DbError>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(Ok(Value::Null)),
            Self::Set(value) => Some(value.to_parameter()),
        }
    }
}
