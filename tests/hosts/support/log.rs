//! What a server wrote.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::Value;

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

    /// The JSON lines so far. wrangler writes others between them, and a word in front of some.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let json =
            |line: &str| serde_json::from_str(line.get(line.find('{')?..=line.rfind('}')?)?).ok();
        text.lines().filter_map(json).collect()
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
