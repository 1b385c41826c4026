//! `whippet logs`: splits streams into lines, finds and filters the log lines, and formats them for reading.
//!
//! - Modules for the input: `stream`, `buffer` (lines), `framing` (log lines among other text), `follow` (files that
//!   grow).
//! - Modules for the selection: `record` (a log line), `tail` (the log lines in an event from `wrangler tail`),
//!   `filter`.
//! - Modules for the output: `printer`, `render`, `style`, `escape`.

mod args;
mod buffer;
mod escape;
mod filter;
mod follow;
mod framing;
mod level;
mod printer;
mod record;
mod render;
mod stream;
mod style;
mod tail;
mod time;
mod value;

#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, ErrorKind, IsTerminal, Read, Write},
    path::Path,
};

use anyhow::{Context, Result, ensure};

pub(crate) use args::{HELP, LogsOptions, parse};
use printer::{Format, Printer};
use render::Renderer;
use stream::Stream;

/// Prints the log lines that `options` selects.
///
/// # Errors
///
/// Fails when a file cannot be read or standard output cannot be written. A closed pipe is not an error.
pub(crate) fn logs(options: LogsOptions) -> Result<()> {
    let format = if options.json {
        Format::Json
    } else {
        Format::Text(Renderer::new(options.color.is_on()))
    };
    let files = &options.files;
    let mut printer = Printer::new(options.filter, format, files.len() > 1, io::stdout().lock());
    let result = if options.follow && !args::is_input(&files[0]) {
        follow::follow(files, &mut printer)
    } else {
        files.iter().try_for_each(|file| read(file, &mut printer))
    };
    match result {
        // The reader of the output has closed the pipe, as `head` does in `whippet logs … | head`.
        Err(error) if is_closed(&error) => Ok(()),
        result => result,
    }
}

/// Prints a whole file, or the whole standard input.
fn read<W: Write>(path: &Path, printer: &mut Printer<W>) -> Result<()> {
    if args::is_input(path) {
        let input = io::stdin().lock();
        if input.is_terminal() {
            eprintln!(
                "note: reading standard input from the terminal; see `whippet logs --help` for other inputs"
            );
        }
        return read_all(Path::new("standard input"), input, printer);
    }
    let name = path.display();
    let file = File::open(path).with_context(|| {
        format!("cannot open {name}; use --follow to wait for a file that does not exist yet")
    })?;
    ensure!(
        !file.metadata().is_ok_and(|file| file.is_dir()),
        "{name} is a directory; pass the files in it instead"
    );
    read_all(path, file, printer)
}

fn read_all<W: Write>(path: &Path, mut from: impl Read, printer: &mut Printer<W>) -> Result<()> {
    let mut stream = Stream::new(path);
    while stream.advance(&mut from, printer)? > 0 {}
    stream.end(printer)
}

fn is_closed(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
