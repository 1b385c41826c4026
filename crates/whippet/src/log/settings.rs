//! The variables that configure the log.

use std::str::FromStr;

use super::levels::Levels;
use super::redact::SecretNames;
use super::sample::Sample;
use crate::{Config, ConfigError};

/// The variable that sets the minimum level: `error`, `warn`, `info` (the default), `debug`, `trace` or `off`. Levels
/// for single modules may follow the minimum level, as in `info,whippet::tasks=debug`.
pub const LEVEL: &str = "LOG_LEVEL";

/// The variable that sets which fraction of the successful requests is logged: a number from `0` to `1` (the default).
pub const SAMPLE: &str = "LOG_SAMPLE";

/// The variable that lists additional names whose values are redacted, such as `ssn,card_number`.
pub const REDACT: &str = "LOG_REDACT";

/// The variable that sets the maximum length of a log line in bytes, including the line feed. The default is 4,096
/// bytes, which is the maximum length of one write on Spin. A longer line needs several writes, and lines of other
/// instances may appear between these writes. Cloudflare Workers keep 256 KB of log per request.
pub const LINE_BYTES: &str = "LOG_LINE_BYTES";

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) levels: Levels,
    pub(super) sample: Sample,
    pub(super) secret_names: SecretNames,
    /// The maximum length of a log line, without the line feed.
    pub(super) line_bytes: usize,
}

/// Returns the settings. A variable that is not valid gets its default value. Also returns an error for the first such
/// variable.
pub(super) fn read(config: &Config) -> (Settings, Result<(), ConfigError>) {
    let mut result = Ok(());
    let settings = Settings {
        levels: read_one(config, LEVEL, &mut result),
        sample: read_one(config, SAMPLE, &mut result),
        secret_names: read_one(config, REDACT, &mut result),
        line_bytes: read_one::<LineBytes>(config, LINE_BYTES, &mut result).0 - 1,
    };
    (settings, result)
}

fn read_one<T>(config: &Config, name: &'static str, result: &mut Result<(), ConfigError>) -> T
where
    T: FromStr + Default,
    T::Err: std::fmt::Display,
{
    let value = config.parse(name, T::default());
    value.unwrap_or_else(|error| {
        if result.is_ok() {
            *result = Err(error);
        }
        T::default()
    })
}

struct LineBytes(usize);

impl LineBytes {
    /// The smallest value that is accepted. A line of this length has enough space for the standard keys and a message.
    const MIN: usize = 1024;
    /// The largest value that is accepted. It is above the 256 KB of log that Cloudflare Workers keep per request.
    const MAX: usize = 1024 * 1024;
}

impl Default for LineBytes {
    fn default() -> Self {
        Self(4096)
    }
}

impl FromStr for LineBytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bytes = text.parse().ok();
        let bytes = bytes.filter(|bytes| (Self::MIN..=Self::MAX).contains(bytes));
        let error = || format!("write a number from {} to {}", Self::MIN, Self::MAX);
        bytes.map(Self).ok_or_else(error)
    }
}

#[cfg(test)]
mod tests {
    use super::{LEVEL, LINE_BYTES, REDACT, SAMPLE, read};
    use crate::Config;

    #[test]
    fn the_error_names_the_variable_its_value_and_the_remedy() {
        for (name, value, expected) in [
            (
                LEVEL,
                "loud",
                r#"the variable LOG_LEVEL is "loud": "loud" is not a valid level: set error, warn"#,
            ),
            (
                SAMPLE,
                "10%",
                r#"the variable LOG_SAMPLE is "10%": write a fraction from 0 to 1, such as 0.1"#,
            ),
            (
                SAMPLE,
                "1.5",
                r#"the variable LOG_SAMPLE is "1.5": write a fraction"#,
            ),
            (
                SAMPLE,
                "NaN",
                r#"the variable LOG_SAMPLE is "NaN": write a fraction"#,
            ),
            (
                REDACT,
                "ssn,",
                r#"the variable LOG_REDACT is "ssn,": a name is empty"#,
            ),
            (
                LINE_BYTES,
                "80",
                r#"the variable LOG_LINE_BYTES is "80": write a number from 1024 to 1048576"#,
            ),
        ] {
            let (_, result) = read(&Config::from_iter([(name, value)]));
            let error = result.expect_err(value).to_string();
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn valid_variables_apply_even_if_another_is_not_valid() {
        let config = Config::from_iter([(LEVEL, "loud"), (LINE_BYTES, "2048")]);
        let (settings, result) = read(&config);
        assert_eq!((settings.line_bytes, result.is_err()), (2047, true));
    }
}
