//! Log fields that are bound to a request. If several fields have the same name, the latest takes precedence.

use serde_json::{Value, json};

use crate::capture::{Log, keys, logged, parsed};

#[whippet::test]
fn a_bound_field_is_on_every_later_line_of_the_request() {
    let [before, inside, after, request] = parsed("/bound/acme").try_into().unwrap();
    let fields = |line: &Value| ["tenant", "scores", "depth"].map(|name| line[name].clone());
    assert_eq!(fields(&before), [json!(null), json!(null), json!(null)]);
    assert_eq!(fields(&inside), [json!("acme"), json!("[1,2]"), json!(2)]);
    assert_eq!(fields(&after), [json!("acme!"), json!("[1,2]"), json!(2)]);
    assert_eq!(fields(&request), fields(&after));
}

#[whippet::test]
fn configured_names_are_redacted_inside_bound_values() {
    let log = Log::new([("LOG_REDACT", "ssn,card-number")]);
    log.run(async |app| app.get("/bound-secrets").await);
    let line = log.take().pop().unwrap();
    assert!(!line.contains("hush") && !line.contains("4242"), "{line}");
    keys(&line);
    for field in [
        r#""user":"{\"card_number\":\"[redacted]\",\"name\":\"Ada\",\"ssn\":\"[redacted]\"}""#,
        r#""users":"[{\"ssn\":[\"[redacted]\"]}]""#,
        r#""text":"{\"password\": \"[redacted]\"}""#,
        r#""ssn":"[redacted]""#,
        r#""ratio":"1:2""#,
    ] {
        assert!(line.contains(field), "{line}");
    }
}

#[whippet::test]
fn only_the_later_of_two_fields_with_the_same_key_is_written() {
    let lines = logged("/repeated");
    for line in &lines {
        keys(line);
    }
    let [one_of_each, own, _] = parsed("/repeated").try_into().unwrap();
    let values = ["a", "b", "c", "d", "e"].map(|name| one_of_each[name].clone());
    let later = ["outer", "2", "3", "bound last", "5"];
    let text = |value: &Value| value.to_string().replace('"', "");
    assert_eq!(values.each_ref().map(text), later);
    assert_eq!(own["d"], "event");
}

#[whippet::test]
fn concurrent_requests_have_separate_ids_fields_and_counts() {
    let log = Log::new([]);
    log.run(async |app| {
        let request = |path: &'static str| {
            let id = path[1..].replace('/', "-");
            app.get(path).header("x-request-id", &id).into_future()
        };
        tokio::join!(request("/meet/a"), request("/meet/b"))
    });
    let lines = log.parsed();
    let steps: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "step")
        .collect();
    assert_eq!(steps.len(), 6);
    for line in steps {
        assert_eq!(line["name"], line["expected"]);
        let name = line["name"].as_str().unwrap();
        assert_eq!(line["request_id"], format!("meet-{name}"));
    }
    for line in lines.iter().filter(|line| line["message"] == "request") {
        let statements = if line["name"] == "a" {
            json!(3)
        } else {
            json!(null)
        };
        assert_eq!(line["db_statements"], statements);
    }
}
