//! Splits a stream into lines, in bounded memory.

use std::{
    io::{self, Read},
    mem,
};

use memchr::memchr;

/// The initial size of the buffer, in bytes.
const READ_SIZE: usize = 256 * 1024;

/// The maximum number of bytes in a line, including its line end. No host writes longer lines. For example, Workers
/// truncates the logs of one invocation at 256 KB.
pub(super) const MAX_LINE: usize = 8 * 1024 * 1024;

/// The bytes of a stream that were read but not yet returned as a chunk.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// The bytes before `start` were already returned. The bytes from `end` on are free for the next read.
    start: usize,
    end: usize,
    /// The bytes between `start` and `searched` contain no line end.
    searched: usize,
    /// Whether the bytes at `start` continue a line whose first part was already returned.
    is_part: bool,
}

/// A line, or only a part of the line if it is longer than [`MAX_LINE`].
#[derive(Debug)]
pub(super) enum Chunk<'a> {
    /// A whole line, without its line end.
    Line(&'a [u8]),
    /// A part of a line, if the line is longer than [`MAX_LINE`]. The last part of the line includes the line end.
    Part(&'a [u8]),
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; READ_SIZE],
            start: 0,
            end: 0,
            searched: 0,
            is_part: false,
        }
    }

    /// Reads from `from` once and returns the number of bytes read. Call `fill` only after [`next`](Self::next) has
    /// returned `None`.
    ///
    /// # Errors
    ///
    /// Fails when `from` cannot be read.
    pub(super) fn fill(&mut self, mut from: impl Read) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.searched -= self.start;
        self.start = 0;
        if self.end == self.bytes.len() {
            self.bytes.resize((self.end * 2).min(MAX_LINE), 0);
        }
        loop {
            match from.read(&mut self.bytes[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    self.end += *read.as_ref().unwrap_or(&0);
                    return read;
                }
            }
        }
    }

    /// Returns the next line, or `None` when the line end is not yet in the buffer. Returns a line that is longer than
    /// [`MAX_LINE`] in parts.
    pub(super) fn next(&mut self) -> Option<Chunk<'_>> {
        let Some(length) = memchr(b'\n', &self.bytes[self.searched..self.end]) else {
            self.searched = self.end;
            return self.is_full().then(|| self.rest()).flatten();
        };
        let (start, end) = (self.start, self.searched + length);
        self.start = end + 1;
        self.searched = self.start;
        if mem::take(&mut self.is_part) {
            return Some(Chunk::Part(&self.bytes[start..=end]));
        }
        Some(Chunk::Line(&self.bytes[start..end]))
    }

    /// Returns the remaining buffered bytes, which contain no line end.
    pub(super) fn rest(&mut self) -> Option<Chunk<'_>> {
        let is_full = self.is_full();
        let is_part = mem::replace(&mut self.is_part, is_full) || is_full;
        let rest = &self.bytes[self.start..self.end];
        (self.start, self.searched) = (self.end, self.end);
        let chunk = if is_part { Chunk::Part } else { Chunk::Line };
        (!rest.is_empty()).then_some(chunk(rest))
    }

    fn is_full(&self) -> bool {
        self.end - self.start == MAX_LINE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills a buffer with `text`, `size` bytes at a time. Each returned pair describes a chunk: whether the chunk is a
    /// whole line, and its bytes.
    fn chunks(text: &[u8], size: usize) -> Vec<(bool, Vec<u8>)> {
        let mut buffer = Buffer::new();
        let mut chunks = Vec::new();
        let mut collect = |chunk: Chunk<'_>| match chunk {
            Chunk::Line(line) => chunks.push((true, line.to_vec())),
            Chunk::Part(part) => chunks.push((false, part.to_vec())),
        };
        for mut piece in text.chunks(size) {
            while buffer.fill(&mut piece).expect("bytes") > 0 {
                while let Some(chunk) = buffer.next() {
                    collect(chunk);
                }
            }
        }
        if let Some(chunk) = buffer.rest() {
            collect(chunk);
        }
        chunks
    }

    #[test]
    fn lines_do_not_depend_on_the_size_of_reads() {
        let text = b"one\n\ntwo\r\nno end";
        let lines = [&b"one"[..], b"", b"two\r", b"no end"].map(|line| (true, line.to_vec()));
        for size in [1, 2, 3, 5, 100] {
            assert_eq!(chunks(text, size), lines);
        }
    }

    #[test]
    fn a_line_of_the_maximum_length_is_whole_and_a_longer_line_is_split() {
        let lengths = |text: &[u8]| -> Vec<(bool, usize)> {
            let chunks = chunks(text, 1_000_003);
            let length = |(is_line, chunk): &(bool, Vec<u8>)| (*is_line, chunk.len());
            chunks.iter().map(length).collect()
        };
        let line = |length, end: &[u8]| [&vec![b'x'; length][..], end].concat();
        for (text, expected) in [
            (
                line(MAX_LINE - 1, b"\nshort\n"),
                &[(true, MAX_LINE - 1), (true, 5)][..],
            ),
            (
                line(2 * MAX_LINE + 9, b"\nshort\n"),
                &[(false, MAX_LINE), (false, MAX_LINE), (false, 10), (true, 5)],
            ),
            (line(MAX_LINE + 1, b""), &[(false, MAX_LINE), (false, 1)]),
        ] {
            assert_eq!(lengths(&text), expected);
        }
    }
}
