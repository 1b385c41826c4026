//! The rule for the URL of an endpoint.

use validator::ValidationError;
use whippet::axum::http::Uri;

use super::error;

/// The maximum number of characters in a URL, before and after percent-encoding. Many servers and proxies reject longer
/// URLs.
pub(super) const MAX_URL: usize = 2048;

/// Checks the URL of an endpoint. The URL must be absolute, `http` or `https`, have no user name or password, and have
/// at most [`MAX_URL`] characters. The HTTP client of every host must accept the URL.
pub(super) fn target_url(text: &str) -> Result<(), ValidationError> {
    if text.chars().count() > MAX_URL {
        let message = format!("must be at most {MAX_URL} characters");
        return Err(error("length", message));
    }
    let url = url::Url::parse(text).map_err(|invalid| {
        let hint = if text.is_ascii() {
            ""
        } else {
            "; write an international domain name in its ASCII form, xn--…"
        };
        error(
            "url",
            format!("must be an absolute URL such as https://example.com/hook: {invalid}{hint}"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(error(
            "url",
            format!("must be an http or https URL, not {}", url.scheme()),
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error(
            "url",
            "must not contain a user name or password; use `headers` instead",
        ));
    }
    if url.as_str().len() > MAX_URL {
        let message = format!(
            "must be at most {MAX_URL} characters after percent-encoding, not {}",
            url.as_str().len()
        );
        return Err(error("length", message));
    }
    // The native host and Spin send a request to an `http::Uri`, which allows fewer characters than a `Url`.
    url.as_str().parse::<Uri>().map_err(|invalid| {
        error(
            "url",
            format!("cannot be sent in an HTTP request: {invalid}"),
        )
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::target_url;

    #[test]
    fn international_domain_names_are_accepted_in_their_ascii_form_only() {
        for url in [
            "https://BÜCHER.example/",
            "https://bücher.example/",
            "http://１２７.0.0.1/",
        ] {
            assert!(target_url(url).is_err(), "{url}");
        }
        assert!(target_url("https://xn--bcher-kva.example/").is_ok());
    }

    #[test]
    fn a_url_has_at_most_2048_characters_once_percent_encoded() {
        let url = |character: &str, count| format!("https://a.example/{}", character.repeat(count));
        assert!(target_url(&url("a", 2030)).is_ok());
        assert!(target_url(&url("a", 2031)).is_err());
        assert!(target_url(&url("é", 338)).is_ok());
        assert!(target_url(&url("é", 339)).is_err());
    }

    #[test]
    fn every_accepted_url_is_a_valid_uri_for_the_outbound_client() {
        for byte in 0..=127_u8 {
            for url in [
                format!("https://a.example/{}", char::from(byte)),
                format!("https://a.example/?{}", char::from(byte)),
                format!("https://a{}b.example/", char::from(byte)),
            ] {
                if target_url(&url).is_ok() {
                    let parsed = url::Url::parse(&url).unwrap();
                    assert!(parsed.as_str().parse::<super::Uri>().is_ok(), "{url:?}");
                }
            }
        }
    }
}
