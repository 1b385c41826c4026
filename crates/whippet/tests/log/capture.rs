//! The lines that the log wrote.

use std::io::Write;
use std::sync::Mutex;

use serde_json::Value;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what is written; the log writes a line at once.
pub(crate) struct Lines;

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8(line.to_vec()).unwrap();
        LINES.lock().unwrap().push(text);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines that have this text, in order.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    lines
        .iter()
        .filter(|line| line.contains(text))
        .cloned()
        .collect()
}

pub(crate) fn parsed(text: &str) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).unwrap();
    lines(text).iter().map(parse).collect()
}
