//! The OpenAPI document, and the variables of the hosts.

use notes::NotesSettings;
use whippet::Config;
use whippet::testing::variable_mistakes;

#[whippet::test]
fn the_document_shows_security_limits_files_and_events() {
    let document = notes::app(&Config::default())
        .map(|app| app.document())
        .unwrap_or_default();
    let paths = &document["paths"];
    let create = &paths["/notes"]["post"];
    assert_eq!(create["security"][0]["token"][0], "notes:write");
    for status in ["201", "401", "403", "409", "422", "429"] {
        assert!(create["responses"][status].is_object(), "{status}");
    }
    assert!(create["responses"]["201"]["headers"]["ETag"].is_object());
    let upload =
        &paths["/notes/{id}/attachments"]["post"]["requestBody"]["content"]["multipart/form-data"];
    assert_eq!(upload["schema"]["properties"]["file"]["format"], "binary");
    let download = &paths["/notes/{note}/attachments/{id}"]["get"]["responses"];
    assert!(download["206"].is_object() && download["416"].is_object());
    let events = paths["/notes/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
        .to_string();
    assert!(events.contains("reminded"), "{events}");
}

#[whippet::test]
fn the_hosts_pass_exactly_the_variables_that_the_api_reads() {
    for manifest in [
        include_str!("../../wrangler.toml"),
        include_str!("../../spin.toml"),
    ] {
        assert_eq!(variable_mistakes::<NotesSettings>(manifest), [""; 0]);
    }
}
