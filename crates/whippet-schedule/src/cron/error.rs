//! The error for an invalid cron expression.

/// The error for an invalid cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CronError {
    /// The expression has this number of fields, instead of five.
    Fields(usize),
    /// A value of a field is not valid.
    Value {
        /// The value.
        text: String,
        /// The name of the field.
        field: &'static str,
        /// The valid values.
        values: String,
    },
    /// The step in this text is not between 1 and the maximum. The maximum is the second value.
    Step(String, u32),
    /// This text has a step after a single value, such as `5/15`. Only a range can have a step.
    StepOfValue(String),
    /// This range ends before it starts.
    Backwards(String),
    /// No date matches the expression, for example because its day is the 30th of February.
    Never,
}

impl std::fmt::Display for CronError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fields(count) => write!(
                f,
                "the expression has {count} fields: write five, which are the minute, the hour, the day of the month, the month \
                 and the day of the week, as in \"30 4 * * mon-fri\""
            ),
            Self::Value {
                text,
                field,
                values,
            } => write!(f, "{text:?} is not a valid {field}: write {values}"),
            Self::Step(text, most) => write!(
                f,
                "the step in {text:?} is not valid: write a number from 1 to {most}"
            ),
            Self::StepOfValue(text) => write!(
                f,
                "{text:?} has a step without a range: write a range before the step, as in \"*/15\" or \"10-59/15\""
            ),
            Self::Backwards(range) => write!(
                f,
                "the range {range:?} ends before it starts: write two ranges, separated by a comma"
            ),
            Self::Never => f.write_str(
                "the expression never matches, because none of its months has this day: change the day of the month or the month",
            ),
        }
    }
}

impl std::error::Error for CronError {}
