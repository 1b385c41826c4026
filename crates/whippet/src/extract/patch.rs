//! A member of a partial update.

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

/// A member of a partial update: left out, `null`, or a value. With `Option` the first two are the same.
///
/// It needs no `#[serde(default)]`, and the document says that the member may be left out. Rules are on the value:
/// `length`, `range`, `email`, `url`, `regex` and `nested` hold where there is none. A `custom` rule is given the `&Patch<T>`.
///
/// It serialises to the value or `null`. `#[serde(skip_serializing_if = "Patch::is_absent")]` leaves out what was.
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
    /// Left out: what is stored stays.
    #[default]
    Absent,
    /// `null`: what is stored goes.
    Null,
    /// A value, which takes the place of what is stored.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether it was left out.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value, where there is one.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Changes what is stored, unless it was left out.
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
        // serde reads a member that is not there from a deserializer that has nothing, and so fails before it visits.
        let mut is_there = false;
        let sent = Sent(&mut is_there, PhantomData);
        match deserializer.deserialize_newtype_struct("Patch", sent) {
            Err(_) if !is_there => Ok(Self::Absent),
            read => read,
        }
    }
}

/// Reads a member that is there, and notes that it is.
struct Sent<'a, T>(&'a mut bool, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Sent<'_, T> {
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

    // schemars has no public way for a type to say that a member of it may be left out.
    fn _schemars_private_is_option() -> bool {
        true
    }
}

impl<T: ValidateLength<u64>> ValidateLength<u64> for Patch<T> {
    fn length(&self) -> Option<u64> {
        self.value().length()
    }
}

impl<T: PartialOrd> ValidateRange<T> for Patch<T> {
    fn greater_than(&self, max: T) -> Option<bool> {
        self.value().map(|value| *value > max)
    }

    fn less_than(&self, min: T) -> Option<bool> {
        self.value().map(|value| *value < min)
    }
}

impl<T: ValidateEmail> ValidateEmail for Patch<T> {
    fn as_email_string(&self) -> Option<Cow<'_, str>> {
        self.value()?.as_email_string()
    }
}

impl<T: ValidateUrl> ValidateUrl for Patch<T> {
    fn as_url_string(&self) -> Option<Cow<'_, str>> {
        self.value()?.as_url_string()
    }
}

impl<T: ValidateRegex> ValidateRegex for Patch<T> {
    fn validate_regex(&self, regex: impl AsRegex) -> bool {
        self.value().is_none_or(|value| value.validate_regex(regex))
    }
}

impl<T: Validate> Validate for Patch<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.value().map_or(Ok(()), T::validate)
    }
}
