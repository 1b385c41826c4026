//! Symmetric signatures (`v1`) of Standard Webhooks 1.0.0.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

/// The prefix of a secret as text (Standard Webhooks, "Signature scheme").
const PREFIX: &str = "whsec_";

/// The length in bytes of a generated secret: the minimum that Standard Webhooks allows.
pub(crate) const GENERATED_BYTES: usize = 24;

/// The maximum number of seconds between a timestamp and the current time: five minutes, as in the reference libraries.
const TOLERANCE: u64 = 5 * 60;

/// A signing secret of 24 to 75 bytes, as in the Svix API. The `Debug` text does not contain the secret.
///
/// The text form of a secret is `whsec_` and base64. Parsing also accepts base64 without the prefix.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(crate) fn to_text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }
}

impl std::str::FromStr for Secret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix(PREFIX).unwrap_or(text);
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| SecretError::NotBase64)?;
        if (24..=75).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(SecretError::Length(bytes.len()))
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// The reason why a text is not a valid secret. The error does not contain the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretError {
    /// The text after the prefix is not base64 with padding.
    NotBase64,
    /// The secret has this number of bytes, which is less than 24 or more than 75.
    Length(usize),
}

impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotBase64 => f.write_str("must be base64, with or without the prefix whsec_"),
            Self::Length(bytes) => {
                write!(f, "must be base64 of 24 to 75 random bytes, not {bytes}")
            }
        }
    }
}

impl std::error::Error for SecretError {}

/// Signs a message. Returns the value of the header `webhook-signature`: `v1,` and the base64 of the HMAC-SHA256 over
/// `{id}.{timestamp}.{payload}`.
#[must_use]
pub fn sign(secret: &Secret, id: &str, timestamp: i64, payload: &[u8]) -> String {
    format!(
        "v1,{}",
        STANDARD.encode(digest(secret, id, timestamp, payload))
    )
}

/// Verifies a delivery, as a receiver does.
///
/// `timestamp` and `signatures` are the values of the headers `webhook-timestamp` and `webhook-signature`. `now` is in
/// seconds since the Unix epoch.
///
/// # Errors
///
/// Returns an error if the timestamp is not an integer, if it is more than five minutes before or after `now`, or if no
/// `v1` signature matches.
pub fn verify(
    secret: &Secret,
    id: &str,
    timestamp: &str,
    signatures: &str,
    payload: &[u8],
    now: i64,
) -> Result<(), VerifyError> {
    let timestamp: i64 = timestamp.parse().map_err(|_| VerifyError::Timestamp)?;
    if now.abs_diff(timestamp) > TOLERANCE {
        return Err(VerifyError::Tolerance);
    }
    let expected = digest(secret, id, timestamp, payload);
    let given = signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"));
    let given = given.filter_map(|encoded| STANDARD.decode(encoded).ok());
    // Compares all signatures, so that the duration does not reveal which signature matched.
    let matches = given.fold(Choice::from(0), |any, signature| {
        any | signature.ct_eq(&expected)
    });
    if matches.into() {
        Ok(())
    } else {
        Err(VerifyError::NoMatch)
    }
}

fn digest(secret: &Secret, id: &str, timestamp: i64, payload: &[u8]) -> Vec<u8> {
    // Creating the HMAC cannot fail, because HMAC accepts keys of any length (RFC 2104 section 2).
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else {
        return Vec::new();
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(payload);
    mac.finalize().into_bytes().to_vec()
}

/// The reason why a delivery cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyError {
    /// The timestamp is not an integer.
    Timestamp,
    /// The timestamp is more than five minutes in the past or the future.
    Tolerance,
    /// No `v1` signature matches.
    NoMatch,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Timestamp => "webhook-timestamp is not an integer",
            Self::Tolerance => "webhook-timestamp is more than five minutes in the past or future",
            Self::NoMatch => "no v1 signature in webhook-signature matches",
        })
    }
}

