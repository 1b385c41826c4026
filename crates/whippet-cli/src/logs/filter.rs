//! Which lines are wanted.

use anyhow::{Context, Result};
use memchr::memmem::Finder;

use super::{level::Level, record::Line};

/// What a line has to be; every part that is set has to hold.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub(super) level: Option<Level>,
    pub(super) request: Option<Request>,
    pub(super) conditions: Vec<Condition>,
}

impl Filter {
    /// Whether lines are wanted whatever they say, and with them what is no line.
    pub(super) fn is_open(&self) -> bool {
        self.level.is_none() && self.request.is_none() && self.conditions.is_empty()
    }

    /// Whether a line in `text` may be wanted; cheap, so that most lines need not be parsed.
    pub(super) fn may_admit(&self, text: &[u8]) -> bool {
        let mut request = self.request.iter();
        request.all(|request| request.finder.find(text).is_some())
    }

    pub(super) fn admits(&self, line: &Line<'_>) -> bool {
        let is_of = |request: &Request| {
            let mut ids = line.values("request_id");
            ids.any(|id| id.quoted() == Some(&*request.id))
        };
        self.level.is_none_or(|level| line.level <= level)
            && self.request.as_ref().is_none_or(is_of)
            && self.conditions.iter().all(|it| it.holds(line))
    }
}

/// The request that lines belong to. Its tasks' lines carry its id.
#[derive(Debug)]
pub(super) struct Request {
    id: String,
    finder: Finder<'static>,
}

impl Request {
    /// The request with this id, if it can be one; see `docs/LOGGING.md`.
    pub(super) fn new(id: String) -> Option<Self> {
        let may_be = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_id = (1..=128).contains(&id.len()) && id.bytes().all(may_be);
        let finder = Finder::new(&id).into_owned();
        is_id.then_some(Self { id, finder })
    }
}

/// What a field has to be, as in `status>=500`.
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
    /// Reads a condition from the command line.
    ///
    /// # Errors
    ///
    /// Fails when it has no key, no operator, or compares with what is no number.
    pub(super) fn new(text: &str) -> Result<Self> {
        let (key, operator, value) = split(text).with_context(|| {
            format!(
                "`{text}` is no condition; write KEY=VALUE, KEY!=VALUE, KEY>=NUMBER or KEY<=NUMBER"
            )
        })?;
        let number = || {
            let number = value.parse().ok();
            number.with_context(|| {
                format!("`{text}` compares with `{value}`, which is no number; texts can be compared with = and !=")
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

    /// A repeated key is what any of its values is.
    fn holds(&self, line: &Line<'_>) -> bool {
        let mut values = line.values(&self.key);
        match &self.test {
            Test::Is(text) => values.any(|value| value.text() == *text),
            Test::IsNot(text) => values.all(|value| value.text() != *text),
            Test::AtLeast(least) => values.any(|value| value.number() >= Some(*least)),
            Test::AtMost(most) => values.any(|value| value.number().is_some_and(|it| it <= *most)),
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
    fn a_condition_holds_for_some_lines() {
        let line = Line::parse(LINE).expect("a line");
        for (condition, holds) in [
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
            let read = Condition::new(condition).expect(condition);
            assert_eq!(read.holds(&line), holds, "{condition}");
        }
    }

    #[test]
    fn every_part_of_a_filter_has_to_hold() {
        let line = Line::parse(LINE).expect("a line");
        let admits = |level, request: Option<&str>, conditions: &[&str]| {
            let request = request.map(|id| Request::new(id.to_owned()).expect(id));
            let conditions = conditions.iter().map(|it| Condition::new(it).expect(it));
            let filter = Filter {
                level,
                request,
                conditions: conditions.collect(),
            };
            assert!(filter.may_admit(LINE.as_bytes()) || !filter.admits(&line));
            filter.admits(&line)
        };
        let conditions = ["status=503", "ok=true"];
        assert!(admits(None, None, &[]));
        assert!(admits(Some(Level::Warn), Some("r-1"), &conditions));
        assert!(admits(Some(Level::Debug), None, &[]));
        assert!(!admits(Some(Level::Error), None, &[]));
        assert!(!admits(None, Some("r-"), &[]));
        assert!(!admits(None, Some("r-2"), &[]));
        assert!(!admits(None, None, &["status=503", "ok=false"]));
    }
}
