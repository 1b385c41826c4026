//! Parses JSON objects and log lines.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{level::Level, value::Value};

/// The role of a key in a formatted log line. For the keys of log lines, see `docs/LOGGING.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Timestamp,
    Level,
    Message,
    Target,
    Error,
    Method,
    Route,
    Status,
    Duration,
    Task,
    Attempt,
    /// `trace_id`, `span_id` and `parent_span_id`, which are not displayed.
    Trace,
    Other,
}

impl Role {
    const COUNT: usize = Self::Other as usize;

    fn of(key: &str) -> Self {
        match key {
            "timestamp" => Self::Timestamp,
            "level" => Self::Level,
            "message" => Self::Message,
            "target" => Self::Target,
            "error" => Self::Error,
            "method" => Self::Method,
            "route" => Self::Route,
            "status" => Self::Status,
            "duration_ms" => Self::Duration,
            "task" => Self::Task,
            "attempt" => Self::Attempt,
            "trace_id" | "span_id" | "parent_span_id" => Self::Trace,
            _ => Self::Other,
        }
    }
}

/// A field of a JSON object. A log line may repeat a key, because a span and an event can have fields with the same
/// name.
#[derive(Debug)]
pub(super) struct Field<'a> {
    pub(super) key: Cow<'a, str>,
    pub(super) value: Value<'a>,
    pub(super) role: Role,
}

/// A JSON object, and its fields in the order of the text.
#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) json: &'a str,
    pub(super) fields: Vec<Field<'a>>,
}

impl<'a> Object<'a> {
    /// Parses the object at the start of `text`. Returns `None` when `text` does not start with an object.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut objects = serde_json::Deserializer::from_str(text).into_iter();
        let Fields(fields) = objects.next()?.ok()?;
        let json = &text[..objects.byte_offset()];
        Some(Self { json, fields })
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|field| field.key == key)
    }
}

/// A log line: an object with a level and a message.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) json: &'a str,
    pub(super) level: Level,
    pub(super) fields: Vec<Field<'a>>,
    by_role: [Option<Value<'a>>; Role::COUNT],
}

impl<'a> Line<'a> {
    /// Converts `object` to a log line, or returns `object` as the error when it is not a log line.
    pub(super) fn new(object: Object<'a>) -> Result<Self, Object<'a>> {
        let mut by_role = [None; Role::COUNT];
        for field in &object.fields {
            if let Some(value) = by_role.get_mut(field.role as usize) {
                *value = Some(field.value);
            }
        }
        let level = by_role[Role::Level as usize]
            .and_then(|level| Level::from_name(level.quoted().unwrap_or_default()));
        match level {
            Some(level) if by_role[Role::Message as usize].is_some() => Ok(Self {
                json: object.json,
                level,
                fields: object.fields,
                by_role,
            }),
            _ => Err(object),
        }
    }

    /// Parses the log line at the start of `text`. Returns `None` when `text` does not start with a log line.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        Self::new(Object::parse(text)?).ok()
    }

    /// Returns the value of the key with this role. If the line repeats the key, returns the last value.
    pub(super) fn get(&self, role: Role) -> Option<Value<'a>> {
        self.by_role.get(role as usize).copied().flatten()
    }

    /// Returns the values of all fields with this key.
    pub(super) fn values(&self, key: &str) -> impl Iterator<Item = Value<'a>> {
        let fields = self.fields.iter().filter(move |field| field.key == key);
        fields.map(|field| field.value)
    }
}

struct Fields<'a>(Vec<Field<'a>>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;

        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(16);
                while let Some(Key(key)) = map.next_key()? {
                    let value: &'de RawValue = map.next_value()?;
                    fields.push(Field {
                        role: Role::of(&key),
                        value: Value(value.get()),
                        key,
                    });
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// The key of a field, borrowed unless the key contains escapes. A plain `Cow<str>` would not be borrowed, because
/// serde always deserializes a `Cow<str>` as an owned string.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_object_with_a_level_and_a_message() {
        for (text, is_line) in [
            (r#"{"level":"info","message":"m"}"#, true),
            (r#"{"level":"WARN","message":""} and more"#, true),
            (r#"{"level":"loud","message":"m"}"#, false),
            (r#"{"level":3,"message":"m"}"#, false),
            (r#"{"message":"m"}"#, false),
            (r#"{"level":"info"}"#, false),
            (r#"{"level":"info","message":"m""#, false),
            (r#"{"level":"info","message":"m",}"#, false),
            (r#"["level","info","message","m"]"#, false),
            ("{}", false),
        ] {
            assert_eq!(Line::parse(text).is_some(), is_line, "{text}");
        }
    }

    #[test]
    fn get_returns_the_last_value_of_a_repeated_key_and_values_returns_every_value() {
        let text = r#"{"level":"info","message":"m","status":200,"a":1,"status":500,"a":2}"#;
        let line = Line::parse(text).expect("a line");
        assert_eq!(line.get(Role::Status), Some(Value("500")));
        assert_eq!(
            line.values("a").collect::<Vec<_>>(),
            [Value("1"), Value("2")]
        );
    }

    #[test]
    fn text_after_an_object_is_ignored() {
        let object = Object::parse("{\"a\\u0062\": [1, {}]} \u{1b}[0m").expect("an object");
        assert_eq!(object.json, "{\"a\\u0062\": [1, {}]}");
        assert!(object.has("ab"));
    }
}
