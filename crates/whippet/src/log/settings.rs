//! The variables of the log.

use std::str::FromStr;

use super::levels::Levels;
use super::redact::Names;
use super::sample::Sample;
use crate::{Config, ConfigError};

/// The variable that sets the lowest level written: `error`, `warn`, `info` (the default), `debug`, `trace` or `off`, and
/// behind it others for some modules, as in `info,whippet::tasks=debug`.
pub const LEVEL: &str = "LOG_LEVEL";

/// The variable that sets which share of the successful requests is logged, from `0` to `1`, which is the default.
pub const SAMPLE: &str = "LOG_SAMPLE";

/// The variable that lists further names whose values are not shown, as in `ssn,card_number`.
pub const REDACT: &str = "LOG_REDACT";

/// The variable that sets how many bytes a line has at most, with its line feed; 4,096 unless set: what Spin writes at once.
/// Of what a request writes, Workers keep 256 KB.
pub const LINE_BYTES: &str = "LOG_LINE_BYTES";

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) levels: Levels,
    pub(super) sample: Sample,
    pub(super) names: Names,
    /// Of a line without its line feed.
    pub(super) line_bytes: usize,
}

/// The settings, and whether all of them are those that the configuration asks for.
pub(super) fn read(config: &Config) -> (Settings, Result<(), ConfigError>) {
    let mut result = Ok(());
    let settings = Settings {
        levels: one(config, LEVEL, &mut result),
        sample: one(config, SAMPLE, &mut result),
        names: one(config, REDACT, &mut result),
        line_bytes: one::<LineBytes>(config, LINE_BYTES, &mut result).0 - 1,
    };
    (settings, result)
}

fn one<T>(config: &Config, name: &'static str, result: &mut Result<(), ConfigError>) -> T
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
    /// What the keys of every line take, and something to say.
    const LEAST: usize = 1024;
    /// More than any host keeps.
    const MOST: usize = 1024 * 1024;
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
        let bytes = bytes.filter(|bytes| (Self::LEAST..=Self::MOST).contains(bytes));
        let wanted = || format!("write a number from {} to {}", Self::LEAST, Self::MOST);
        bytes.map(Self).ok_or_else(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::{LEVEL, LINE_BYTES, REDACT, SAMPLE, read};
    use crate::Config;

    #[test]
    fn a_variable_that_cannot_be_used_is_named_with_its_value_and_the_remedy() {
        for (name, value, said) in [
            (
                LEVEL,
                "loud",
                r#"the variable LOG_LEVEL is "loud": "loud" is no level; write error, warn"#,
            ),
            (
                SAMPLE,
                "10%",
                r#"the variable LOG_SAMPLE is "10%": write a share from 0 to 1, as in 0.1"#,
            ),
            (
                SAMPLE,
                "1.5",
                r#"the variable LOG_SAMPLE is "1.5": write a share"#,
            ),
            (
                SAMPLE,
                "NaN",
                r#"the variable LOG_SAMPLE is "NaN": write a share"#,
            ),
            (
                REDACT,
                "ssn,",
                r#"the variable LOG_REDACT is "ssn,": a name is missing"#,
            ),
            (
                LINE_BYTES,
                "80",
                r#"the variable LOG_LINE_BYTES is "80": write a number from 1024 to 1048576"#,
            ),
        ] {
            let (_, result) = read(&Config::from_iter([(name, value)]));
            let error = result.expect_err(value).to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn what_can_be_used_is_used_beside_what_cannot() {
        let config = Config::from_iter([(LEVEL, "loud"), (LINE_BYTES, "2048")]);
        let (settings, result) = read(&config);
        assert_eq!((settings.line_bytes, result.is_err()), (2047, true));
    }
}
