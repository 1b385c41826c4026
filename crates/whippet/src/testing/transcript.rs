//! The transcript of an app under test, which is printed when the test fails.

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

/// Only the latest entries are printed, at most this many.
const PRINTED: usize = 80;

/// Only the start of a body is printed, at most this many bytes.
const PRINTED_BODY: usize = 2000;

type Outcome = Result<FetchResponse, FetchError>;

/// An entry of the transcript.
#[derive(Debug)]
pub(super) enum Entry {
    /// A request of the test: its request line (method and path), its headers and its body.
    Request(String, HeaderMap, Bytes),
    /// A response of the app: the status with the request line, the headers and the body.
    Response(String, HeaderMap, Bytes),
    /// SQL statements and their outcome.
    Sql(Vec<Statement>, String),
    /// A log line.
    Log(String),
    /// An outbound call with its outcome, or without an outcome if the test did not expect the call.
    Call(Box<OutboundRequest>, Option<Outcome>),
    /// The clock moved to this time.
    Time(Timestamp),
}

/// Everything that one app has received and done, in order.
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

    /// Removes all entries.
    pub(super) fn clear(&self) {
        lock(&self.entries).clear();
    }

    /// Returns how many entries have been added so far.
    pub(super) fn activity(&self) -> u64 {
        self.activity.load(Ordering::Relaxed)
    }

    /// Calls `pick` with each entry, and returns the values in the `Some` results.
    pub(super) fn pick<T>(&self, pick: impl FnMut(&Entry) -> Option<T>) -> Vec<T> {
        lock(&self.entries).iter().filter_map(pick).collect()
    }

    /// Replaces each secret in `text` with a placeholder. The secrets come from the configuration, the requests and the
    /// responses.
    pub(super) fn redacted(&self, text: &str) -> String {
        self.secrets().hide(text)
    }

    /// Finds the first log line that contains a secret from the configuration, a request or a response. Returns this
    /// line with the secret redacted.
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
                Entry::Request(_, headers, body) | Entry::Response(_, headers, body) => {
                    secrets.learn(headers, body);
                }
                Entry::Call(request, _) => secrets.learn(&request.headers, &request.body),
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
                "---- transcript of the app under test, oldest first (seed {}) ----",
                self.seed
            )?;
            if skipped > 0 {
                writeln!(text, "… {skipped} earlier entries")?;
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
        Entry::Request(line, headers, body) => {
            writeln!(text, "> {line}")?;
            write_message(text, headers, body, secrets)
        }
        Entry::Response(line, headers, body) => {
            writeln!(text, "< {line}")?;
            write_message(text, headers, body, secrets)
        }
        Entry::Sql(statements, outcome) => {
            for statement in statements {
                write!(text, "  sql   {}", on_one_line(&statement.sql))?;
                for (value, number) in statement.values.iter().zip(1..) {
                    let separator = if number == 1 { " with" } else { "," };
                    write!(text, "{separator} ?{number} = {}", literal(value))?;
                }
                text.push('\n');
            }
            writeln!(text, "        {outcome}")
        }
        Entry::Log(line) => writeln!(text, "  log   {line}"),
        Entry::Call(request, outcome) => {
            writeln!(text, "  call  {} {}", request.method, request.url)?;
            write_message(text, &request.headers, &request.body, secrets)?;
            match outcome {
                Some(Ok(response)) => {
                    writeln!(text, "        returned {}", response.status)?;
                    write_message(text, &response.headers, &response.body, secrets)
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

/// Returns a statement on one line. A long statement is shortened. Most long statements are Whippet's own statements
/// for claiming tasks.
fn on_one_line(sql: &str) -> String {
    /// Only the start of a statement is printed, at most this many bytes.
    const PRINTED: usize = 400;
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.len() <= PRINTED {
        return line;
    }
    let shown = &line[..line.floor_char_boundary(PRINTED)];
    format!("{shown} … of {} bytes", line.len())
}

/// Does nothing. In a native build, a panic drops the app, and the destructor prints the transcript.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn print_on_panic(_: &std::sync::Arc<Transcript>) {}

/// Prints the transcript when the test panics. On wasm32, a panic does not drop the app, so the destructor cannot print
/// the transcript.
#[cfg(target_arch = "wasm32")]
pub(super) fn print_on_panic(transcript: &std::sync::Arc<Transcript>) {
    use std::sync::{Once, Weak};
    thread_local! {
        static TRANSCRIPTS: std::cell::RefCell<Vec<Weak<Transcript>>> = const { std::cell::RefCell::new(Vec::new()) };
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            TRANSCRIPTS.with_borrow(|transcripts| {
                for transcript in transcripts.iter().filter_map(Weak::upgrade) {
                    wasm_bindgen_test::console_error!("{transcript}");
                }
            });
        }));
    });
    TRANSCRIPTS.with_borrow_mut(|transcripts| {
        transcripts.retain(|transcript| transcript.strong_count() > 0);
        transcripts.push(std::sync::Arc::downgrade(transcript));
    });
}

#[cfg(test)]
mod tests {
    use super::on_one_line;

    #[test]
    fn a_long_statement_is_shortened() {
        assert_eq!(on_one_line("select\n  1"), "select 1");
        let long = format!("select '{}'", "é".repeat(300));
        let shown = on_one_line(&long);
        assert!(
            shown.starts_with("select 'é") && shown.ends_with("é … of 609 bytes"),
            "{shown}"
        );
    }
}
