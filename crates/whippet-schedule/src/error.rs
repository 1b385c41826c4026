//! The error for an invalid retry schedule.

/// The maximum number of retries in a text such as `exponential(1s, 2, 100)`.
pub(crate) const MAX_RETRIES: u32 = 100;

/// The error for an invalid retry schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryError {
    /// This word is not a valid delay.
    Delay(String),
    /// This is not a valid exponential schedule.
    Exponential(String),
}

impl std::fmt::Display for RetryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Delay(word) => write!(
                f,
                "{word:?} is not a valid delay: write a delay of at most 30d, such as 500ms, 5s, 30m, 2h or 1d"
            ),
            Self::Exponential(text) => write!(
                f,
                "{text:?} is not a valid schedule: write the first delay, the factor (1 or more) and the number of retries \
                 (at most {MAX_RETRIES}), as in \"exponential(1s, 2, 8)\""
            ),
        }
    }
}

impl std::error::Error for RetryError {}
