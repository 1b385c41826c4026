//! Parses one field of an expression.

use super::CronError;

/// The rules for one field of an expression: its name and its valid values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) first: u32,
    pub(super) last: u32,
    /// The names of the values, in the order of the values. The first name stands for the value `first`. Empty if the
    /// values have no names.
    names: &'static [&'static str],
}

pub(super) const MINUTE: Field = field("minute", 0, 59, &[]);
pub(super) const HOUR: Field = field("hour", 0, 23, &[]);
pub(super) const DAY: Field = field("day of the month", 1, 31, &[]);
pub(super) const MONTH: Field = field(
    "month",
    1,
    12,
    &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
);
/// The day of the week: 0 and 7 are Sunday.
pub(super) const WEEKDAY: Field = field("day of the week", 0, 7, WEEKDAYS);
/// The day of the week in a cron trigger of Cloudflare Workers: 1 is Sunday.
pub(super) const CLOUDFLARE_WEEKDAY: Field = field("day of the week", 1, 7, WEEKDAYS);

const WEEKDAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fn field(name: &'static str, first: u32, last: u32, names: &'static [&'static str]) -> Field {
    Field {
        name,
        first,
        last,
        names,
    }
}

impl Field {
    /// Parses a list such as `1,10-20/2,30`. Returns a bit mask with a bit for each value.
    pub(super) fn parse(&'static self, text: &str) -> Result<u64, CronError> {
        let mut items = text.split(',').map(|item| self.parse_item(item));
        items.try_fold(0, |set, item| Ok(set | item?))
    }

    /// Parses one item of the list: `*` or a range, with or without a step, or a single value.
    fn parse_item(&'static self, item: &str) -> Result<u64, CronError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (start, end) = match range.split_once('-') {
            _ if range == "*" => (self.first, self.last),
            Some((start, end)) => self.range(range, start, end)?,
            None if step.is_some() => return Err(CronError::StepOfValue(item.to_owned())),
            None => {
                let value = self.value(range)?;
                (value, value)
            }
        };
        let most = (end - start).max(1);
        let step = match step {
            Some(step) => {
                let number = step.parse().ok().filter(|step| (1..=most).contains(step));
                number.ok_or_else(|| CronError::Step(item.to_owned(), most))?
            }
            None => 1,
        };
        let values = (start..=end).step_by(usize::try_from(step).unwrap_or(1));
        Ok(values.fold(0, |set, value| set | 1 << value))
    }

    fn range(&'static self, range: &str, start: &str, end: &str) -> Result<(u32, u32), CronError> {
        let (start, mut end) = (self.value(start)?, self.value(end)?);
        // In a range that ends with Sunday, such as `sat-sun`, Sunday is 7.
        if self.first == 0 && self.last == 7 && end == 0 && start > 0 {
            end = 7;
        }
        if start > end {
            return Err(CronError::Backwards(range.to_owned()));
        }
        Ok((start, end))
    }

    fn value(&'static self, text: &str) -> Result<u32, CronError> {
        let named = self
            .names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(at) => u32::try_from(at).ok().map(|at| at + self.first),
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            None => None,
        };
        let value = value.filter(|value| (self.first..=self.last).contains(value));
        value.ok_or_else(|| CronError::Value {
            text: text.to_owned(),
            field: self.name,
            values: match self.names {
                [] => format!("{} to {}", self.first, self.last),
                [first, .., last] => {
                    format!("{} to {}, or {first} to {last}", self.first, self.last)
                }
                [only] => (*only).to_owned(),
            },
        })
    }
}
