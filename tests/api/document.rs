//! The committed OpenAPI document.

use serde_json::Value;
use whippet::Config;

#[test]
fn openapi_json_is_what_the_program_says() {
    let written: Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    let said = relay::app(&Config::default()).unwrap().document();
    assert!(
        written == said,
        "openapi.json is out of date: run `make openapi` and commit the file"
    );
}
