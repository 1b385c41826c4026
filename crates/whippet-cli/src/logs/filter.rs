//! Selects log lines by level, request and conditions.

use anyhow::{Context, Result};
use memchr::memmem::Finder;

use super::{level::Level, record::Line};

/// Selects log lines by level, by request and by conditions. A part of the filter that is not set matches every line.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) level: Option<Level>,
    pub(super) request: Option<Request>,
    pub(super) conditions: Vec<Condition>,
}

impl Filter {
    /// Returns whether level, request and conditions are all unset. An empty filter selects all log lines, and also
    /// text that is not a log line.
    pub(super) fn is_empty(&self) -> bool {
        self.level.is_none() && self.request.is_none() && self.conditions.is_empty()
    }

    /// Returns whether `text` may contain a log line that matches. This test is cheap, and spares the caller from
    /// parsing most of the lines that do not match.
    pub(super) fn may_match(&self, text: &[u8]) -> bool {
        let mut request = self.request.iter();
        request.all(|request| request.finder.find(text).is_some())
    }

    pub(super) fn matches(&self, line: &Line<'_>) -> bool {
        let has_id = |request: &Request| {
            let mut ids = line.values("request_id");
            ids.any(|id| id.quoted() == Some(&*request.id))
        };
        self.level.is_none_or(|level| line.level <= level)
            && self.request.as_ref().is_none_or(has_id)
            && self
                .conditions
                .iter()
                .all(|condition| condition.matches(line))
    }
}

/// Selects the log lines of a request and of its tasks. All these lines have the same request id.
#[derive(Debug)]
pub(super) struct Request {
    id: String,
    finder: Finder<'static>,
}

impl Request {
    /// Creates a filter for a request. Returns `None` when `id` is not a valid request id (see `docs/LOGGING.md`).
    pub(super) fn new(id: String) -> Option<Self> {
        let is_valid =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_id = (1..=128).contains(&id.len()) && id.bytes().all(is_valid);
        let finder = Finder::new(&id).into_owned();
        is_id.then_some(Self { id, finder })
    }
}

/// A condition, such as `status>=500`, on a field of a log line.
#[derive(Debug)]
pub(super) struct Condition {
    key: String,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Is(String),
    IsNot(String),
    AtLeast(f64),
    AtMost(f64),
}

impl Condition {
    /// Parses a condition from the command line.
    ///
    /// # Errors
    ///
    /// Fails when the condition has no key or no operator, or when the value after `>=` or `<=` is not a number.
    pub(super) fn new(text: &str) -> Result<Self> {
        let (key, operator, value) = split(text).with_context(|| {
            format!(
                "`{text}` is not a valid condition; write KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER"
            )
        })?;
        let number = || {
            let number = value.parse().ok();
            number.with_context(|| {
                format!("`{text}` is not a valid condition: `{value}` is not a number; compare text with = or !=")
            })
        };
        let test = match operator {
            "!=" => Test::IsNot(value.to_owned()),
            ">=" => Test::AtLeast(number()?),
            "<=" => Test::AtMost(number()?),
            _ => Test::Is(value.to_owned()),
        };
        let key = key.to_owned();
        Ok(Self { key, test })
    }

    /// Returns whether `line` matches the condition. If the line repeats the key, one matching value is enough; with
    /// `!=`, every value must differ.
    fn matches(&self, line: &Line<'_>) -> bool {
        let mut values = line.values(&self.key);
        match &self.test {
            Test::Is(text) => values.any(|value| value.text() == *text),
            Test::IsNot(text) => values.all(|value| value.text() != *text),
            Test::AtLeast(least) => values.any(|value| value.number() >= Some(*least)),
            Test::AtMost(most) => {
                values.any(|value| value.number().is_some_and(|number| number <= *most))
            }
        }
    }
}

fn split(text: &str) -> Option<(&str, &str, &str)> {
    let at = text.find(['=', '!', '>', '<']).filter(|at| *at > 0)?;
    let (key, rest) = text.split_at(at);
    let mut operators = ["!=", ">=", "<=", "="].into_iter();
    operators.find_map(|operator| Some((key, operator, rest.strip_prefix(operator)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"level":"warn","message":"two words","request_id":"r-1","status":503,"ok":true,"none":null,"a":1,"a":2}"#;

    #[test]
    fn a_condition_compares_the_values_of_a_field() {
        let line = Line::parse(LINE).expect("a line");
        for (condition, matches) in [
            ("status=503", true),
            ("status=50", false),
            ("message=two words", true),
            ("ok=true", true),
            ("none=null", true),
            ("missing=", false),
            ("status!=200", true),
            ("status!=503", false),
            ("missing!=x", true),
            ("status>=500", true),
            ("status>=503.5", false),
            ("status<=503", true),
            ("missing>=-1", false),
            ("missing<=1", false),
            ("message>=-1", false),
            ("message<=1", false),
            ("a=1", true),
            ("a!=2", false),
            ("a>=2", true),
            ("level=warn", true),
        ] {
            let parsed = Condition::new(condition).expect(condition);
            assert_eq!(parsed.matches(&line), matches, "{condition}");
        }
    }

    #[test]
    fn a_line_must_match_every_part_of_a_filter() {
        let line = Line::parse(LINE).expect("a line");
        let matches = |level, request: Option<&str>, conditions: &[&str]| {
            let request = request.map(|id| Request::new(id.to_owned()).expect(id));
            let conditions = conditions.iter().map(|it| Condition::new(it).expect(it));
            let filter = Filter {
                level,
                request,
                conditions: conditions.collect(),
            };
            assert!(filter.may_match(LINE.as_bytes()) || !filter.matches(&line));
            filter.matches(&line)
        };
        let conditions = ["status=503", "ok=true"];
        assert!(matches(None, None, &[]));
        assert!(matches(Some(Level::Warn), Some("r-1"), &conditions));
        assert!(matches(Some(Level::Debug), None, &[]));
        assert!(!matches(Some(Level::Error), None, &[]));
        assert!(!matches(None, Some("r-"), &[]));
        assert!(!matches(None, Some("r-2"), &[]));
        assert!(!matches(None, None, &["status=503", "ok=false"]));
    }
}
