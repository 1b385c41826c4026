//! W3C trace context (<https://www.w3.org/TR/trace-context-2/>): which trace a request or a task belongs to.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::Random;
use crate::id::{ascii, write_hex};

/// `traceparent`: taken from the caller if it is valid, else made, and sent with outbound requests.
pub(crate) const PARENT: HeaderName = HeaderName::from_static("traceparent");

/// `tracestate`: what the tracing systems of callers have to say, passed on.
pub(crate) const STATE: HeaderName = HeaderName::from_static("tracestate");

/// The length of a `traceparent` of version 00, and where in it the trace, the caller and the flags are.
const LENGTH: usize = 55;
const TRACE: Range<usize> = 3..35;
const SPAN: Range<usize> = 36..52;
const FLAGS: Range<usize> = 53..55;

/// The most of a `tracestate` that is passed on, in bytes (section 3.3.1.5) and members (section 3.3.1.1).
const MOST_STATE: usize = 512;
const MOST_MEMBERS: usize = 32;

/// The flags that mean something: sampled, and a random trace id (section 3.2.2.5).
const KNOWN_FLAGS: u8 = 0b11;

/// A place in a trace: the trace, what runs here in it, and what called that.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// What goes out as `traceparent`: version, trace, what runs here, flags.
    header: [u8; LENGTH],
    parent: Option<[u8; 16]>,
    state: Option<Box<str>>,
}

impl Trace {
    /// A trace that begins here.
    pub(crate) fn new(random: &Random) -> Self {
        let bytes = random.bytes::<24>();
        // Sampled, since it is logged, and random.
        let mut header = *b"00-00000000000000000000000000000000-0000000000000000-03";
        write_hex(&mut header[TRACE], &bytes[..16]);
        write_hex(&mut header[SPAN], &bytes[16..]);
        Self {
            header,
            parent: None,
            state: None,
        }
    }

    /// What a request with these headers is in its caller's trace, if the caller names one.
    pub(crate) fn from_headers(headers: &HeaderMap, random: &Random) -> Option<Self> {
        let mut parents = headers.get_all(PARENT).into_iter();
        let parent = parents.next()?.to_str().ok()?;
        // Which of several would be the caller's nobody can tell.
        if parents.next().is_some() {
            return None;
        }
        let state = joined(headers.get_all(STATE).into_iter());
        Self::below(parent, state.as_deref(), random)
    }

    /// What continues a trace that was written down by [`Self::to_text`].
    pub(crate) fn from_text(text: &str, random: &Random) -> Option<Self> {
        let (parent, state) = text
            .split_once(' ')
            .map_or((text, None), |(parent, state)| (parent, Some(state)));
        Self::below(parent, state, random)
    }

    /// `traceparent`, and after a space `tracestate`, if there is one.
    pub(crate) fn to_text(&self) -> String {
        let mut text = ascii(&self.header).to_owned();
        if let Some(state) = &self.state {
            text.push(' ');
            text.push_str(state);
        }
        text
    }

    fn below(parent: &str, state: Option<&str>, random: &Random) -> Option<Self> {
        let (trace, span, flags) = split(parent)?;
        let mut header = *b"00-00000000000000000000000000000000-0000000000000000-00";
        header[TRACE].copy_from_slice(trace.as_bytes());
        write_hex(&mut header[SPAN], &random.bytes::<8>());
        write_hex(&mut header[FLAGS], &[flags & KNOWN_FLAGS]);
        Some(Self {
            header,
            parent: span.as_bytes().try_into().ok(),
            state: state.and_then(members),
        })
    }

    /// The trace's id: 32 digits in hexadecimal.
    pub(crate) fn id(&self) -> &str {
        ascii(&self.header[TRACE])
    }

    /// The id of what runs here: 16 digits in hexadecimal.
    pub(crate) fn span_id(&self) -> &str {
        ascii(&self.header[SPAN])
    }

    /// The id of what called it.
    pub(crate) fn parent_id(&self) -> Option<&str> {
        self.parent.as_ref().map(|id| ascii(id))
    }

    /// A number that is random among traces and the same wherever one trace is seen: the 56 bits that callers have to make
    /// random too (section 3.2.2.3).
    pub(crate) fn draw(&self) -> u64 {
        u64::from_str_radix(&self.id()[18..], 16).unwrap_or_default()
    }

    /// Adds the headers of an outbound request, unless it has some of its own.
    pub(crate) fn send(&self, headers: &mut HeaderMap) {
        if headers.contains_key(PARENT) {
            return;
        }
        if let Ok(parent) = HeaderValue::from_bytes(&self.header) {
            headers.insert(PARENT, parent);
        }
        let state = self.state.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(state)) = state {
            headers.insert(STATE, state);
        }
    }
}

