//! Converts days since 1970-01-01 to dates of the Gregorian calendar.

/// Returns the month (1 to 12), the day of the month, and how many days follow in the same month.
pub(super) fn month_and_day(day: i64) -> (u32, u32, i64) {
    let (year, month, day) = date(day);
    let length = days_of_month(year, month);
    (month, day, i64::from(length - day))
}

/// Returns the day of the week, from 0 (Sunday) to 6.
pub(super) fn weekday(day: i64) -> u32 {
    // 1970-01-01 was a Thursday.
    u32::try_from((day + 4).rem_euclid(7)).unwrap_or(0)
}

/// Returns the year, the month and the day of the month. The calculation lets each year start in March, so that a leap
/// day is the last day of its year.
fn date(day: i64) -> (i64, u32, u32) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let small = |number: i64| u32::try_from(number).unwrap_or(0);
    (year, small(month), small(day))
}

fn days_of_month(year: i64, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::{date, month_and_day, weekday};

    #[test]
    fn every_day_follows_the_day_before_it() {
        let mut before = date(-1);
        assert_eq!(before, (1969, 12, 31));
        for day in 0..200_000 {
            let (year, month, of_month) = date(day);
            let is_next = match before {
                (y, m, d) if (y, m) == (year, month) => of_month == d + 1,
                (y, 12, 31) => (year, month, of_month) == (y + 1, 1, 1),
                (y, m, d) => {
                    (year, month, of_month) == (y, m + 1, 1)
                        && month_and_day(day - 1).2 == 0
                        && d >= 28
                }
            };
            assert!(is_next, "{before:?} {year}-{month}-{of_month}");
            before = (year, month, of_month);
        }
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(weekday(11_016), 2);
    }
}
