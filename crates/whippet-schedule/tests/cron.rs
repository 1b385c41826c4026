//! Compares the ticks of cron expressions with the ticks that a simple search finds with the crate `jiff`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use whippet_schedule::cron::{self, CronError, Expression, Zone};

/// Returns the ticks of an expression between two times in UTC. Each tick is a local time with its UTC offset.
fn ticks(expression: &str, zone: &str, start: &str, end: &str) -> Vec<String> {
    let data = cron::zone(zone).unwrap();
    let expression = cron::parse(expression).unwrap();
    let [start, end]: [Timestamp; 2] = [start, end].map(|time| time.parse().unwrap());
    let zone = TimeZone::get(zone).unwrap();
    all_ticks(
        &expression,
        &data.as_zone(),
        start.as_second(),
        end.as_second(),
    )
    .into_iter()
    .map(|tick| {
        let local = Timestamp::from_second(tick)
            .unwrap()
            .to_zoned_datetime(zone.clone());
        local.strftime("%d %H:%M %:z").to_string()
    })
    .collect()
}

fn all_ticks(expression: &Expression, zone: &Zone<'_>, start: i64, end: i64) -> Vec<i64> {
    let next = |time: &i64| expression.next_tick(zone, *time);
    std::iter::successors(next(&(start - 1)), next)
        .take_while(|tick| *tick < end)
        .collect()
}

#[test]
fn a_time_in_a_gap_has_its_tick_right_after_the_gap() {
    let berlin = |text| {
        ticks(
            text,
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            "2026-03-30T12:00:00Z",
        )
    };
    assert_eq!(berlin("30 2 * * *"), ["29 03:00 +02:00", "30 02:30 +02:00"]);
    assert_eq!(
        berlin("0,30 2,3 29 3 *"),
        ["29 03:00 +02:00", "29 03:30 +02:00"]
    );
    let new_york = ticks(
        "15 2 * * *",
        "America/New_York",
        "2026-03-08T00:00:00Z",
        "2026-03-09T00:00:00Z",
    );
    assert_eq!(new_york, ["08 03:00 -04:00"]);
    let lord_howe = ticks(
        "15 2 * * *",
        "Australia/Lord_Howe",
        "2026-10-03T00:00:00Z",
        "2026-10-04T12:00:00Z",
    );
    assert_eq!(lord_howe, ["04 02:30 +11:00"]);
    // Samoa skipped the 30th of December 2011.
    let apia = ticks(
        "0 12 * * *",
        "Pacific/Apia",
        "2011-12-29T12:00:00Z",
        "2011-12-31T12:00:00Z",
    );
    assert_eq!(
        apia,
        ["29 12:00 -10:00", "31 00:00 +14:00", "31 12:00 +14:00"]
    );
}

#[test]
fn a_time_that_occurs_twice_has_one_tick() {
    let berlin = ticks(
        "30 2 * * *",
        "Europe/Berlin",
        "2026-10-24T12:00:00Z",
        "2026-10-26T12:00:00Z",
    );
    assert_eq!(berlin, ["25 02:30 +02:00", "26 02:30 +01:00"]);
    let new_york = ticks(
        "0,30 1 * * *",
        "America/New_York",
        "2026-11-01T00:00:00Z",
        "2026-11-02T00:00:00Z",
    );
    assert_eq!(new_york, ["01 01:00 -04:00", "01 01:30 -04:00"]);
    let lord_howe = ticks(
        "45 1 * * *",
        "Australia/Lord_Howe",
        "2026-04-04T00:00:00Z",
        "2026-04-05T12:00:00Z",
    );
    assert_eq!(lord_howe, ["05 01:45 +11:00"]);
}

#[test]
fn an_interval_has_ticks_in_both_hours_of_an_overlap() {
    let berlin = ticks(
        "*/15 * * * *",
        "Europe/Berlin",
        "2026-10-25T00:00:00Z",
        "2026-10-25T02:00:00Z",
    );
    let expected = [
        "02:00 +02:00",
        "02:15 +02:00",
        "02:30 +02:00",
        "02:45 +02:00",
    ];
    let expected = expected.into_iter().chain([
        "02:00 +01:00",
        "02:15 +01:00",
        "02:30 +01:00",
        "02:45 +01:00",
    ]);
    assert_eq!(
        berlin,
        expected
            .map(|time| format!("25 {time}"))
            .collect::<Vec<_>>()
    );
    let hourly = ticks(
        "0 * * * *",
        "Europe/Berlin",
        "2026-03-28T23:00:00Z",
        "2026-03-29T03:00:00Z",
    );
    assert_eq!(
        hourly,
        [
            "29 00:00 +01:00",
            "29 01:00 +01:00",
            "29 03:00 +02:00",
            "29 04:00 +02:00"
        ]
    );
}

