//! Captures the lines of a log.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::dispatcher::{Dispatch, with_default};
use tracing_subscriber::fmt::MakeWriter;
use whippet::testing::{TestApp, block_on};
use whippet::{Config, Timestamp, log};

use crate::api::app;

/// A log that stores its lines in memory.
pub(crate) struct Log {
    dispatch: Dispatch,
    config: Config,
    lines: CapturedLines,
}

#[derive(Clone, Default)]
struct CapturedLines(Arc<Mutex<Vec<String>>>);

/// The log calls `write` once for each line.
impl Write for CapturedLines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8(line.to_vec()).unwrap();
        self.0.lock().unwrap().push(text);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for CapturedLines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    pub(crate) fn new<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let lines = CapturedLines::default();
        let now = || Timestamp::from_millis(1500);
        let config = Config::from_iter(variables);
        let (dispatch, result) = log::dispatch(&config, lines.clone(), now);
        result.unwrap();
        Self {
            dispatch,
            config,
            lines,
        }
    }

    /// Runs a test with a new app, which writes its log lines to this log. The variables of this log also configure the
    /// app.
    pub(crate) fn run<T>(&self, test: impl AsyncFnOnce(&TestApp) -> T) -> T {
        let test = async { test(&app(self.config.clone()).await).await };
        with_default(&self.dispatch, || block_on(test))
    }

    /// Returns the lines that were written since the last call, and removes them.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.0.lock().unwrap())
    }

    pub(crate) fn parsed(&self) -> Vec<Value> {
        let parse = |line: String| serde_json::from_str(&line).unwrap();
        self.take().into_iter().map(parse).collect()
    }
}

/// Sends one request with the request id `r` to an app with the default log settings. Returns the log lines of this
/// request.
pub(crate) fn logged(path: &str) -> Vec<String> {
    let log = Log::new([]);
    log.run(async |app| app.get(path).header("x-request-id", "r").await);
    log.take()
}

pub(crate) fn parsed(path: &str) -> Vec<Value> {
    let parse = |line: String| serde_json::from_str(&line).unwrap();
    logged(path).into_iter().map(parse).collect()
}

/// Returns the keys of a line in order. Asserts that no key is repeated.
pub(crate) fn keys(line: &str) -> Vec<String> {
    struct Keys(Vec<String>);
    impl<'de> serde::Deserialize<'de> for Keys {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Keys;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }
                fn visit_map<A: serde::de::MapAccess<'de>>(
                    self,
                    mut map: A,
                ) -> Result<Keys, A::Error> {
                    let mut keys = Vec::new();
                    while let Some((key, _)) = map.next_entry::<String, Value>()? {
                        assert!(!keys.contains(&key), "{key} is repeated");
                        keys.push(key);
                    }
                    Ok(Keys(keys))
                }
            }
            deserializer.deserialize_map(Visitor)
        }
    }
    serde_json::from_str::<Keys>(line).unwrap().0
}
