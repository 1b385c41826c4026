//! Follows files that grow, are truncated or are replaced.

use std::{
    fs::{self, File, Metadata},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use super::{printer::Printer, stream::Stream};

/// The time between two checks for new bytes. A check takes three system calls per file.
const PAUSE: Duration = Duration::from_millis(100);

/// Prints the contents of the files at `paths`, and everything that is later appended to the files. Waits for files
/// that do not exist yet.
///
/// # Errors
///
/// Fails when a file cannot be read or the printer fails.
pub(super) fn follow<W: Write>(paths: &[PathBuf], printer: &mut Printer<W>) -> Result<()> {
    let mut files: Vec<_> = paths.iter().map(|path| Followed::new(path)).collect();
    for file in files.iter().filter(|file| !file.path.exists()) {
        eprintln!("note: waiting for {}", file.path.display());
    }
    loop {
        let mut is_idle = true;
        for file in &mut files {
            is_idle &= !file.advance(printer)?;
        }
        if is_idle {
            thread::sleep(PAUSE);
        }
    }
}

#[derive(Debug)]
struct Followed {
    path: PathBuf,
    stream: Stream,
    open: Option<File>,
    /// The new file at the path, if it has replaced the open file. The new file is read after the open file has been
    /// read to its end.
    next: Option<File>,
    /// The number of bytes read from the open file.
    position: u64,
}

impl Followed {
    fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            stream: Stream::new(path),
            open: None,
            next: None,
            position: 0,
        }
    }

    /// Reads from the file once. Returns whether the file had new bytes, or was opened, truncated or replaced.
    fn advance<W: Write>(&mut self, printer: &mut Printer<W>) -> Result<bool> {
        let Some(open) = &mut self.open else {
            self.open = self.open()?;
            return Ok(self.open.is_some());
        };
        let read = self.stream.advance(&*open, printer)?;
        self.position += read as u64;
        if read > 0 {
            return Ok(true);
        }
        let cannot_read = || format!("cannot read {}", self.path.display());
        let open_file = open.metadata().with_context(cannot_read)?;
        if open_file.is_file() && open_file.len() < self.position {
            open.rewind().with_context(cannot_read)?;
        } else if let Some(next) = self.next.take() {
            *open = next;
        } else {
            // After a rename, the open file may still grow, and the new file may not exist for a while.
            if fs::metadata(&self.path).is_ok_and(|current| !is_same(&open_file, &current)) {
                self.next = self.open()?;
            }
            return Ok(self.next.is_some());
        }
        self.position = 0;
        self.stream.end(printer)?;
        Ok(true)
    }

    /// Opens the file at the path. Returns `None` when the file does not exist.
    fn open(&self) -> Result<Option<File>> {
        match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened
                .map(Some)
                .with_context(|| format!("cannot open {}", self.path.display())),
        }
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.created().ok() == other.created().ok()
}
