//! W3C trace context (<https://www.w3.org/TR/trace-context-2/>): the trace of a request or a task.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::Random;
use crate::id::{ascii, write_hex};

/// The header `traceparent`, which is read from requests and sent with outbound requests.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header `tracestate`. Tracing systems of the callers store data in this header, and outbound requests forward the
/// data.
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The variable that lets callers decide which traces are logged and exported: `true` or `false` (the default). With
/// `true`, the program uses the flag "sampled" and the random bits from the caller's trace context. Then all services
/// of a system sample the same traces. The drawback of `true` is that any caller can hide its requests from the log, or
/// have all of them logged and exported.
pub(crate) const TRUST_CALLERS: &str = "TRACE_TRUST_CALLERS";

/// The length of a `traceparent` of version 00, and where it contains the trace id, the span id and the flags.
const LENGTH: usize = 55;
const TRACE_ID: Range<usize> = 3..35;
const SPAN_ID: Range<usize> = 36..52;
const FLAGS: Range<usize> = 53..55;

/// The maximum length of a forwarded `tracestate`, in bytes (Trace Context section 3.3.1.5).
const MAX_STATE_BYTES: usize = 512;

/// The maximum number of list members in a `tracestate` (Trace Context section 3.3.1.1).
const MAX_STATE_MEMBERS: usize = 32;

/// The flag "sampled" of `traceparent` (Trace Context section 3.2.2.5.1).
const SAMPLED: u8 = 0b01;

/// The flags that version 00 of `traceparent` defines: "sampled" and "random trace id" (Trace Context section 3.2.2.5).
const DEFINED_FLAGS: u8 = 0b11;

/// The trace context of a request, task attempt or outbound call: the trace, the span, and the parent of the span.
#[derive(Debug, Clone)]
pub(crate) struct TraceContext {
    /// The `traceparent` for outbound requests: version, trace id, span id, flags.
    header: [u8; LENGTH],
    parent_id: Option<[u8; 16]>,
    state: Option<Box<str>>,
}

impl TraceContext {
    /// Starts a new trace.
    pub(crate) fn new(random: &Random) -> Self {
        let bytes = random.bytes::<24>();
        // The flags `03` are "sampled" and "random trace id".
        let mut header = *b"00-00000000000000000000000000000000-0000000000000000-03";
        write_hex(&mut header[TRACE_ID], &bytes[..16]);
        write_hex(&mut header[SPAN_ID], &bytes[16..]);
        Self {
            header,
            parent_id: None,
            state: None,
        }
    }

