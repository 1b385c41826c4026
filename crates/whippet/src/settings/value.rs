//! The functions that the expansion of `#[derive(Settings)]` calls to read a variable.

use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use crate::{Config, ConfigError, Secret};

/// Reads a field of type `T` from text. For `Duration` and `Vec`, the compiler prefers the inherent functions of
/// `SettingOf` to the function of [`AnySetting`].
#[doc(hidden)]
#[derive(Debug)]
pub struct SettingOf<T>(PhantomData<T>);

/// Reads a field whose type implements `FromStr`.
#[doc(hidden)]
pub trait AnySetting<T> {
    /// Reads the text.
    ///
    /// # Errors
    ///
    /// Returns the reason why the text is not valid.
    fn parse(text: &str) -> Result<T, String>;
}

impl<T: FromStr<Err: std::fmt::Display>> AnySetting<T> for SettingOf<T> {
    fn parse(text: &str) -> Result<T, String> {
        text.parse().map_err(|error: T::Err| error.to_string())
    }
}

impl SettingOf<Duration> {
    /// Reads a number with a unit.
    ///
    /// # Errors
    ///
    /// Returns a message that states which text is valid.
    pub fn parse(text: &str) -> Result<Duration, String> {
        let valid = "write a number with a unit, such as 500ms, 5s, 30m, 2h or 1d";
        whippet_schedule::duration(text).ok_or_else(|| valid.to_owned())
    }
}

impl<T: FromStr<Err: std::fmt::Display>> SettingOf<Vec<T>> {
    /// Reads items that are separated by commas.
    ///
    /// # Errors
    ///
    /// Returns a message that names the first invalid item and the reason.
    pub fn parse(text: &str) -> Result<Vec<T>, String> {
        let items = text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty());
        let parse = |item: &str| {
            item.parse()
                .map_err(|error: T::Err| format!("{item:?}: {error}"))
        };
        items.map(parse).collect()
    }
}

/// Reads a key that requests send as `Authorization: Bearer <key>`: `#[setting(with = bearer_key)]`.
///
/// # Errors
///
/// Returns an error if a header cannot contain the key: if the key contains characters other than visible ASCII and
/// spaces, or starts or ends with a space.
pub fn bearer_key(text: &str) -> Result<Secret<String>, &'static str> {
    match crate::bearer::is_sendable(text) {
        true => Ok(Secret::new(text.to_owned())),
        false => Err(crate::bearer::UNSENDABLE),
    }
}

impl Config {
    /// Reads a variable, or the default if the variable is absent.
    #[doc(hidden)]
    pub fn setting<T>(
        &self,
        name: &'static str,
        default: Option<&'static str>,
        is_secret: bool,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.get(name).or(default) else {
            return Ok(None);
        };
        match parse(text) {
            Ok(value) => Ok(Some(value)),
            Err(why) => Err(invalid(name, (!is_secret).then_some(text), &why)),
        }
    }
}

/// Creates the error for a variable. `text` is the value of the variable, or `None` if the value is a secret.
#[cold]
#[inline(never)]
fn invalid(name: &'static str, text: Option<&str>, why: &str) -> ConfigError {
    match text {
        None => ConfigError::new(name, format!("is not valid: {why}")),
        Some(text) => ConfigError::new(name, format!("is {text:?}: {why}")),
    }
}
