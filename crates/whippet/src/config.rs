//! Configuration: the host's variables and secrets.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The variables and secrets of the API. Natively, `Config` contains the environment variables of the process. On
/// Workers, it contains the `vars` and secrets. On Spin, it contains the component's variables, with their names
/// converted to upper case.
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

    /// Returns every variable with its value.
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

    /// Parses the value of a variable, or returns `default` when the variable is absent.
    ///
    /// # Errors
    ///
    /// Returns an error if the value cannot be parsed as `T`. The error names the variable and the value.
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

    /// Returns whether the variable is `true`. An absent variable is `false`.
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

/// Shows only the names of the variables, because any value may be a secret.
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
    /// Creates an error about the variable `name`. `why` is the rest of a sentence that starts with "the variable
    /// NAME", for example "is not set".
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
/// A `Secret` does not implement `==`, because the time that `==` takes reveals how much of a guess is right.
/// [`matches`](Self::matches) compares in constant time.
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

    /// Returns the secret value. Call `expose` only where the value is used.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: AsRef<[u8]>> Secret<T> {
    /// Returns whether `given` equals the secret. `given` is, for example, the key in a request. The duration of the
    /// comparison depends only on the length of `given`.
    #[must_use]
    pub fn matches(&self, given: impl AsRef<[u8]>) -> bool {
        are_equal(self.0.as_ref(), given.as_ref())
    }

    /// Returns the SHA-256 digest of the secret. A database that stores the digest of a random token can find the token
    /// without storing the token itself. Do not store the digest of a password, because passwords can be guessed.
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
    // Digests have a fixed length, so the comparison does not reveal the length of the secret.
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