#[test]
fn a_day_matches_by_month_or_by_week_when_both_are_restricted() {
    let days = |text| {
        let all = ticks(
            text,
            "Etc/UTC",
            "2026-05-01T00:00:00Z",
            "2026-05-12T00:00:00Z",
        );
        all.into_iter()
            .map(|tick| tick[..2].to_owned())
            .collect::<Vec<_>>()
    };
    // The 1st of May 2026 was a Friday.
    assert_eq!(days("0 0 5 * fri"), ["01", "05", "08"]);
    assert_eq!(days("0 0 5 * 5"), ["01", "05", "08"]);
    assert_eq!(days("0 0 */5 * fri"), ["01"]);
    assert_eq!(days("0 0 * * 7"), ["03", "10"]);
    assert_eq!(days("0 0 * * 0"), ["03", "10"]);
    assert_eq!(days("0 0 * * SAT-SUN"), ["02", "03", "09", "10"]);
    assert_eq!(days("0 0 * may 6-7"), ["02", "03", "09", "10"]);
    assert_eq!(days("@weekly"), ["03", "10"]);
    assert_eq!(days("0 0 1-10/3 * *"), ["01", "04", "07", "10"]);
}

#[test]
fn cloudflare_counts_the_days_of_the_week_from_sunday_as_1() {
    let [ours, theirs] = [
        cron::parse("0 0 * * 0,1"),
        cron::parse_cloudflare("0 0 * * 1,2"),
    ];
    assert_eq!(ours, theirs);
    assert_eq!(
        cron::parse("0 0 * * mon-fri"),
        cron::parse_cloudflare("0 0 * * mon-fri")
    );
    assert!(cron::parse_cloudflare("0 0 * * 0").is_err());
    assert!(cron::parse_cloudflare("0 0 L * *").is_err());
}

#[test]
fn an_expression_that_is_not_valid_is_reported_with_the_remedy() {
    for (text, message) in [
        ("* * * *", "the expression has 4 fields"),
        ("0 * * * * *", "the expression has 6 fields"),
        ("60 * * * *", "\"60\" is not a valid minute: write 0 to 59"),
        ("* 24 * * *", "\"24\" is not a valid hour: write 0 to 23"),
        (
            "* * 0 * *",
            "\"0\" is not a valid day of the month: write 1 to 31",
        ),
        (
            "* * * 13 *",
            "\"13\" is not a valid month: write 1 to 12, or jan to dec",
        ),
        (
            "* * * * 8",
            "\"8\" is not a valid day of the week: write 0 to 7, or sun to sat",
        ),
        ("* * * * mo", "\"mo\" is not a valid day of the week"),
        ("+1 * * * *", "\"+1\" is not a valid minute"),
        ("1,, * * * *", "\"\" is not a valid minute"),
        (
            "*/0 * * * *",
            "the step in \"*/0\" is not valid: write a number from 1 to 59",
        ),
        ("*/90 * * * *", "the step in \"*/90\" is not valid"),
        ("5/15 * * * *", "\"5/15\" has a step without a range"),
        ("30-10 * * * *", "the range \"30-10\" ends before it starts"),
        ("0 0 30 2 *", "the expression never matches"),
        ("0 0 31 4,6,9,11 *", "the expression never matches"),
        ("@reboot", "the expression has 1 fields"),
    ] {
        let error = cron::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(message), "{text}: {error}");
    }
    assert_eq!(cron::parse("0 0 30 2 *"), Err(CronError::Never));
    assert!(cron::parse("0 0 29 2 *").is_ok());
    assert!(cron::parse("0 0 30 2 mon").is_ok());
}

#[test]
fn rare_ticks_are_found() {
    let leap = ticks(
        "0 0 29 2 */7",
        "Etc/UTC",
        "2026-01-01T00:00:00Z",
        "2072-01-01T00:00:00Z",
    );
    assert_eq!(leap, ["29 00:00 +00:00", "29 00:00 +00:00"]);
}

