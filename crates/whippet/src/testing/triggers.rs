//! Compares the cron triggers in `wrangler.toml` with the schedules of an app.

use std::time::Duration;

use toml::{Table, Value};
use whippet_schedule::cron::{Zone, parse_cloudflare};

use crate::{App, Timestamp};

/// The start of 2026, in milliseconds since the Unix epoch. The ticks in 2026 are compared with the triggers.
const START: i64 = 1_767_225_600_000;
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);

/// For each schedule, at most this many ticks are compared with the triggers.
const COMPARED: usize = 20_000;

/// A tick counts as missed if no trigger fires at the tick or within this many seconds after it.
const GRACE: i64 = 300;

/// Compares the cron triggers in `wrangler.toml` with the schedules of the [`#[cron]`](macro@crate::cron) functions of
/// an app. `manifest` is the text of the file. Returns a message about each of these errors:
///
/// - a trigger that is not valid, or that uses the characters `L`, `W` or `#`,
/// - a schedule with a missed tick, which means that no trigger runs the Worker within 5 minutes after the tick.
///
/// Triggers are in UTC, and Cloudflare counts the days of the week from 1 (Sunday) to 7. The expression of a `#[cron]`
/// function is in the time zone of the function, and counts the days of the week from 0 (Sunday). The trigger
/// `* * * * *` fires every minute, so every schedule is covered.
///
/// ```
/// use whippet::testing::trigger_mistakes;
/// use whippet::{App, TaskError, cron, tasks};
///
/// #[cron("0 6 * * mon", tz = "Europe/Berlin")]
/// async fn report() -> Result<(), TaskError> {
///     Ok(())
/// }
///
/// let app = App::new().tasks(tasks![report]);
/// // This trigger runs on Sundays, and in summer it also runs an hour too late.
/// assert_eq!(
///     trigger_mistakes("[triggers]\ncrons = [\"0 5 * * 1\"]", &app),
///     ["the task `report` is due at 2026-01-05T05:00:00.000Z, but no trigger comes within 5 minutes: add the trigger \"* * * * *\""],
/// );
/// assert_eq!(trigger_mistakes("[triggers]\ncrons = [\"0 4,5 * * 2\"]", &app), [""; 0]);
/// ```
#[must_use]
pub fn trigger_mistakes(manifest: &str, app: &App) -> Vec<String> {
    let manifest: Table = match manifest.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("the file is not valid TOML: {error}")],
    };
    let triggers = manifest
        .get("triggers")
        .and_then(|triggers| triggers.get("crons"));
    let triggers = triggers.and_then(Value::as_array).into_iter().flatten();
    let (mut parsed, mut mistakes) = (Vec::new(), Vec::new());
    for trigger in triggers {
        let Some(text) = trigger.as_str() else {
            mistakes.push(format!(
                "a trigger must be a string, but one has the type {}",
                trigger.type_str()
            ));
            continue;
        };
        match parse_cloudflare(text) {
            Ok(expression) => parsed.push(expression),
            Err(error) => mistakes.push(format!("the trigger {text:?} is not valid: {error}")),
        }
    }
    let start = Timestamp::from_millis(START);
    for (name, cron) in app.schedules() {
        let is_missed = |tick: &Timestamp| {
            let tick = tick.as_seconds();
            let mut triggers = parsed
                .iter()
                .filter_map(|trigger| trigger.next_tick(&Zone::UTC, tick - 1));
            !triggers.any(|trigger| trigger <= tick + GRACE)
        };
        let mut ticks = cron.ticks(start, start + YEAR).take(COMPARED);
        if let Some(tick) = ticks.find(is_missed) {
            mistakes.push(format!(
                "the task `{name}` is due at {tick}, but no trigger comes within 5 minutes: add the trigger \"* * * * *\""
            ));
        }
    }
    mistakes
}
