//! What an app under test saw and did, to be printed when the test fails.

use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use axum::http::HeaderMap;

use super::database::literal;
use super::lock;
use super::redact::Secrets;
use crate::db::Statement;
use crate::host::OutboundRequest;
use crate::{FetchError, FetchResponse, Timestamp};

/// How many entries are printed: the last ones.
const PRINTED: usize = 80;

/// How many bytes of a body are printed.
const PRINTED_BODY: usize = 2000;

type Outcome = Result<FetchResponse, FetchError>;

#[derive(Debug)]
pub(super) enum Entry {
    Asked(String, HeaderMap, Bytes),
    Answered(String, HeaderMap, Bytes),
    Sql(Vec<Statement>, String),
    Log(String),
    /// Without an answer when it was not expected.
    Called(Box<OutboundRequest>, Option<Outcome>),
    Time(Timestamp),
}

/// The entries of one app, in order.
#[derive(Debug)]
pub(super) struct Transcript {
    seed: u64,
    secrets: Secrets,
    entries: Mutex<Vec<Entry>>,
    activity: AtomicU64,
}

impl Transcript {
    pub(super) fn new(seed: u64, secrets: Secrets) -> Self {
        Self {
            seed,
            secrets,
            entries: Mutex::default(),
            activity: AtomicU64::new(0),
        }
    }

    pub(super) fn add(&self, entry: Entry) {
        self.activity.fetch_add(1, Ordering::Relaxed);
        lock(&self.entries).push(entry);
    }

    /// Forgets the entries so far.
    pub(super) fn clear(&self) {
        lock(&self.entries).clear();
    }

    /// How many entries were ever added.
    pub(super) fn activity(&self) -> u64 {
        self.activity.load(Ordering::Relaxed)
    }

    /// What `pick` finds in the entries.
    pub(super) fn pick<T>(&self, pick: impl FnMut(&Entry) -> Option<T>) -> Vec<T> {
        lock(&self.entries).iter().filter_map(pick).collect()
    }

    /// The text without the secrets of the configuration and of what was asked and answered.
    pub(super) fn redacted(&self, text: &str) -> String {
        self.secrets().hide(text)
    }

    /// A log line that shows a secret of the configuration or of what was asked and answered, if there is one.
    pub(super) fn leak(&self) -> Option<String> {
        let secrets = self.secrets();
        let entries = lock(&self.entries);
        let mut lines = entries.iter().filter_map(|entry| match entry {
            Entry::Log(line) => Some(line),
            _ => None,
        });
        let leak = lines.find(|line| secrets.hide(line) != **line);
        leak.map(|line| secrets.hide(line))
    }

    fn secrets(&self) -> Secrets {
        let mut secrets = self.secrets.clone();
        for entry in lock(&self.entries).iter() {
            match entry {
                Entry::Asked(_, headers, body) | Entry::Answered(_, headers, body) => {
                    secrets.learn(headers, body);
                }
                Entry::Called(request, _) => secrets.learn(&request.headers, &request.body),
                Entry::Sql(..) | Entry::Log(_) | Entry::Time(_) => {}
            }
        }
        secrets
    }
}

impl std::fmt::Display for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        {
            let entries = lock(&self.entries);
            let skipped = entries.len().saturating_sub(PRINTED);
            writeln!(
                text,
                "---- what the app under test saw, oldest first (seed {}) ----",
                self.seed
            )?;
            if skipped > 0 {
                writeln!(text, "… {skipped} entries before these")?;
            }
            for entry in &entries[skipped..] {
                write_entry(&mut text, entry, &self.secrets)?;
            }
            text.push_str("----");
        }
        f.write_str(&self.redacted(&text))
    }
}

fn write_entry(text: &mut String, entry: &Entry, secrets: &Secrets) -> std::fmt::Result {
    match entry {
        Entry::Asked(line, headers, body) => {
            writeln!(text, "> {line}")?;
            write_message(text, headers, body, secrets)
        }
        Entry::Answered(line, headers, body) => {
            writeln!(text, "< {line}")?;
            write_message(text, headers, body, secrets)
        }
        Entry::Sql(statements, outcome) => {
            for statement in statements {
                write!(text, "  sql   {}", on_one_line(&statement.sql))?;
                for (value, number) in statement.values.iter().zip(1..) {
                    let with = if number == 1 { " with" } else { "," };
                    write!(text, "{with} ?{number} = {}", literal(value))?;
                }
                text.push('\n');
            }
            writeln!(text, "        {outcome}")
        }
        Entry::Log(line) => writeln!(text, "  log   {line}"),
        Entry::Called(request, answer) => {
            writeln!(text, "  call  {} {}", request.method, request.url)?;
            write_message(text, &request.headers, &request.body, secrets)?;
            match answer {
                Some(Ok(answer)) => {
                    writeln!(text, "        answered {}", answer.status)?;
                    write_message(text, &answer.headers, &answer.body, secrets)
                }
                Some(Err(error)) => writeln!(text, "        failed: {error}"),
                None => writeln!(text, "        not expected"),
            }
        }
        Entry::Time(now) => writeln!(text, "  time  {now}"),
    }
}

fn write_message(
    text: &mut String,
    headers: &HeaderMap,
    body: &Bytes,
    secrets: &Secrets,
) -> std::fmt::Result {
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        writeln!(text, "        {name}: {}", secrets.header(name, &value))?;
    }
    if body.is_empty() {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(&body[..body.len().min(PRINTED_BODY)]);
    write!(text, "        {}", shown.trim_end())?;
    if body.len() > PRINTED_BODY {
        write!(text, " … of {} bytes", body.len())?;
    }
    text.push('\n');
    Ok(())
}

fn on_one_line(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Prints the transcript when the test panics. Natively that is what dropping the app does; in a browser a panic drops
/// nothing.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn print_on_panic(_: &std::sync::Arc<Transcript>) {}

#[cfg(target_arch = "wasm32")]
pub(super) fn print_on_panic(transcript: &std::sync::Arc<Transcript>) {
    use std::sync::{Once, Weak};
    thread_local! {
        static LIVE: std::cell::RefCell<Vec<Weak<Transcript>>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            LIVE.with_borrow(|live| {
                for transcript in live.iter().filter_map(Weak::upgrade) {
                    wasm_bindgen_test::console_error!("{transcript}");
                }
            });
        }));
    });
    LIVE.with_borrow_mut(|live| {
        live.retain(|transcript| transcript.strong_count() > 0);
        live.push(std::sync::Arc::downgrade(transcript));
    });
}
