//! The media type of a response.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{Problem, ProblemType};
use axum::http::StatusCode;

/// The problem for a client that accepts none of the media types that the server can send.
pub(super) const NOT_ACCEPTABLE: ProblemType = ProblemType {
    status: StatusCode::NOT_ACCEPTABLE,
    name: "not_acceptable",
    title: "Not Acceptable",
    doc: "The header `Accept` excludes every media type that the server can send. `detail` lists these media types.",
    extensions: &[],
};

/// A media type of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/json`: the status of every response to a well-formed request is 200.
    Json,
    /// `application/graphql-response+json`: the status is 400 if nothing was executed.
    Response,
}

impl Media {
    pub(super) const JSON: &str = "application/json";
    pub(super) const RESPONSE: &str = "application/graphql-response+json";
    pub(super) const EVENTS: &str = "text/event-stream";

    pub(super) fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Response => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// The media types that a client accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The media type for a response that is a single result; `None` if the client accepts only a stream of events.
    pub(super) result: Option<Media>,
    /// Whether the client accepts a stream of events, `text/event-stream`.
    pub(super) events: bool,
}

impl Accepted {
    /// Reads the header `Accept`. A request without this header, or with `Accept: */*`, gets `application/json`, as the
    /// draft of GraphQL over HTTP requires.
    ///
    /// Fails with a 406 if the client accepts no media type that the server can send.
    pub(super) fn from_headers(headers: &HeaderMap) -> Result<Self, Problem> {
        let values = headers.get_all(header::ACCEPT).into_iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        let text = values.join(",");
        if text.trim().is_empty() {
            let result = Some(Media::Json);
            return Ok(Self {
                result,
                events: false,
            });
        }
        let mut best: Option<(Media, f32)> = None;
        let mut events = false;
        for range in text.split(',') {
            let (essence, quality) = parse(range);
            if quality <= 0.0 {
                continue;
            }
            let media = match &*essence {
                Media::RESPONSE => Media::Response,
                Media::JSON | "application/*" | "*/*" => Media::Json,
                Media::EVENTS => {
                    events = true;
                    continue;
                }
                _ => continue,
            };
            if best.is_none_or(|(_, highest)| quality > highest) {
                best = Some((media, quality));
            }
        }
        if best.is_none() && !events {
            return Err(NOT_ACCEPTABLE.with_detail(format!(
                "the server can send {}, {} and {}",
                Media::RESPONSE,
                Media::JSON,
                Media::EVENTS
            )));
        }
        let result = best.map(|(media, _)| media);
        Ok(Self { result, events })
    }
}

/// Returns two values: the media range in lower case, and the weight of the range (RFC 9110 section 12.4.2).
fn parse(range: &str) -> (String, f32) {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_weight = name.trim().eq_ignore_ascii_case("q");
        is_weight.then(|| value.trim().parse().unwrap_or(0.0))
    });
    (essence, weight.unwrap_or(1.0))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header};

    use super::{Accepted, Media};

    #[test]
    fn the_media_type_with_the_highest_weight_is_chosen() {
        let accepted = |accept: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            let accepted = Accepted::from_headers(&headers).ok()?;
            Some((accepted.result, accepted.events))
        };
        let (json, response) = (Some(Media::Json), Some(Media::Response));
        for (accept, expected) in [
            ("", Some((json, false))),
            ("*/*", Some((json, false))),
            ("application/*", Some((json, false))),
            ("application/json", Some((json, false))),
            ("Application/GraphQL-Response+JSON", Some((response, false))),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some((response, false)),
            ),
            (
                "application/graphql-response+json;q=0.5, application/json",
                Some((json, false)),
            ),
            (
                "application/json; charset=utf-8; q=0.2, */*;q=0.1",
                Some((json, false)),
            ),
            ("text/event-stream", Some((None, true))),
            ("text/event-stream, application/json", Some((json, true))),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json;q=x", None),
        ] {
            assert_eq!(accepted(accept), expected, "{accept}");
        }
        let none = Accepted::from_headers(&HeaderMap::new()).unwrap();
        assert_eq!((none.result, none.events), (json, false));
    }
}
