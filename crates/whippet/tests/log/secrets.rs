//! Secrets in log lines are redacted.

use crate::capture::{Log, keys};

#[whippet::test]
fn secrets_are_redacted_by_type_by_name_and_in_debug_text() {
    let log = Log::new([("LOG_REDACT", "pin")]);
    log.run(async |app| {
        let request = app.get("/secrets").bearer("hush-bearer");
        request.header("cookie", "session=hush-cookie").await
    });
    let lines = log.take();
    assert_eq!(lines.len(), 5);
    for line in &lines {
        assert!(!line.contains("hush"), "{line}");
        keys(line);
    }
    let [typed, by_key, in_span, debug, _] = lines.try_into().unwrap();
    assert!(typed.contains(r#""message":"with [redacted]""#), "{typed}");
    assert!(typed.ends_with(r#""key":"[redacted]"}"#), "{typed}");
    let fields = r#""api_key":"[redacted]","pin":"[redacted]","attempts":3}"#;
    assert!(by_key.ends_with(fields), "{by_key}");
    for field in [
        r#""session_token":"[redacted]""#,
        r#""cookie":"[redacted]""#,
        r#""password":"[redacted]""#,
        r#"{\"client_secret\":\"[redacted]\"}"#,
    ] {
        assert!(in_span.contains(field), "{in_span}");
    }
    for text in [
        r#"\"authorization\": \"[redacted]\""#,
        r#"NewUser { name: \"Ada\", password: Some(\"[redacted]\") }"#,
    ] {
        assert!(debug.contains(text), "{debug}");
    }
}
