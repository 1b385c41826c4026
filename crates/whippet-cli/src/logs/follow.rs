//! Files that grow, are truncated and are replaced.

use std::{
    fs::{self, File, Metadata},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};

use super::{printer::Printer, stream::Stream};

/// How long to wait when no file has more. A look takes three system calls a file.
const PAUSE: Duration = Duration::from_millis(100);

/// Prints what `paths` have and will have; files that are not there yet are waited for.
///
/// # Errors
///
/// Fails when a file cannot be read, or the printer fails.
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
    /// The file that took the place of the open one, which is read to its end first.
    next: Option<File>,
    /// How much of the open file was read, in bytes.
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

    /// Reads once; returns whether there was anything to do.
    fn advance<W: Write>(&mut self, printer: &mut Printer<W>) -> Result<bool> {
        let Some(open) = &mut self.open else {
            self.open = self.opened()?;
            return Ok(self.open.is_some());
        };
        let read = self.stream.advance(&*open, printer)?;
        self.position += read as u64;
        if read > 0 {
            return Ok(true);
        }
        let cannot_read = || format!("cannot read {}", self.path.display());
        let here = open.metadata().with_context(cannot_read)?;
        if here.is_file() && here.len() < self.position {
            open.rewind().with_context(cannot_read)?;
        } else if let Some(next) = self.next.take() {
            *open = next;
        } else {
            // Between a renaming and a new file there is none, and the old one may still grow.
            if fs::metadata(&self.path).is_ok_and(|there| !is_same(&here, &there)) {
                self.next = self.opened()?;
            }
            return Ok(self.next.is_some());
        }
        self.position = 0;
        self.stream.end(printer)?;
        Ok(true)
    }

    /// The file that is there now, if there is one.
    fn opened(&self) -> Result<Option<File>> {
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
