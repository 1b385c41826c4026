//! The committed OpenAPI document.

use serde_json::{Value, json};
use whippet::Config;

fn committed() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

#[test]
fn openapi_json_is_up_to_date() {
    let committed = committed();
    let generated = relay::app(&Config::default()).unwrap().document();
    assert!(
        committed == generated,
        "openapi.json is out of date: run `make openapi` and commit the file"
    );
}

#[test]
fn every_example_is_valid_against_its_schema() {
    let document = committed();
    let mut seen = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": document["components"]});
            let options = jsonschema::options().should_validate_formats(true);
            let validator = options.build(&schema).unwrap();
            let errors: Vec<_> = validator
                .iter_errors(example)
                .map(|error| error.to_string())
                .collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            seen.push(name.as_str());
        }
    }
    let expected = [
        "Application",
        "ApplicationPatch",
        "Endpoint",
        "EndpointPatch",
        "Message",
        "NewApplication",
        "NewEndpoint",
        "NewMessage",
    ];
    assert_eq!(seen, expected);
}
