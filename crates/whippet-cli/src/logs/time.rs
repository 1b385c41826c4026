//! Formats and splits the timestamps of log lines.

const MS_PER_DAY: i64 = 86_400_000;

/// Formats milliseconds since 1970 as RFC 3339 in UTC.
pub(super) fn rfc3339(ms: i64) -> String {
    let (days, ms) = (ms.div_euclid(MS_PER_DAY), ms.rem_euclid(MS_PER_DAY));
    let (year, month, day) = date(days);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let ms = ms % 1000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// Converts days since 1970-01-01 to a Gregorian date, with Howard Hinnant's algorithm `civil_from_days`.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    // The calculation above counts months from March.
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year + era * 400 + next, month, day)
}

/// Splits `timestamp` into its date and its time of day. Returns `None` if `timestamp` is not an RFC 3339 time in UTC.
pub(super) fn split(timestamp: &str) -> Option<(&str, &str)> {
    let (date, time) = timestamp.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let has_form = |text: &str, form: &[u8]| {
        let fits = |(byte, form): (u8, &u8)| match form {
            b'0' => byte.is_ascii_digit(),
            _ => byte == *form,
        };
        text.len() == form.len() && text.bytes().zip(form).all(fits)
    };
    let fits = has_form(date, b"0000-00-00")
        && has_form(time, b"00:00:00")
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let time = timestamp.get(date.len() + 1..timestamp.len() - 1)?;
    fits.then_some((date, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_formatted_as_a_date_and_a_time() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_775_284_957_862, "2026-04-04T06:42:37.862Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        ] {
            assert_eq!(rfc3339(ms), text);
        }
    }

    #[test]
    fn only_a_valid_timestamp_is_split() {
        for (timestamp, parts) in [
            (
                "2026-01-31T12:00:00.123Z",
                Some(("2026-01-31", "12:00:00.123")),
            ),
            ("2026-01-31T12:00:00Z", Some(("2026-01-31", "12:00:00"))),
            ("2026-01-31T12:00:00+01:00", None),
            ("2026-01-31T12:00:00.1\u{1b}Z", None),
            ("2026-01-31 12:00:00Z", None),
            ("31-01-2026T12:00:00Z", None),
            ("T1Z", None),
            ("", None),
        ] {
            assert_eq!(split(timestamp), parts, "{timestamp}");
        }
    }
}
