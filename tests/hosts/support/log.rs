//! What a server wrote.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::Value;

use super::secrets;

/// The logs of every server of this run.
static LOGS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// The file that a server's output goes to.
pub(crate) struct Log(PathBuf);

impl Log {
    pub(super) fn create(path: PathBuf) -> (Self, File) {
        let file = File::options().create(true).append(true).open(&path);
        let file = file.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        LOGS.lock().unwrap().push(path.clone());
        (Self(path), file)
    }

    /// The JSON lines so far.
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.json().map(|(_, line)| line).collect()
    }

    /// The lines about one request, as they were written.
    pub(crate) fn text_of(&self, request_id: &str) -> Vec<String> {
        let lines = self.json();
        let lines = lines.filter(|(_, line)| line["request_id"] == request_id);
        lines.map(|(text, _)| text).collect()
    }

    /// Text and value of the JSON lines. wrangler writes others between them, and a word in front of some.
    fn json(&self) -> impl Iterator<Item = (String, Value)> + use<> {
        let text = self.text();
        let object = |line: &str| Some(line.get(line.find('{')?..=line.rfind('}')?)?.to_owned());
        let lines: Vec<String> = text.lines().filter_map(object).collect();
        let json = |line: String| serde_json::from_str(&line).ok().map(|value| (line, value));
        lines.into_iter().filter_map(json)
    }

    /// The lines about one request.
    pub(crate) fn of(&self, request_id: &str) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["request_id"] == request_id);
        lines
    }

    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(60)..].join("\n");
        format!("the end of {}:\n{end}\n", self.0.display())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.0).unwrap_or_default()).into_owned()
    }
}

/// Prints the end of every server's log.
pub(crate) fn show_all() {
    for path in LOGS.lock().unwrap().iter() {
        eprintln!("\n{}", Log(path.clone()).tail());
    }
}

/// What is wrong when a JSON line of some server shows a secret that a scenario used.
pub(crate) fn shown_secrets() -> Option<String> {
    let logs = LOGS.lock().unwrap();
    let of_log = |path: &PathBuf| {
        let lines = Log(path.clone()).json();
        let shows = |(line, _): &(String, Value)| secrets::are_in(line);
        lines.filter(shows).map(|(line, _)| line).collect()
    };
    let shown: Vec<String> = logs.iter().flat_map::<Vec<String>, _>(of_log).collect();
    (!shown.is_empty()).then(|| format!("log lines show secrets:\n{}", shown.join("\n")))
}
