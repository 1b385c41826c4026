//! A process group that cannot outlive the test process.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A command and everything it starts.
///
/// A second process waits on a pipe that only the test process holds; when the pipe closes, by
/// `kill` or because the test process ended in whatever way, it kills the group with SIGKILL.
pub(crate) struct Group {
    leader: Child,
    reaper: Child,
}

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        let leader = command.process_group(0).stdin(Stdio::null()).spawn()?;
        let reaper = Command::new("sh")
            .args(["-c", r#"read -r _; kill -s KILL -- "-$1""#, "reaper"])
            .arg(leader.id().to_string())
            // Not in the group of the test process, which Ctrl-C in a terminal kills.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { leader, reaper })
    }

    /// How the command ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.leader.try_wait().unwrap()
    }

    /// SIGKILL to every process of the group; returns when the command is gone.
    pub(crate) fn kill(&mut self) {
        drop(self.reaper.stdin.take());
        self.reaper.wait().unwrap();
        self.leader.wait().unwrap();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
