//! The headers of a part of a multipart body (RFC 7578 section 4).

use super::malformed;
use crate::Problem;

/// The headers of a part of a multipart body.
#[derive(Debug)]
pub(in crate::extract) struct Head {
    pub(in crate::extract) name: String,
    pub(in crate::extract) file_name: Option<String>,
    pub(in crate::extract) content_type: Option<String>,
}

impl Head {
    pub(super) fn read(head: &[u8]) -> Result<Self, Problem> {
        let text = std::str::from_utf8(head)
            .map_err(|_| malformed("the headers of a part are not valid UTF-8"))?;
        let (mut disposition, mut content_type) = ("", None);
        for line in text.split("\r\n") {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            if name.eq_ignore_ascii_case("content-disposition") {
                disposition = value.trim();
            } else if name.eq_ignore_ascii_case("content-type") {
                content_type = Some(value.trim().to_owned());
            }
        }
        let disposition_type = disposition.split(';').next().unwrap_or_default();
        let name = parameter(disposition, "name");
        match name.filter(|_| disposition_type.trim().eq_ignore_ascii_case("form-data")) {
            Some(name) => Ok(Self {
                name,
                file_name: parameter(disposition, "filename"),
                content_type,
            }),
            None => Err(malformed(
                "a part has no name; send `Content-Disposition: form-data; name=\"…\"`",
            )),
        }
    }
}

/// Returns a parameter of a header value such as `form-data; name="a"`.
///
/// The only escape in a quoted parameter is `\"`, which some clients send. Browsers send a quote as `%22`, and do not
/// escape a backslash (WHATWG HTML, "multipart/form-data encoding algorithm").
pub(super) fn parameter(header: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.trim_start().strip_prefix('"') {
            Some(quoted) => read_quoted(quoted)?,
            None => {
                let (value, after) = value.split_once(';').unwrap_or((value, ""));
                (value.trim().to_owned(), after)
            }
        };
        // `name` also contains any preceding parameters without a value, as in `form-data; flag; name="a"`.
        let name = name.rsplit(';').next().unwrap_or_default();
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// Returns two texts: the unescaped text before the closing quote, and the rest of the header after this quote.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        value.push_str(&rest[..at]);
        let (unescaped, after) = match &rest.as_bytes()[at..] {
            [b'\\', b'"', ..] => ("\"", &rest[at + 2..]),
            [b'\\', ..] => ("\\", &rest[at + 1..]),
            _ => return Some((value, rest[at + 1..].trim_start_matches([' ', '\t', ';']))),
        };
        value.push_str(unescaped);
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn a_header_parameter_is_found_in_every_notation() {
        for (header, expected) in [
            ("form-data; name=\"a\"", Some("a")),
            ("form-data; name=a", Some("a")),
            ("form-data;NAME = a ; filename=b", Some("a")),
            ("form-data; filename=\"x; name=y\"; name=\"a\"", Some("a")),
            (
                "form-data; filename=\"\\\"; name=\\\"y\"; name=\"a\"",
                Some("a"),
            ),
            ("form-data; name=\"C:\\dir\\a\"", Some("C:\\dir\\a")),
            ("form-data; name=\"\"", Some("")),
            ("form-data; name=\"é\"", Some("é")),
            ("form-data; filename=\"name=a\"", None),
            ("form-data; name=\"a", None),
            ("form-data; name", None),
            ("form-data", None),
            ("", None),
        ] {
            assert_eq!(parameter(header, "name").as_deref(), expected, "{header}");
        }
    }
}
