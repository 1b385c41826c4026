//! The head of a part (RFC 7578 section 4).

use super::malformed;
use crate::Problem;

#[derive(Debug)]
pub(super) struct Head {
    pub(super) name: String,
    pub(super) file_name: Option<String>,
    pub(super) content_type: Option<String>,
}

impl Head {
    pub(super) fn read(head: &[u8]) -> Result<Self, Problem> {
        let text =
            std::str::from_utf8(head).map_err(|_| malformed("the head of a part is not UTF-8"))?;
        let (mut disposition, mut content_type) = ("", None);
        for line in text.split("\r\n") {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            if name.eq_ignore_ascii_case("content-disposition") {
                disposition = value.trim();
            } else if name.eq_ignore_ascii_case("content-type") {
                content_type = Some(value.trim().to_owned());
            }
        }
        let kind = disposition.split(';').next().unwrap_or_default();
        let name = parameter(disposition, "name");
        match name.filter(|_| kind.trim().eq_ignore_ascii_case("form-data")) {
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

/// The parameter behind a value such as `form-data; name="a"`.
///
/// Browsers write a quote in a value as `%22` and a backslash as itself, others `\"` (WHATWG HTML, "multipart/form-data
/// encoding algorithm"): so that is the one escape there is.
pub(super) fn parameter(header: &str, wanted: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (name, value) = rest.split_once('=')?;
        let (value, behind) = match value.trim_start().strip_prefix('"') {
            Some(quoted) => read_quoted(quoted)?,
            None => {
                let (value, behind) = value.split_once(';').unwrap_or((value, ""));
                (value.trim().to_owned(), behind)
            }
        };
        // A parameter without a value may come before it.
        let name = name.rsplit(';').next().unwrap_or_default();
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = behind;
    }
}

/// The text up to the closing quote, and what follows it.
fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\'])?;
        value.push_str(&rest[..at]);
        let (taken, behind) = match &rest.as_bytes()[at..] {
            [b'\\', b'"', ..] => ("\"", &rest[at + 2..]),
            [b'\\', ..] => ("\\", &rest[at + 1..]),
            _ => return Some((value, rest[at + 1..].trim_start_matches([' ', '\t', ';']))),
        };
        value.push_str(taken);
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::parameter;

    #[test]
    fn parameters_are_found_however_they_are_written() {
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
