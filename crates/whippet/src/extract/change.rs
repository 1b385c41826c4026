//! A type for a field that a partial update can omit, but not set to `null`.

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

use super::patch::rules_of_value;
use crate::sql::{FitsOptional, ToParameter};
use crate::{DbError, Value};

/// A field of a partial update. The field is absent or has a value. `null` is rejected, because the stored value cannot
/// be removed. A [`Patch`](super::Patch) also accepts `null`.
///
/// A `Change` field needs no `#[serde(default)]`, and is optional in the OpenAPI document. The validation rules
/// `length`, `range`, `email`, `url`, `regex` and `nested` check the value. If the field is absent, these rules pass. A
/// `custom` validation rule gets the `&Change<T>`.
///
/// `#[serde(skip_serializing_if = "Change::is_absent")]` omits an absent field, which otherwise serializes to `null`.
///
/// ```
/// use serde::Deserialize;
/// use whippet::Change;
///
/// #[derive(Deserialize)]
/// struct NoteUpdate { title: Change<String>, stars: Change<u8> }
///
/// let update: NoteUpdate = serde_json::from_str(r#"{"title": "Tea"}"#)?;
/// assert_eq!(update.title, Change::Set("Tea".to_owned()));
/// assert_eq!(update.stars, Change::Absent);
/// assert!(serde_json::from_str::<NoteUpdate>(r#"{"title": null}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The field is absent: the stored value stays.
    #[default]
    Absent,
    /// The field has a value, which replaces the stored value.
    Set(T),
}

impl<T> Change<T> {
    /// Whether the field is absent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Returns the value, if the field has one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent => None,
        }
    }

    /// Returns the value, if the field has one. `None` is bound to a query as `null`, so `set title = coalesce(?2,
    /// title)` leaves the stored value unchanged if the field is absent.
    pub fn into_value(self) -> Option<T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Absent => None,
        }
    }

    /// Replaces `stored` if the field has a value.
    ///
    /// ```
    /// # use whippet::Change;
    /// let mut title = "Tea";
    /// Change::Absent.apply_to(&mut title);
    /// assert_eq!(title, "Tea");
    /// Change::Set("Coffee").apply_to(&mut title);
    /// assert_eq!(title, "Coffee");
    /// ```
    pub fn apply_to(self, stored: &mut T) {
        if let Self::Set(value) = self {
            *stored = value;
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // For an absent field, serde passes a deserializer that fails for every type except `Option`. This deserializer
        // fails before it calls the visitor, so `is_present` stays false.
        let mut is_present = false;
        let visitor = PresentField(&mut is_present, PhantomData);
        match deserializer.deserialize_newtype_struct("Change", visitor) {
            Err(_) if !is_present => Ok(Self::Absent),
            read => read,
        }
    }
}

/// Reads a field that is present, and sets the flag `is_present`.
struct PresentField<'a, T>(&'a mut bool, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PresentField<'_, T> {
    type Value = Change<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Change<T>, D::Error> {
        *self.0 = true;
        T::deserialize(deserializer).map(Change::Set)
    }
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Change<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }

    // Makes the field optional in the schema. schemars has no public function to make a field optional.
    fn _schemars_private_is_option() -> bool {
        true
    }
}

rules_of_value!(Change);

/// If the field is absent, the SQL does not contain the optional pieces that name the parameter.
#[diagnostic::do_not_recommend]
impl<Name, P, T: ToParameter<P>> FitsOptional<Name, P> for Change<T> {
    fn write_optional(&self) -> Option<Result<Value, DbError>> {
        self.value().map(T::to_parameter)
    }
}
