//! Properties of signatures.

use proptest::prelude::*;
use relay::{Secret, sign, verify};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Returns a configuration that does not store failed cases in files. Instead, write a separate test for a failed case.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    }
}

fn secret() -> Secret {
    SECRET.parse().unwrap()
}

proptest! {
    #![proptest_config(config())]

    #[whippet::test]
    fn a_signature_is_valid_among_other_signatures(
        id in "[a-zA-Z0-9_]{1,20}",
        now in 0..4_000_000_000_i64,
        late in -300..=300_i64,
        payload in any::<Vec<u8>>(),
        others in "( |v1,|v2,|v1a,|[a-zA-Z0-9+/=]{0,20}){0,6}",
    ) {
        let signature = sign(&secret(), &id, now, &payload);
        for signatures in [signature.clone(), format!("{others} {signature}"), format!("{signature} {others}")] {
            let verified = verify(&secret(), &id, &now.to_string(), &signatures, &payload, now + late);
            prop_assert_eq!(verified, Ok(()), "{}", signatures);
        }
    }

    #[whippet::test]
    fn a_changed_delivery_is_rejected(
        id in "[a-z0-9]{1,9}",
        now in 1_000..4_000_000_000_i64,
        payload in prop::collection::vec(any::<u8>(), 1..60),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let signature = sign(&secret(), &id, now, &payload);
        let mut changed = payload.clone();
        changed[at.index(payload.len())] ^= 1 << bit;
        let time = now.to_string();
        prop_assert!(verify(&secret(), &id, &time, &signature, &changed, now).is_err());
        let (another, later) = (format!("{id}x"), (now + 1).to_string());
        prop_assert!(verify(&secret(), &another, &time, &signature, &payload, now).is_err());
        prop_assert!(verify(&secret(), &id, &later, &signature, &payload, now).is_err());
        prop_assert!(verify(&secret(), &id, &time, &signature, &payload, now + 301).is_err());
        prop_assert!(verify(&secret(), &id, &time, &signature, &payload, now - 301).is_err());
    }

    #[whippet::test]
    fn text_that_is_not_a_signature_is_rejected(text in any::<String>(), time in "[0-9-]{0,22}") {
        prop_assert!(verify(&secret(), "id", &time, &text, b"", 0).is_err());
    }

    #[whippet::test]
    fn the_error_for_an_invalid_secret_does_not_contain_the_secret(text in "[ -~]{0,80}") {
        if let Err(error) = text.parse::<Secret>() {
            prop_assert!(text.len() < 8 || !error.to_string().contains(&text));
        }
    }
}