/// Trace, span and flags of a `traceparent` (section 3.2.2). A version that is not known yet may have more behind them.
fn split(parent: &str) -> Option<(&str, &str, u8)> {
    let parent = parent.trim_ascii();
    let (known, rest) = parent.split_at_checked(LENGTH)?;
    let is_in_place = |(at, byte)| match at {
        2 | 35 | 52 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    if !known.bytes().enumerate().all(is_in_place) {
        return None;
    }
    let is_whole = match &known[..2] {
        "ff" => false,
        "00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    let (trace, span, flags) = (&known[TRACE], &known[SPAN], &known[FLAGS]);
    let is_some = |id: &str| id.bytes().any(|byte| byte != b'0');
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (is_whole && is_some(trace) && is_some(span)).then_some((trace, span, flags))
}

fn joined<'a>(mut values: impl Iterator<Item = &'a HeaderValue>) -> Option<String> {
    let mut state = values.next()?.to_str().ok()?.to_owned();
    for value in values {
        state.push(',');
        state.push_str(value.to_str().ok()?);
    }
    Some(state)
}

/// As many members of a `tracestate` as are passed on; nothing of one that is not valid (section 3.3.1).
fn members(state: &str) -> Option<Box<str>> {
    let mut kept = String::with_capacity(state.len().min(MOST_STATE));
    let mut count = 0;
    let mut is_full = false;
    for member in state.split(',').map(str::trim_ascii) {
        if member.is_empty() {
            continue;
        }
        count += 1;
        let (key, value) = member.split_once('=')?;
        let is_key =
            |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
        let is_value = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
        let is_valid = !key.is_empty()
            && key.bytes().all(is_key)
            && !value.is_empty()
            && value.bytes().all(is_value);
        if !is_valid || count > MOST_MEMBERS {
            return None;
        }
        // The most recent members come first, so the others are the ones to lose.
        is_full |= kept.len() + member.len() + 1 > MOST_STATE;
        if !is_full {
            if !kept.is_empty() {
                kept.push(',');
            }
            kept.push_str(member);
        }
    }
    (!kept.is_empty()).then(|| kept.into_boxed_str())
}

#[cfg(test)]
mod tests {
    use super::{MOST_STATE, members, split};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn a_traceparent_is_taken_only_when_it_is_valid() {
        for (parent, is_valid) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("00-{TRACE}-{SPAN}-ff"), true),
            (format!(" 00-{TRACE}-{SPAN}-00\t"), true),
            (format!("cc-{TRACE}-{SPAN}-01"), true),
            (
                format!("cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like"),
                true,
            ),
            (format!("cc-{TRACE}-{SPAN}-01.what"), false),
            (format!("00-{TRACE}-{SPAN}-01-more"), false),
            (format!("ff-{TRACE}-{SPAN}-01"), false),
            (format!("00-{}-{SPAN}-01", "0".repeat(32)), false),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), false),
            (format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), false),
            (format!("00-{TRACE}-{SPAN}-0x"), false),
            (format!("00-{TRACE}-{SPAN}"), false),
            (format!("0-{TRACE}0-{SPAN}-01"), false),
            (format!("00_{TRACE}_{SPAN}_01"), false),
            (format!("00-{}é-{SPAN}-01", &TRACE[..30]), false),
            (format!("0é{}-{SPAN}-01", TRACE), false),
            (String::new(), false),
        ] {
            assert_eq!(split(&parent).is_some(), is_valid, "{parent:?}");
        }
    }

    #[test]
    fn a_tracestate_is_passed_on_in_whole_members() {
        let of = |state: &str| members(state).map(String::from);
        for (state, passed) in [
            ("congo=t61rcWkgMzE", Some("congo=t61rcWkgMzE")),
            ("rojo=1 , ,congo=2\t", Some("rojo=1,congo=2")),
            ("fw529a3039@dt=FfAAAA", Some("fw529a3039@dt=FfAAAA")),
            ("", None),
            (" , ", None),
            ("no-value", None),
            ("Upper=1", None),
            ("a=b=c", None),
            ("a=1,=2", None),
        ] {
            assert_eq!(of(state).as_deref(), passed, "{state:?}");
        }
        let many = |count: usize| vec!["a=1"; count].join(",");
        assert!(of(&many(32)).is_some());
        assert_eq!(of(&many(33)), None);
        let long = vec![format!("a={}", "x".repeat(97)); 6].join(",");
        let kept = of(&long).expect("some");
        assert_eq!((kept.len(), kept.len() <= MOST_STATE), (499, true));
    }
}
