//! Properties that hold for every input.

use std::time::Duration;

use proptest::prelude::*;
use whippet::response::{Order, PageLimit, PageParams};
use whippet::testing::TestApp;
use whippet::{App, MAX_INTEGER, Retry, Timestamp, Value, query};

/// Returns a configuration that does not store failed cases in files. Instead, write a separate test for a failed case.
fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(128)
    }
}

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

fn params(cursor: &str) -> PageParams {
    PageParams {
        limit: PageLimit::try_from(1).ok(),
        cursor: Some(cursor.to_owned()),
        order: None,
    }
}

proptest! {
    #![proptest_config(config())]

    #[whippet::test]
    fn a_retry_schedule_in_text_is_parsed_to_the_same_delays(
        delays in prop::collection::vec((0..31_u64, 0..5_usize), 0..8),
        separator in "[ ,]{1,3}",
    ) {
        let written: Vec<_> = delays.iter().map(|(n, unit)| format!("{n}{}", UNITS[*unit].0)).collect();
        let retry: Retry = written.join(&separator).parse().unwrap();
        let expected: Vec<_> = delays
            .iter()
            .map(|(n, unit)| Duration::from_millis(n * UNITS[*unit].1))
            .collect();
        prop_assert_eq!(retry.delays(), expected);
    }

    #[whippet::test]
    fn the_error_of_an_invalid_schedule_names_the_invalid_word(text in "[0-9a-z .,é-]{0,12}") {
        match text.parse::<Retry>() {
            Ok(retry) => {
                let longest = Duration::from_secs(30 * 86_400);
                prop_assert!(retry.delays().iter().all(|delay| *delay <= longest));
            }
            Err(error) => {
                let message = error.to_string();
                let mut words = text.split([' ', ',']).map(|word| format!("{word:?}"));
                let is_named = words.any(|word| message.starts_with(&word));
                prop_assert!(is_named, "{}", message);
            }
        }
    }

    #[whippet::test]
    fn a_retry_delay_stays_within_its_jitter(
        seconds in 0..100_000_u64, jitter in -1.0..2.0_f64, random in -1.0..2.0_f64, number in 0..3_u32,
    ) {
        let retry: Retry = format!("{seconds}s").parse().unwrap();
        let delay = retry.jitter(jitter).delay(number, random);
        prop_assert_eq!(delay.is_some(), number == 1);
        if let Some(delay) = delay {
            let (share, seconds) = (jitter.clamp(0.0, 1.0), seconds as f64);
            let off = (delay.as_secs_f64() - seconds).abs();
            prop_assert!(off <= seconds * share + 1e-6, "{off}");
        }
    }

    #[whippet::test]
    fn a_timestamp_in_text_or_json_is_parsed_to_the_same_timestamp(millis in any::<i64>()) {
        let at = Timestamp::from_millis(millis);
        let text = at.to_string();
        prop_assert_eq!(text.len(), 24);
        prop_assert_eq!(Timestamp::parse(&text), Some(at));
        prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&at));
        let json = serde_json::to_string(&at).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
        prop_assert_eq!(Value::from(at), Value::Integer(at.as_millis()));
    }

    #[whippet::test]
    fn the_time_between_timestamps_is_the_duration_that_was_added(millis in -1_000_000_000_000..1_000_000_000_000_i64, by in 0..1_000_000_000_u64) {
        let (at, by) = (Timestamp::from_millis(millis), Duration::from_millis(by));
        prop_assert_eq!((at + by).since(at), by);
        prop_assert_eq!(at.since(at + by), Duration::ZERO);
        prop_assert_eq!((at + by) - by, at);
    }

    #[whippet::test]
    fn a_parsed_timestamp_is_in_range(text in "[0-9TZ:.+-]{0,30}") {
        if let Some(at) = Timestamp::parse(&text) {
            prop_assert!((Timestamp::MIN..=Timestamp::MAX).contains(&at));
        }
    }

    #[whippet::test]
    fn a_cursor_continues_at_the_key_that_it_encodes(id in any::<String>(), at in any::<i64>()) {
        const COLUMNS: &[&str] = &["at", "id"];
        let first = params("").cursor("list", COLUMNS, Order::Ascending).unwrap();
        let key = |row: &(i64, String)| [row.0.into(), row.1.as_str().into()];
        let page = first.page(vec![(at, id.clone()), (at, id.clone())], key).unwrap();
        let cursor = page.next.unwrap();
        let next = params(&cursor).cursor("list", COLUMNS, Order::Ascending).unwrap();
        let key: (i64, String) = serde_json::from_str(&next.key().unwrap()).unwrap();
        prop_assert_eq!(key, (at, id));
        prop_assert!(params(&cursor).cursor("other", COLUMNS, Order::Ascending).is_err());
        prop_assert!(params(&cursor).cursor("list", &["id"], Order::Ascending).is_err());
    }

    #[whippet::test]
    fn a_bound_value_is_read_back(
        integer in -MAX_INTEGER..=MAX_INTEGER, real in any::<f64>().prop_filter("finite", |real| real.is_finite()),
        text in any::<String>(), blob in any::<Option<Vec<u8>>>(), flag in any::<bool>(), list in any::<Vec<Option<String>>>(),
    ) {
        let row = (integer, real, text, blob, flag, list);
        type Row = (i64, f64, String, Option<Vec<u8>>, bool, Vec<Option<String>>);
        let read: Row = whippet::testing::block_on(async {
            let app = TestApp::new(|_| Ok(App::new())).await;
            let select = query("select ?1 as a, ?2 as b, ?3 as c, ?4 as d, ?5 as e, ?6 as f")
                .bind(row.0).bind(row.1).bind(&row.2).bind(row.3.clone()).bind(row.4).bind_json(&row.5);
            select.fetch_one(&app.context().db()).await.unwrap()
        });
        prop_assert_eq!(read.1.to_bits(), (row.1 + 0.0).to_bits());
        prop_assert_eq!(read, row);
    }

    #[whippet::test]
    fn text_that_is_not_a_cursor_is_rejected(text in "[A-Za-z0-9_=-]{1,40}") {
        prop_assert!(params(&text).cursor("list", &["id"], Order::Ascending).is_err());
    }
}