impl std::error::Error for VerifyError {}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretError, VerifyError, digest, sign, verify};

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: i64 = 1_614_265_330;
    const PAYLOAD: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret() -> Secret {
        SECRET.parse().unwrap()
    }

    fn check(
        timestamp: &str,
        signatures: &str,
        payload: &[u8],
        now: i64,
    ) -> Result<(), VerifyError> {
        verify(&secret(), ID, timestamp, signatures, payload, now)
    }

    #[test]
    fn signatures_match_both_test_vectors_of_the_reference_libraries() {
        assert_eq!(sign(&secret(), ID, AT, PAYLOAD), SIGNATURE);
        let other: Secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse().unwrap();
        let payload = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signature = sign(
            &other,
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            payload,
        );
        assert_eq!(signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_signed_delivery_is_valid_within_five_minutes_of_its_timestamp() {
        for now in [AT, AT - 300, AT + 300] {
            assert_eq!(check("1614265330", SIGNATURE, PAYLOAD, now), Ok(()));
        }
        for now in [AT - 301, AT + 301, i64::MIN, i64::MAX] {
            assert_eq!(
                check("1614265330", SIGNATURE, PAYLOAD, now),
                Err(VerifyError::Tolerance)
            );
        }
    }

    #[test]
    fn a_timestamp_that_is_not_an_integer_is_rejected() {
        for timestamp in ["", "hello", "1614265330.5", "0x1", "99999999999999999999"] {
            assert_eq!(
                check(timestamp, SIGNATURE, PAYLOAD, AT),
                Err(VerifyError::Timestamp),
                "{timestamp}"
            );
        }
    }

    #[test]
    fn signatures_that_do_not_match_are_rejected() {
        let partial = &SIGNATURE[..SIGNATURE.len() - 8];
        let unprefixed = SIGNATURE.trim_start_matches("v1,");
        let other_version = SIGNATURE.replace("v1,", "v2,");
        let asymmetric = SIGNATURE.replace("v1,", "v1a,");
        let joined = SIGNATURE.replace("v1,", "v1");
        for signatures in [
            "",
            " ",
            "v1,",
            "v1",
            "v1,!",
            ",",
            partial,
            unprefixed,
            &other_version,
            &asymmetric,
            &joined,
        ] {
            assert_eq!(
                check("1614265330", signatures, PAYLOAD, AT),
                Err(VerifyError::NoMatch),
                "{signatures:?}"
            );
        }
        assert_eq!(
            check("1614265330", SIGNATURE, b"", AT),
            Err(VerifyError::NoMatch)
        );
        assert_eq!(
            check("1614265331", SIGNATURE, PAYLOAD, AT),
            Err(VerifyError::NoMatch)
        );
        let other: Secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".parse().unwrap();
        assert_eq!(
            verify(&other, ID, "1614265330", SIGNATURE, PAYLOAD, AT),
            Err(VerifyError::NoMatch)
        );
        assert_eq!(
            verify(&secret(), "msg_other", "1614265330", SIGNATURE, PAYLOAD, AT),
            Err(VerifyError::NoMatch)
        );
    }

    #[test]
    fn one_valid_signature_among_others_is_enough() {
        let several = format!(
            "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,{SIGNATURE} junk {SIGNATURE}  v1,"
        );
        assert_eq!(check("1614265330", &several, PAYLOAD, AT), Ok(()));
    }

    #[test]
    fn an_empty_payload_can_be_signed() {
        let signature = sign(&secret(), ID, AT, b"");
        assert_eq!(check("1614265330", &signature, b"", AT), Ok(()));
        assert_eq!(digest(&secret(), ID, AT, b"").len(), 32);
    }

    #[test]
    fn a_secret_is_base64_of_24_to_75_bytes_with_or_without_the_prefix() {
        assert_eq!(secret().to_text(), SECRET);
        assert_eq!(
            SECRET
                .trim_start_matches("whsec_")
                .parse::<Secret>()
                .unwrap()
                .to_text(),
            SECRET
        );
        assert_eq!("".parse::<Secret>().unwrap_err(), SecretError::Length(0));
        assert_eq!(
            "whsec_".parse::<Secret>().unwrap_err(),
            SecretError::Length(0)
        );
        assert_eq!(
            "whsec_C2FV".parse::<Secret>().unwrap_err(),
            SecretError::Length(3)
        );
        assert_eq!(
            "whsec_not base64!".parse::<Secret>().unwrap_err(),
            SecretError::NotBase64
        );
        assert!(!format!("{:?}", secret()).contains("MfKQ"));
    }
}