#[test]
fn a_zone_has_the_offsets_of_jiff() {
    for name in [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "Africa/Monrovia",
    ] {
        let data = cron::zone(name).unwrap();
        let zone = TimeZone::get(name).unwrap();
        let start = Timestamp::from_second(0).unwrap();
        let end = Timestamp::from_second(4_102_444_800).unwrap();
        let mut offset = zone.to_offset(start).seconds();
        assert_eq!(data.first, offset, "{name}");
        let mut expected = Vec::new();
        for transition in zone
            .following(start)
            .take_while(|transition| transition.timestamp() <= end)
        {
            if transition.offset().seconds() != offset {
                offset = transition.offset().seconds();
                expected.push((
                    u32::try_from(transition.timestamp().as_second()).unwrap(),
                    offset,
                ));
            }
        }
        assert_eq!(data.transitions, expected, "{name}");
    }
    assert_eq!(cron::zone("Europe/Berlin"), cron::zone("europe/berlin"));
    assert_eq!(cron::zone("Europe/Bärlin"), None);
}

/// Finds the expected ticks by comparing every minute with the expression.
fn every_minute(expression: &Expression, zone: &TimeZone, start: i64, end: i64) -> Vec<i64> {
    let matches = |local: DateTime| {
        let has = |set: u64, value: i8| set >> u32::try_from(value).unwrap() & 1 == 1;
        let of_month = has(expression.days.into(), local.day());
        let of_week = has(
            expression.weekdays.into(),
            local.weekday().to_sunday_zero_offset(),
        );
        let day = if expression.either_day {
            of_month || of_week
        } else {
            of_month && of_week
        };
        day && has(expression.minutes, local.minute())
            && has(expression.hours.into(), local.hour())
            && has(expression.months.into(), local.month())
            && local.second() == 0
    };
    let mut found = Vec::new();
    for time in (start..end).step_by(60) {
        let at = Timestamp::from_second(time).unwrap();
        let local = zone.to_datetime(at);
        let is_second = match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Fold { before, .. } => zone.to_offset(at) != before,
            _ => false,
        };
        let mut is_tick = matches(local) && !(expression.is_fixed && is_second);
        let before = zone.to_offset(at - 1.second());
        let gap = (zone.to_offset(at).seconds() - before.seconds()) / 60;
        if expression.is_fixed && gap > 0 {
            let skipped = local - i64::from(gap).minutes();
            is_tick |= (0..gap).any(|minute| matches(skipped + i64::from(minute).minutes()));
        }
        if is_tick {
            found.push(time);
        }
    }
    found
}

#[test]
fn ticks_equal_the_minutes_of_a_calendar_that_match() {
    let expressions = [
        "* * * * *",
        "*/15 * * * *",
        "0 * * * *",
        "30 2 * * *",
        "0,30 1-3 * * *",
        "*/20 2 * * *",
        "15 */2 * * *",
        "45 1,23 * * sun",
        "0 0 1,15 * mon",
        "59 23 28-31 * *",
        "0 0 */3 mar,oct sat-sun",
        "7 3 29 2 *",
        "10 0 30 12 *",
    ];
    for (name, windows) in [
        (
            "Europe/Berlin",
            [
                "2026-03-27T00:00:00Z",
                "2026-10-23T00:00:00Z",
                "2028-02-27T00:00:00Z",
            ],
        ),
        (
            "America/New_York",
            [
                "2026-03-06T00:00:00Z",
                "2026-10-30T00:00:00Z",
                "2027-12-29T00:00:00Z",
            ],
        ),
        (
            "Australia/Lord_Howe",
            [
                "2026-04-03T00:00:00Z",
                "2026-10-02T00:00:00Z",
                "2099-10-02T00:00:00Z",
            ],
        ),
        (
            "Pacific/Apia",
            [
                "2011-12-28T00:00:00Z",
                "2012-03-30T00:00:00Z",
                "2020-09-25T00:00:00Z",
            ],
        ),
        (
            "Asia/Kathmandu",
            [
                "1985-12-30T00:00:00Z",
                "2026-02-27T00:00:00Z",
                "2026-12-29T00:00:00Z",
            ],
        ),
    ] {
        let data = cron::zone(name).unwrap();
        let zone = TimeZone::get(name).unwrap();
        for window in windows {
            let start = window.parse::<Timestamp>().unwrap().as_second();
            let end = start + 5 * 24 * 3600;
            for text in expressions {
                let expression = cron::parse(text).unwrap();
                let ticks = all_ticks(&expression, &data.as_zone(), start, end);
                assert_eq!(
                    ticks,
                    every_minute(&expression, &zone, start, end),
                    "{text} in {name} from {window}"
                );
            }
        }
    }
}
