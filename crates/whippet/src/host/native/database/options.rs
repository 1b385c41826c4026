//! The options of a native database, and the variables that set the options.

pub use crate::host::sqlite::Synchronous;
use crate::{Config, ConfigError};

/// The maximum number of reader threads.
const MAX_READERS: usize = 64;

/// How a native program uses its SQLite file.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// `DATABASE_SYNCHRONOUS`, by default `full`: when a change is written to the disk.
    pub synchronous: Synchronous,
    /// `DATABASE_READERS`, by default 4: how many reads run at the same time, from 1 to 64. Each reader is a thread
    /// with its own connection.
    pub readers: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            readers: 4,
        }
    }
}

impl SqliteOptions {
    pub(crate) fn from_config(config: &Config) -> Result<Self, ConfigError> {
        let defaults = Self::default();
        let synchronous = match config.get("DATABASE_SYNCHRONOUS") {
            None => defaults.synchronous,
            Some("full") => Synchronous::Full,
            Some("normal") => Synchronous::Normal,
            Some(other) => {
                let why = format!("is {other:?}: set full or normal");
                return Err(ConfigError::new("DATABASE_SYNCHRONOUS", why));
            }
        };
        let readers = config.parse("DATABASE_READERS", defaults.readers)?;
        if !(1..=MAX_READERS).contains(&readers) {
            let why = format!("is {readers}: set a number from 1 to {MAX_READERS}");
            return Err(ConfigError::new("DATABASE_READERS", why));
        }
        Ok(Self {
            synchronous,
            readers,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{SqliteOptions, Synchronous};
    use crate::Config;

    fn options(name: &str, value: &str) -> Result<SqliteOptions, String> {
        let config = Config::from_iter([(name, value)]);
        SqliteOptions::from_config(&config).map_err(|error| error.to_string())
    }

    #[test]
    fn the_variables_set_the_options_and_an_invalid_value_is_named() {
        let defaults = SqliteOptions::from_config(&Config::default()).unwrap();
        assert_eq!(
            (defaults.synchronous, defaults.readers),
            (Synchronous::Full, 4)
        );
        let normal = options("DATABASE_SYNCHRONOUS", "normal").unwrap();
        assert_eq!(normal.synchronous, Synchronous::Normal);
        assert_eq!(options("DATABASE_READERS", "64").unwrap().readers, 64);
        for (name, value, expected) in [
            ("DATABASE_SYNCHRONOUS", "off", "set full or normal"),
            ("DATABASE_READERS", "0", "set a number from 1 to 64"),
            ("DATABASE_READERS", "65", "set a number from 1 to 64"),
            ("DATABASE_READERS", "many", "invalid digit"),
        ] {
            let error = options(name, value).unwrap_err();
            assert!(error.contains(name) && error.contains(expected), "{error}");
        }
    }
}
