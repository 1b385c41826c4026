//! Hashes of passwords.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Argon2, password_hash};
use whippet::{Problem, Random};

/// The hash of a password that nobody has. For an unknown account, `matches` compares the given password with this
/// hash. So signing in takes as long as for a known account.
const NO_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn hash(password: &str, random: &Random) -> Result<String, Problem> {
    let hash = |salt: SaltString| {
        Ok(Argon2::default()
            .hash_password(password.as_bytes(), &salt)?
            .to_string())
    };
    SaltString::encode_b64(&random.bytes::<16>())
        .and_then(hash)
        .map_err(|error: password_hash::Error| Problem::internal(error.to_string()))
}

/// Returns whether the password has this hash. `hash` is `None` if the account is unknown.
pub(crate) fn matches(hash: Option<&str>, password: &str) -> bool {
    PasswordHash::new(hash.unwrap_or(NO_HASH)).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}
