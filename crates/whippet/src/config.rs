//! The configuration of an app: variables and secrets.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The variables and secrets of an app. Natively, these are the environment variables of the process. On Workers, they
/// are the `vars` and secrets of the Worker. On Spin, they are the variables of the component, but Whippet converts
/// their names to upper case.
///
/// ```
/// use whippet::{Config, ConfigError};
///
/// fn page_size(config: &Config) -> Result<u32, ConfigError> {
///     config.parse("PAGE_SIZE", 50)
/// }
/// assert_eq!(page_size(&Config::from_iter([("PAGE_SIZE", "20")])), Ok(20));
/// assert!(page_size(&Config::from_iter([("PAGE_SIZE", "many")])).is_err());
/// ```
#[derive(Clone, Default)]
pub struct Config {
    variables: Arc<HashMap<String, String>>,
}

impl Config {
    /// Returns the value of a variable, or `None` if the variable is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Returns the name and the value of every variable.
    #[cfg(feature = "testing")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.variables.iter();
        variables.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the value of a variable as a [`Secret`]. Use `secret` for values that must not be logged.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret<&str>> {
        self.get(name).map(Secret::new)
    }

    /// Parses the value of a variable. If the variable is absent or empty, returns `default`.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be parsed as `T`. The error contains the name and the value of the
    /// variable.
    pub fn parse<T>(&self, name: &'static str, default: T) -> Result<T, ConfigError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.get(name).map_or(Ok(default), |value| {
            value.parse().map_err(|error: T::Err| ConfigError {
                name,
                why: format!("is {value:?}: {error}"),
            })
        })
    }

    /// Returns true if the value of the variable is `true`. Returns false if the value is `false`, or if the variable
    /// is absent or empty.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is neither `true` nor `false`.
    pub fn flag(&self, name: &'static str) -> Result<bool, ConfigError> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(ConfigError {
                name,
                why: format!("is {other:?}: set true or false"),
            }),
        }
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Config {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let variables = variables
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self {
            variables: Arc::new(variables),
        }
    }
}

/// Prints only the names of the variables, because any value may be a secret.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// The error for a variable that is missing or not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    name: &'static str,
    why: String,
}

impl ConfigError {
    /// Creates an error about the variable `name`. The message is "the variable NAME", followed by `why`, for example
    /// "is not set".
    pub fn new(name: &'static str, why: impl Into<String>) -> Self {
        Self {
            name,
            why: why.into(),
        }
    }

    /// Returns the name of the variable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the variable {} {}", self.name, self.why)
    }
}

impl std::error::Error for ConfigError {}

/// A value that must not appear in logs or error messages. `Debug` and `Display` print `[redacted]` instead of the
/// value.
///
/// A `Secret` does not implement `==`. The time that `==` takes depends on how many bytes of a guess are right, so an
/// attacker could find the secret by measuring this time. [`matches`](Self::matches) compares in constant time.
///
/// ```
/// use whippet::Secret;
///
/// let key = Secret::new("hush");
/// assert!(key.matches("hush") && !key.matches("hus"));
/// assert_eq!(key.to_string(), "[redacted]");
/// ```
///
/// ```compile_fail,E0369
/// # use whippet::Secret;
/// let is_equal = Secret::new("hush") == Secret::new("hush");
/// ```
#[derive(Clone, Copy)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Returns the secret value. Keep the `Secret`, and call `expose` only where the value is used.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: AsRef<[u8]>> Secret<T> {
    /// Returns whether `given`, such as the key in a request, equals the secret. The time of the comparison depends
    /// only on the length of `given`, not on how much of it is right.
    #[must_use]
    pub fn matches(&self, given: impl AsRef<[u8]>) -> bool {
        are_equal(self.0.as_ref(), given.as_ref())
    }

    /// Returns the SHA-256 digest of the secret. If a database stores the digests of random tokens, an app can find the
    /// row of a token, but someone who reads the database cannot use the tokens. Do not store the digest of a password,
    /// because attackers can guess passwords and compare the digests.
    ///
    /// ```
    /// use whippet::extract::Bearer;
    /// use whippet::{Db, Problem, dependency, query};
    ///
    /// #[derive(Clone)]
    /// struct Session { user: i64 }
    ///
    /// #[dependency]
    /// async fn session(given: Bearer, db: Db) -> Result<Session, Problem> {
    ///     let session = query("select user from sessions where digest = ?1").bind(given.token().digest());
    ///     let user: Option<i64> = session.fetch_optional(&db).await?;
    ///     let user = user.ok_or_else(|| Bearer::invalid("the token is not valid"))?;
    ///     Ok(Session { user })
    /// }
    /// # let _ = session;
    /// ```
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_ref()).into()
    }
}

fn are_equal(expected: &[u8], given: &[u8]) -> bool {
    // All digests have the same length, so the time of the comparison does not reveal the length of the secret.
    let [expected, given] = [expected, given].map(Sha256::digest);
    expected.ct_eq(&given).into()
}

impl<T> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> std::fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}
