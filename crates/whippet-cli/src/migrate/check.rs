//! `whippet migrate check`.

use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::args::Output;
use super::lint::{self, Finding, Level};
use super::{Outcome, folder, print};

pub(super) fn run(folder: &Path, output: Output) -> Result<Outcome> {
    let files = folder::read(folder)?;
    let findings = lint::lint(&files)?;
    let json = json!({"files": files.len(), "findings": findings});
    print(output, &json, || {
        let mut text = findings_text(folder, &findings);
        match findings.len() {
            0 => writeln!(text, "no findings in {} migrations", files.len()).ok(),
            1 => writeln!(text, "1 finding").ok(),
            count => writeln!(text, "{count} findings").ok(),
        };
        text
    })?;
    Ok(outcome(&findings))
}

/// Returns the outcome of a command that has found `findings`. A command that finds only warnings succeeds.
pub(super) fn outcome(findings: &[Finding]) -> Outcome {
    if findings.iter().any(|finding| finding.level == Level::Error) {
        Outcome::Findings
    } else {
        Outcome::Done
    }
}

/// Formats findings, each with its file and line.
pub(super) fn findings_text(folder: &Path, findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let Finding {
            rule,
            level,
            file,
            line,
            message,
        } = finding;
        let path = folder.join(file);
        let level = level.name();
        // Writing to a string cannot fail.
        writeln!(text, "{}:{line}: {level} {rule}: {message}", path.display()).ok();
    }
    text
}