    /// Continues the trace in the headers of a request. Returns `None` if the headers contain no valid `traceparent`.
    ///
    /// If `trusts_caller` is false, the trace id and the flags from the caller do not affect whether the trace is
    /// sampled.
    pub(crate) fn from_headers(
        headers: &HeaderMap,
        trusts_caller: bool,
        random: &Random,
    ) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).into_iter();
        let parent = parents.next()?.to_str().ok()?;
        // If a request has several `traceparent` headers, it is not clear which trace to continue.
        if parents.next().is_some() {
            return None;
        }
        let state = join(headers.get_all(TRACESTATE).into_iter());
        let mut trace = Self::child_of(parent, state.as_deref(), random)?;
        if !trusts_caller {
            trace.sample_again(state.as_deref(), random);
        }
        Some(trace)
    }

    /// Continues a trace from text that [`Self::to_text`] wrote, or returns `None` if the text is not valid.
    pub(crate) fn from_text(text: &str, random: &Random) -> Option<Self> {
        let (parent, state) = text
            .split_once(' ')
            .map_or((text, None), |(parent, state)| (parent, Some(state)));
        Self::child_of(parent, state, random)
    }

    /// Returns `traceparent`. If the trace has a `tracestate`, a space and the `tracestate` follow.
    pub(crate) fn to_text(&self) -> String {
        let mut text = ascii(&self.header).to_owned();
        if let Some(state) = &self.state {
            text.push(' ');
            text.push_str(state);
        }
        text
    }

    /// Creates a child span of the span in a `traceparent`.
    fn child_of(parent: &str, state: Option<&str>, random: &Random) -> Option<Self> {
        let (trace_id, span_id, flags) = parse_parent(parent)?;
        let mut header = *b"00-00000000000000000000000000000000-0000000000000000-00";
        header[TRACE_ID].copy_from_slice(trace_id.as_bytes());
        write_hex(&mut header[SPAN_ID], &random.bytes::<8>());
        write_hex(&mut header[FLAGS], &[flags & DEFINED_FLAGS]);
        Some(Self {
            header,
            parent_id: span_id.as_bytes().try_into().ok(),
            state: state.and_then(|state| forwarded_state(None, state)),
        })
    }

    /// Discards the caller's sampling decision: sets the flag "sampled", and chooses new random bits. This service and
    /// the services that it calls decide by these bits whether to sample the trace.
    fn sample_again(&mut self, state: Option<&str>, random: &Random) {
        let flags = self.flags() | SAMPLED;
        write_hex(&mut self.header[FLAGS], &[flags]);
        let mut member = *b"ot=rv:00000000000000";
        write_hex(&mut member[RANDOMNESS_PREFIX.len()..], &random.bytes::<7>());
        self.state = forwarded_state(Some(ascii(&member)), state.unwrap_or_default());
    }

    /// Returns the trace id: 32 hexadecimal digits.
    pub(crate) fn id(&self) -> &str {
        ascii(&self.header[TRACE_ID])
    }

    /// Returns the span id: 16 hexadecimal digits.
    pub(crate) fn span_id(&self) -> &str {
        ascii(&self.header[SPAN_ID])
    }

    /// Returns the id of the parent span: the span of the caller, or of the request that enqueued the task.
    pub(crate) fn parent_id(&self) -> Option<&str> {
        self.parent_id.as_ref().map(|id| ascii(id))
    }

    /// Returns the 56 random bits of the trace. All services get the same bits for a trace, so they can sample the same
    /// traces.
    ///
    /// If the header `tracestate` has an entry `ot` (OpenTelemetry) with a value `rv`, the bits are this value. Otherwise,
    /// the bits are the last 56 bits of the trace id. The service that starts a trace should choose these bits at random (Trace
    /// Context section 3.2.2.3).
    pub(crate) fn random_bits(&self) -> u64 {
        let explicit = self.state.as_deref().and_then(explicit_randomness);
        explicit.unwrap_or_else(|| u64::from_str_radix(&self.id()[18..], 16).unwrap_or_default())
    }

    /// Returns `tracestate`, if the trace has one.
    #[cfg(feature = "otlp")]
    pub(crate) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// Returns the flags of `traceparent`.
    pub(crate) fn flags(&self) -> u8 {
        u8::from_str_radix(ascii(&self.header[FLAGS]), 16).unwrap_or_default()
    }

    /// Returns whether the flag "sampled" is set in `traceparent`.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_sampled(&self) -> bool {
        self.flags() & SAMPLED != 0
    }

    /// Adds `traceparent` and `tracestate` to the headers of an outbound request, unless the headers already contain a
    /// `traceparent`.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        if headers.contains_key(TRACEPARENT) {
            return;
        }
        if let Ok(parent) = HeaderValue::from_bytes(&self.header) {
            headers.insert(TRACEPARENT, parent);
        }
        let state = self.state.as_deref().map(HeaderValue::from_str);
        if let Some(Ok(state)) = state {
            headers.insert(TRACESTATE, state);
        }
    }
}

/// Parses a `traceparent`, and returns its trace id, span id and flags (Trace Context section 3.2.2). Later versions of
/// `traceparent` may append more fields.
fn parse_parent(parent: &str) -> Option<(&str, &str, u8)> {
    let parent = parent.trim_ascii();
    let (fields, rest) = parent.split_at_checked(LENGTH)?;
    let is_valid_byte = |(index, byte)| match index {
        2 | 35 | 52 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    if !fields.bytes().enumerate().all(is_valid_byte) {
        return None;
    }
    let is_complete = match &fields[..2] {
        "ff" => false,
        "00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with('-'),
    };
    let (trace_id, span_id, flags) = (&fields[TRACE_ID], &fields[SPAN_ID], &fields[FLAGS]);
    let is_not_zero = |id: &str| id.bytes().any(|byte| byte != b'0');
    let flags = u8::from_str_radix(flags, 16).ok()?;
    let is_valid = is_complete && is_not_zero(trace_id) && is_not_zero(span_id);
    is_valid.then_some((trace_id, span_id, flags))
}

/// Joins the values of several `tracestate` headers (Trace Context section 3.3.1).
fn join<'a>(mut values: impl Iterator<Item = &'a HeaderValue>) -> Option<String> {
    let mut state = values.next()?.to_str().ok()?.to_owned();
    for value in values {
        state.push(',');
        state.push_str(value.to_str().ok()?);
    }
    Some(state)
}

/// The start of the list member in which OpenTelemetry stores the random bits (OpenTelemetry specification,
/// "TraceState: Handling", "Explicit randomness value `rv`"). 14 hexadecimal digits follow.
const RANDOMNESS_PREFIX: &str = "ot=rv:";

