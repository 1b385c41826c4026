//! Lines of a stream, in bounded memory.

use std::{
    io::{self, Read},
    mem,
};

use memchr::memchr;

/// How much is read at once, in bytes.
const READ: usize = 256 * 1024;

/// How long a line may be, in bytes. Workers cuts what one invocation logs at 256 KB, and nothing else comes near.
pub(super) const LONGEST: usize = 8 * 1024 * 1024;

/// What was read and not yet taken.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    /// What is before `start` was taken, and what is from `end` on was not read.
    start: usize,
    end: usize,
    /// There is no line end between `start` and this.
    searched: usize,
    /// Whether the line at `start` began before it.
    is_part: bool,
}

/// A line, or a part of one that is too long.
#[derive(Debug)]
pub(super) enum Chunk<'a> {
    /// Without its end.
    Line(&'a [u8]),
    /// With its end, if it has it.
    Part(&'a [u8]),
}

impl Buffer {
    pub(super) fn new() -> Self {
        Self {
            bytes: vec![0; READ],
            start: 0,
            end: 0,
            searched: 0,
            is_part: false,
        }
    }

    /// Reads once, after every line was taken; returns how many bytes that were.
    ///
    /// # Errors
    ///
    /// Fails when `from` does.
    pub(super) fn fill(&mut self, mut from: impl Read) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.searched -= self.start;
        self.start = 0;
        if self.end == self.bytes.len() {
            self.bytes.resize((self.end * 2).min(LONGEST), 0);
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

    /// Takes the next line.
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

    /// Takes what is there of a line that has not ended.
    pub(super) fn rest(&mut self) -> Option<Chunk<'_>> {
        let is_full = self.is_full();
        let is_part = mem::replace(&mut self.is_part, is_full) || is_full;
        let rest = &self.bytes[self.start..self.end];
        (self.start, self.searched) = (self.end, self.end);
        let chunk = if is_part { Chunk::Part } else { Chunk::Line };
        (!rest.is_empty()).then_some(chunk(rest))
    }

    fn is_full(&self) -> bool {
        self.end - self.start == LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `text` is taken as, read in pieces of `size` bytes; lines are marked.
    fn chunks(text: &[u8], size: usize) -> Vec<(bool, Vec<u8>)> {
        let mut buffer = Buffer::new();
        let mut chunks = Vec::new();
        let mut keep = |chunk: Chunk<'_>| match chunk {
            Chunk::Line(line) => chunks.push((true, line.to_vec())),
            Chunk::Part(part) => chunks.push((false, part.to_vec())),
        };
        for mut piece in text.chunks(size) {
            while buffer.fill(&mut piece).expect("bytes") > 0 {
                while let Some(chunk) = buffer.next() {
                    keep(chunk);
                }
            }
        }
        if let Some(chunk) = buffer.rest() {
            keep(chunk);
        }
        chunks
    }

    #[test]
    fn lines_are_the_same_however_they_arrive() {
        let text = b"one\n\ntwo\r\nno end";
        let lines = [&b"one"[..], b"", b"two\r", b"no end"].map(|line| (true, line.to_vec()));
        for size in [1, 2, 3, 5, 100] {
            assert_eq!(chunks(text, size), lines);
        }
    }

    #[test]
    fn a_line_of_the_greatest_length_is_whole_and_a_longer_one_comes_in_parts() {
        let lengths = |text: &[u8]| -> Vec<(bool, usize)> {
            let chunks = chunks(text, 1_000_003);
            let length = |(is_line, chunk): &(bool, Vec<u8>)| (*is_line, chunk.len());
            chunks.iter().map(length).collect()
        };
        let line = |length, end: &[u8]| [&vec![b'x'; length][..], end].concat();
        for (text, expected) in [
            (
                line(LONGEST - 1, b"\nshort\n"),
                &[(true, LONGEST - 1), (true, 5)][..],
            ),
            (
                line(2 * LONGEST + 9, b"\nshort\n"),
                &[(false, LONGEST), (false, LONGEST), (false, 10), (true, 5)],
            ),
            (line(LONGEST + 1, b""), &[(false, LONGEST), (false, 1)]),
        ] {
            assert_eq!(lengths(&text), expected);
        }
    }
}
