//! Configuration and secrets.

use std::collections::BTreeSet;

use whippet::testing::TestApp;
use whippet::{App, Config, Retry, Secret};

#[whippet::test]
async fn debug_output_has_the_names_but_not_the_values_of_variables() {
    let config = Config::from_iter([("API_KEY", "hush")]);
    let app = TestApp::with_config(config.clone(), |_| Ok(App::new())).await;
    for shown in [
        format!("{config:?}"),
        format!("{:?}", app.context()),
        format!("{app:?}"),
    ] {
        assert!(shown.contains("API_KEY"), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }
}

#[whippet::test]
fn a_secret_is_redacted_until_it_is_exposed() {
    let config = Config::from_iter([("API_KEY", "hush")]);
    let secret = config.secret("API_KEY").unwrap();
    assert_eq!(format!("{secret:?} {secret}"), "[redacted] [redacted]");
    assert_eq!(format!("{:?}", Some(Secret::new(7))), "Some([redacted])");
    assert_eq!(*secret.expose(), "hush");
}

#[whippet::test]
fn the_digest_of_a_secret_is_its_sha_256() {
    // FIPS 180-2 appendix B.1.
    let digest = Secret::new("abc").digest();
    assert_eq!(digest[..4], [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(digest[28..], [0xf2, 0x00, 0x15, 0xad]);
}

#[whippet::test]
async fn a_token_has_256_random_bits() {
    let app = TestApp::new(|_| Ok(App::new())).await;
    let random = app.context().random();
    let tokens: BTreeSet<String> = (0..100).map(|_| random.token()).collect();
    assert_eq!(tokens.len(), 100);
    for token in tokens {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        assert!(
            token.len() == 43 && token.chars().all(is_allowed),
            "{token}"
        );
    }
}

#[whippet::test]
fn a_secret_matches_only_the_same_bytes() {
    let config = Config::from_iter([("API_KEY", "hush")]);
    let secret = config.secret("API_KEY").unwrap();
    assert!(secret.matches("hush") && secret.matches(b"hush".as_slice()));
    for other in ["", "hus", "hush!", "Hush", "hushhush"] {
        assert!(!secret.matches(other), "{other}");
    }
    assert!(Secret::new(vec![0_u8, 255]).matches([0, 255]));
}

#[whippet::test]
fn an_empty_variable_counts_as_absent() {
    let config = Config::from_iter([("A", "")]);
    assert_eq!(config.get("A"), None);
    assert!(config.secret("A").is_none());
    assert_eq!(config.parse("A", 7), Ok(7));
    assert_eq!(config.flag("A"), Ok(false));
}

#[whippet::test]
fn an_invalid_value_is_reported_with_its_variable() {
    let config = Config::from_iter([("PORT", "many"), ("FLAG", "yes"), ("RETRY", "5x")]);
    for (error, expected) in [
        (
            config.parse("PORT", 1_u16).unwrap_err(),
            r#"the variable PORT is "many": invalid digit found in string"#,
        ),
        (
            config.flag("FLAG").unwrap_err(),
            r#"the variable FLAG is "yes": set true or false"#,
        ),
        (
            config.parse("RETRY", Retry::default()).unwrap_err(),
            r#"the variable RETRY is "5x": "5x" is not a valid delay: write a delay of at most 30d, such as 500ms, 5s, 30m, 2h or 1d"#,
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}
