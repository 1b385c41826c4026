//! Typed settings, read from the variables of the configuration.

mod value;
#[cfg(not(target_arch = "wasm32"))]
mod variables;

pub use value::{AnySetting, SettingOf, bearer_key};
#[cfg(not(target_arch = "wasm32"))]
pub use variables::VARIABLES;

use std::fmt;

use crate::{Config, ConfigError};

/// A struct whose fields are read from the variables of the configuration. `#[derive(Settings)]` implements the trait.
/// If several variables are missing or wrong, the error lists all of them.
///
/// The variable of a field is named after the field, in upper case and with the prefix of the struct:
///
/// ```
/// use std::time::Duration;
/// use whippet::testing::TestApp;
/// use whippet::{App, AppError, Config, Secret, Settings, State, get, routes};
///
/// /// The settings of the shop.
/// #[derive(Debug, Settings)]
/// #[settings(prefix = "SHOP_")]
/// struct Shop {
///     /// The key with which the shop signs its orders.
///     signing_key: Secret<String>,
///     /// How long an order is kept.
///     #[setting(default = "30m")]
///     keep_for: Duration,
///     /// The languages of the shop, separated by commas.
///     #[setting(default = "en,de")]
///     languages: Vec<String>,
///     /// Whether the shop is closed.
///     closed: bool,
///     /// The address for questions.
///     contact: Option<String>,
/// }
///
/// #[get("/closed")]
/// async fn is_closed(shop: State<Shop>) -> String {
///     shop.closed.to_string()
/// }
///
/// fn app(config: &Config) -> Result<App, AppError> {
///     let shop = Shop::from_config(config)?;
///     Ok(App::new().state(shop).routes(routes![is_closed]))
/// }
///
/// let wrong = Config::from_iter([("SHOP_KEEP_FOR", "soon")]);
/// assert_eq!(
///     app(&wrong).unwrap_err().to_string(),
///     "the variable SHOP_SIGNING_KEY is not set; \
///      the variable SHOP_KEEP_FOR is \"soon\": write a number with a unit, such as 500ms, 5s, 30m, 2h or 1d",
/// );
/// # whippet::testing::block_on(async {
/// let config = Config::from_iter([("SHOP_SIGNING_KEY", "hush"), ("SHOP_CLOSED", "true")]);
/// let app = TestApp::with_config(config, app).await;
/// assert_eq!(app.get("/closed").await.text(), "true");
/// # });
/// ```
///
/// | type of the field | variable |
/// |---|---|
/// | `T: FromStr` | required, unless the field has a default |
/// | `Option<T>` | may be absent |
/// | `bool` | `true` or `false`; absent is `false` |
/// | `Duration` | a number with a unit, such as `500ms`, `5s`, `30m`, `2h` or `1d`; at most 30 days |
/// | `Vec<T>` | items, separated by commas |
/// | [`Secret<T>`](crate::Secret) | a secret, which no error contains |
///
/// An empty variable counts as absent. The attribute `#[setting(…)]` of a field has these settings:
///
/// - `default = "5s"`: the text that is read if the variable is absent
/// - `name = "SMTP_URL"`: the name of the variable, without the prefix of the struct
/// - `with = path`: a function `fn(&str) -> Result<T, E>` that reads the text; the message about an invalid variable
///   contains the error
/// - `flatten`: the field is a struct that also implements `Settings`, and that reads its own variables
///
/// The doc comment of a field describes the variable in the output of `whippet env`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of settings",
    label = "does not implement `Settings`",
    note = "add `#[derive(whippet::Settings)]` to the struct"
)]
pub trait Settings: Sized {
    /// Returns the variables of the fields, in the order of the fields.
    #[must_use]
    fn variables() -> Vec<Variable>;

    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// Returns an error that lists every variable that is missing or wrong.
    fn from_config(config: &Config) -> Result<Self, SettingsError>;

    /// Returns a text that describes the variables, with one paragraph for each variable. For `whippet env`,
    /// `native::run` prints this text, and then the variables that Whippet itself reads.
    #[must_use]
    fn describe() -> String {
        list(&Self::variables())
    }
}

/// Returns a text with one paragraph for each variable.
pub(crate) fn list(variables: &[Variable]) -> String {
    let paragraphs: Vec<_> = variables.iter().map(ToString::to_string).collect();
    paragraphs.join("\n")
}

/// An app without settings uses `()` as its settings type.
impl Settings for () {
    fn variables() -> Vec<Variable> {
        Vec::new()
    }

    fn from_config(_: &Config) -> Result<Self, SettingsError> {
        Ok(())
    }
}

/// A variable of the configuration from which a field is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The name of the variable.
    pub name: &'static str,
    /// What the variable sets.
    pub doc: &'static str,
    /// The text that is read if the variable is absent.
    pub default: Option<&'static str>,
    /// Whether the variable must be set.
    pub is_required: bool,
    /// Whether the value is a secret.
    pub is_secret: bool,
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        match self.default {
            Some(default) => write!(f, " (default: {default:?})")?,
            None if self.is_required => f.write_str(" (required)")?,
            None => {}
        }
        if self.is_secret {
            f.write_str(" (secret)")?;
        }
        f.write_str("\n")?;
        for line in self.doc.lines() {
            writeln!(f, "    {line}")?;
        }
        Ok(())
    }
}

/// The variables that are missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsError(Vec<ConfigError>);

impl SettingsError {
    /// Returns one error for each missing or wrong variable, in the order of the fields.
    #[must_use]
    pub fn errors(&self) -> &[ConfigError] {
        &self.0
    }

    /// Returns the value if it could be read. Otherwise, adds the error to this list and returns `None`. The expansion
    /// of `#[derive(Settings)]` calls `take` for each field.
    #[doc(hidden)]
    pub fn take<T>(&mut self, read: Result<T, ConfigError>) -> Option<T> {
        read.map_err(|error| self.0.push(error)).ok()
    }

    #[doc(hidden)]
    pub fn take_all<T>(&mut self, read: Result<T, Self>) -> Option<T> {
        read.map_err(|errors| self.0.extend(errors.0)).ok()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}
