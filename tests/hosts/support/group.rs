//! A process group that ends with the test process.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};

/// A command and every process that it starts.
///
/// A second process, the reaper, reads from a pipe. Only the test process can write to the pipe. The pipe closes when
/// `kill` is called, and when the test process ends for any reason. The reaper then sends SIGKILL to the group.
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
            // The reaper has a separate process group, because Ctrl-C in a terminal kills the whole group of the test
            // process.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { leader, reaper })
    }

    /// Returns the process id of the command.
    pub(crate) fn id(&self) -> u32 {
        self.leader.id()
    }

    /// Returns the exit status of the command if it has ended.
    pub(crate) fn exit_status(&mut self) -> Option<ExitStatus> {
        self.leader.try_wait().unwrap()
    }

    /// Sends a signal to the command, but not to the processes that it started.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.leader.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.unwrap().success(), "kill -s {name} {id}");
    }

    /// Sets the maximum size, in bytes, of each file that the command writes. `None` removes the limit.
    pub(crate) fn limit_file_size(&self, limit: Option<u64>) {
        let id = self.leader.id().to_string();
        let limit = limit.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        // Sets only the soft limit, which every user may raise again. Without a value after the colon, `prlimit` keeps
        // the hard limit.
        let limit = format!("--fsize={limit}:");
        let status = Command::new("prlimit")
            .args(["--pid", &id, &limit])
            .status();
        assert!(status.unwrap().success(), "prlimit --pid {id} {limit}");
    }

    /// Sends SIGKILL to every process of the group and waits until the command has ended.
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
