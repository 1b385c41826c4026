//! The query parameters that filter lists.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use whippet::Timestamp;

/// Event types, sent as `event_types=a,b`, or as several parameters with the name `event_types`, `event_types[]` or
/// `event_types[0]`.
#[derive(Debug)]
pub(crate) struct EventTypeFilter(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for EventTypeFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EventTypes)
    }
}

/// Reads one value or a list of values. Each value is one or more event types, separated by commas.
struct EventTypes;

impl<'de> Visitor<'de> for EventTypes {
    type Value = EventTypeFilter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("event types, separated by commas")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<EventTypeFilter, E> {
        Ok(EventTypeFilter(
            text.split(',').map(str::to_owned).collect(),
        ))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<EventTypeFilter, A::Error> {
        let mut all = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            all.extend(text.split(',').map(str::to_owned));
        }
        Ok(EventTypeFilter(all))
    }
}

impl JsonSchema for EventTypeFilter {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "EventTypeFilter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string"})
    }
}

/// A time in a format that Svix's SDKs send: RFC 3339, or the format in which Rust, Ruby or Go prints a time, such as
/// `2026-01-31 12:00:00.5 UTC`.
#[derive(Debug)]
pub(crate) struct TimeFilter(pub(crate) Timestamp);

impl<'de> Deserialize<'de> for TimeFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = parse_time(&text).map(Self);
        time.ok_or_else(|| de::Error::custom(format!("{text:?} is not an RFC 3339 time")))
    }
}

impl JsonSchema for TimeFilter {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Timestamp::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Timestamp::json_schema(generator)
    }
}

/// Parses a time. Spaces may separate the date, the time of day and the UTC offset. The offset has a form such as `Z`,
/// `UTC`, `+01:00` or `+0100`. The name of a time zone may follow a numeric offset.
fn parse_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let end = rest.find(|part: char| !(part.is_ascii_digit() || matches!(part, ':' | '.')))?;
    let (time, zone) = rest.split_at(end);
    let zone = zone.strip_prefix(' ').unwrap_or(zone);
    let zone = match zone.split_once(' ') {
        Some((offset, _)) if offset.starts_with(['+', '-']) => offset,
        Some(_) => return None,
        None => zone,
    };
    let zone = match zone.split_at_checked(3) {
        Some(("UTC", "")) => "Z".to_owned(),
        Some((hours, minutes)) if minutes.len() == 2 => format!("{hours}:{minutes}"),
        _ => zone.to_owned(),
    };
    Timestamp::parse(&format!("{date}T{time}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    #[test]
    fn times_are_read_in_the_forms_that_sdks_send() {
        for (text, expected) in [
            ("2026-11-27T03:41:21Z", "2026-11-27T03:41:21.000Z"),
            ("2026-11-27T03:41:21.030Z", "2026-11-27T03:41:21.030Z"),
            ("2026-11-27t03:41:21.03z", "2026-11-27T03:41:21.030Z"),
            (
                "2026-11-27T03:41:21.030000+00:00",
                "2026-11-27T03:41:21.030Z",
            ),
            ("2026-11-27T04:41:21+01:00", "2026-11-27T03:41:21.000Z"),
            ("2026-11-27 03:41:21 UTC", "2026-11-27T03:41:21.000Z"),
            ("2026-11-27 03:41:21.03 UTC", "2026-11-27T03:41:21.030Z"),
            ("2026-11-27 04:41:21 +0100", "2026-11-27T03:41:21.000Z"),
            (
                "2026-11-27 03:41:21.03 +0000 UTC",
                "2026-11-27T03:41:21.030Z",
            ),
            ("2026-11-27 04:41:21 +0100 CET", "2026-11-27T03:41:21.000Z"),
        ] {
            let time = parse_time(text).map(|time| time.to_string());
            assert_eq!(time.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-11-27",
            "2026-11-27T03:41:21",
            "2026-11-27T03:41Z",
            "2026-11-27 03:41:21 01:00",
            "2026-11-27 03:41:21 CET",
            "2026-11-27 03:41:21 UTC x",
            "2026-13-27 03:41:21 UTC",
            "2026-11-27\u{e9}3:41:21Z",
        ] {
            assert!(parse_time(text).is_none(), "{text}");
        }
    }
}