/// Returns the random bits from OpenTelemetry's list member in a `tracestate`.
fn explicit_randomness(state: &str) -> Option<u64> {
    let member = state
        .split(',')
        .find_map(|member| member.strip_prefix("ot="))?;
    let digits = member
        .split(';')
        .find_map(|value| value.strip_prefix("rv:"))?;
    let is_valid = digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|_| is_valid)
}

/// Returns the list members of `state` to forward, or `None` if there are none. An invalid `tracestate` is not
/// forwarded (Trace Context section 3.3.1). If `own` is given, it becomes the first list member, and replaces
/// OpenTelemetry's list member.
fn forwarded_state(own: Option<&str>, state: &str) -> Option<Box<str>> {
    let mut forwarded = own.unwrap_or_default().to_owned();
    if let Some(members) = valid_members(own.is_some(), state) {
        for member in members {
            // The oldest list members come last. They are dropped if the `tracestate` is too long.
            if forwarded.len() + member.len() + 1 > MAX_STATE_BYTES {
                break;
            }
            if !forwarded.is_empty() {
                forwarded.push(',');
            }
            forwarded.push_str(member);
        }
    }
    (!forwarded.is_empty()).then(|| forwarded.into_boxed_str())
}

/// Returns the list members of a `tracestate`, or `None` if the `tracestate` is not valid.
fn valid_members(without_opentelemetry: bool, state: &str) -> Option<impl Iterator<Item = &str>> {
    let members = || {
        let members = state.split(',').map(str::trim_ascii);
        members.filter(|member| !member.is_empty())
    };
    let is_key =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    let is_value = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    let is_valid = |member: &str| {
        member.split_once('=').is_some_and(|(key, value)| {
            !key.is_empty()
                && key.bytes().all(is_key)
                && !value.is_empty()
                && value.bytes().all(is_value)
        })
    };
    let is_all_valid = members().all(is_valid) && members().count() <= MAX_STATE_MEMBERS;
    let most = MAX_STATE_MEMBERS - usize::from(without_opentelemetry);
    let kept = move |member: &&str| !without_opentelemetry || !member.starts_with("ot=");
    is_all_valid.then(|| members().filter(kept).take(most))
}

#[cfg(test)]
mod tests {
    use super::{MAX_STATE_BYTES, explicit_randomness, forwarded_state, parse_parent};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn only_valid_traceparents_are_accepted() {
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
            assert_eq!(parse_parent(&parent).is_some(), is_valid, "{parent:?}");
        }
    }

    #[test]
    fn only_whole_list_members_of_a_tracestate_are_forwarded() {
        let forwarded = |state: &str| forwarded_state(None, state).map(String::from);
        for (state, expected) in [
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
            assert_eq!(forwarded(state).as_deref(), expected, "{state:?}");
        }
        let many = |count: usize| vec!["a=1"; count].join(",");
        assert!(forwarded(&many(32)).is_some());
        assert_eq!(forwarded(&many(33)), None);
        let long = vec![format!("a={}", "x".repeat(97)); 6].join(",");
        let length = forwarded(&long).expect("list members").len();
        assert_eq!((length, length <= MAX_STATE_BYTES), (499, true));
    }

    #[test]
    fn the_own_list_member_replaces_the_callers_member_of_opentelemetry() {
        let forwarded = |state: &str| forwarded_state(Some("ot=rv:0"), state).map(String::from);
        for (state, expected) in [
            ("", "ot=rv:0"),
            ("a=1,ot=th:8;rv:1,b=2", "ot=rv:0,a=1,b=2"),
            ("not valid", "ot=rv:0"),
        ] {
            assert_eq!(forwarded(state).as_deref(), Some(expected), "{state:?}");
        }
        let members = forwarded(&vec!["a=1"; 32].join(",")).expect("members");
        assert_eq!(members.split(',').count(), 32);
    }

    #[test]
    fn explicit_randomness_is_read_from_opentelemetrys_list_member() {
        for (state, expected) in [
            ("ot=rv:0000000000000f", Some(15)),
            ("a=1,ot=th:8;rv:ffffffffffffff", Some(0x00ff_ffff_ffff_ffff)),
            ("ot=rv:f", None),
            ("ot=rv:+000000000000f", None),
            ("got=rv:0000000000000f", None),
            ("ot=th:8", None),
        ] {
            assert_eq!(explicit_randomness(state), expected, "{state:?}");
        }
    }
}
