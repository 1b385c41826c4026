//! The functions that the expansion of `#[derive(Settings)]` calls to read a variable.

use std::marker::PhantomData;
use std::str::FromStr;
use std::time::Duration;

use crate::{Config, ConfigError, Secret};

/// Reads a field of type `T` from text. `SettingOf::<T>::parse` is the function of the trait [`AnySetting`], except for
/// `Duration` and `Vec`: for these types, `SettingOf` has a function `parse` of its own, which the compiler prefers.
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
    /// Returns the error of `FromStr` as text.
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
    /// Returns a message that shows examples of valid text.
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
    /// Returns a message that contains the first invalid item and its error.
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

/// Reads a key that clients send in the header `Authorization: Bearer <key>`. Use the function with
/// `#[setting(with = bearer_key)]`.
///
/// # Errors
///
/// Returns an error if a header cannot contain the key. A valid key consists of visible ASCII and spaces, and neither
/// starts nor ends with a space.
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

/// Creates the error for an invalid variable. `text` is its value, or `None` if the value is a secret and must not
/// appear in the error.
#[cold]
#[inline(never)]
fn invalid(name: &'static str, text: Option<&str>, why: &str) -> ConfigError {
    match text {
        None => ConfigError::new(name, format!("is not valid: {why}")),
        Some(text) => ConfigError::new(name, format!("is {text:?}: {why}")),
    }
}
