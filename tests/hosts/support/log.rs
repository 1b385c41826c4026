//! The log of a server.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::Value;

use super::secrets;

/// The logs of every server of this run.
static LOGS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The file that holds the output of a server.
pub(crate) struct Log(PathBuf);

impl Log {
    pub(super) fn create(path: PathBuf) -> (Self, File) {
        let file = File::options().create(true).append(true).open(&path);
        let file = file.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        LOGS.lock().unwrap().push(path.clone());
        (Self(path), file)
    }

    /// Returns the JSON lines that the server has written so far.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.json().map(|(_, line)| line).collect()
    }

    /// Returns the text of the JSON lines about one request.
    pub(crate) fn text_of_request(&self, request_id: &str) -> Vec<String> {
        let lines = self.json();
        let lines = lines.filter(|(_, line)| line["request_id"] == request_id);
        lines.map(|(text, _)| text).collect()
    }

    /// Returns each JSON line as a text and as a parsed value. Skips other lines, and the word that wrangler writes
    /// before some JSON lines.
    fn json(&self) -> impl Iterator<Item = (String, Value)> + use<> {
        let text = self.text();
        let object = |line: &str| Some(line.get(line.find('{')?..=line.rfind('}')?)?.to_owned());
        let lines: Vec<String> = text.lines().filter_map(object).collect();
        let json = |line: String| serde_json::from_str(&line).ok().map(|value| (line, value));
        lines.into_iter().filter_map(json)
    }

    /// Returns the JSON lines about one request.
    pub(crate) fn lines_of_request(&self, request_id: &str) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["request_id"] == request_id);
        lines
    }

    /// Returns the last 60 lines of the log.
    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(60)..].join("\n");
        format!("the end of {}:\n{end}\n", self.0.display())
    }

    /// Returns everything that the server has written so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.0).unwrap_or_default()).into_owned()
    }
}

/// Prints the end of every server's log.
pub(crate) fn print_all() {
    for path in LOGS.lock().unwrap().iter() {
        eprintln!("\n{}", Log(path.clone()).tail());
    }
}

/// Returns an error message if a JSON line of any server contains a secret that a scenario used.
pub(crate) fn leaked_secrets() -> Option<String> {
    let logs = LOGS.lock().unwrap();
    let of_log = |path: &PathBuf| {
        let lines = Log(path.clone()).json();
        let leaks = |(line, _): &(String, Value)| secrets::appear_in(line);
        lines.filter(leaks).map(|(line, _)| line).collect()
    };
    let leaks: Vec<String> = logs.iter().flat_map::<Vec<String>, _>(of_log).collect();
    (!leaks.is_empty()).then(|| format!("log lines contain secrets:\n{}", leaks.join("\n")))
}
