//! The parts of a multipart body, and the delimiters between the parts (RFC 2046 section 5.1.1).

use axum::body::{Body, BodyDataStream, Bytes};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::malformed;
use crate::Problem;
use crate::extract::decode::body;

/// The maximum size of the headers of a part, in bytes.
const MAX_HEAD_BYTES: usize = 8 * 1024;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Reads the parts of a multipart body. Reads only as much of the body as the caller asks for.
#[derive(Debug)]
pub(super) struct Reader {
    body: BodyDataStream,
    /// The bytes that the reader has read from the body, but not yet returned.
    buffer: BytesMut,
    /// The delimiter between parts: a line break, two hyphens and the boundary. The line break is not part of the
    /// content that comes before the delimiter.
    delimiter: Vec<u8>,
    /// The maximum size of the body, in bytes.
    limit: usize,
    /// The number of bytes that may still be read from the body.
    remaining: usize,
    position: Position,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Position {
    /// The reader is before the first delimiter, or in a part.
    Content,
    /// The reader is directly after a delimiter.
    Delimiter,
    /// The reader has passed the last delimiter, and ignores the rest of the body.
    End,
}

impl Reader {
    pub(super) fn new(body: Body, boundary: &str, limit: usize) -> Self {
        Self {
            body: body.into_data_stream(),
            // A delimiter begins with a line break. A body that begins with a boundary has no line break there, so one
            // is added.
            buffer: BytesMut::from("\r\n"),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            limit,
            remaining: limit,
            position: Position::Content,
        }
    }

    /// Returns the header lines of the next part; `None` after the last part.
    pub(super) async fn next_head(&mut self) -> Result<Option<Bytes>, Problem> {
        while self.chunk().await?.is_some() {}
        if self.position == Position::End || self.is_last().await? {
            self.position = Position::End;
            return Ok(None);
        }
        let length = loop {
            match find(&self.buffer, END_OF_HEAD) {
                Ok(at) if at <= MAX_HEAD_BYTES => break at,
                _ if self.buffer.len() > MAX_HEAD_BYTES => {
                    return Err(malformed(&format!(
                        "the headers of a part are over the limit of {MAX_HEAD_BYTES} bytes"
                    )));
                }
                _ => self.fill("in the headers of a part").await?,
            }
        };
        let head = self.buffer.split_to(length + END_OF_HEAD.len());
        self.position = Position::Content;
        Ok(Some(head.freeze()))
    }

    /// Returns the next chunk of the part; `None` at the end of the part.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        while self.position == Position::Content {
            let free = match find(&self.buffer, &self.delimiter) {
                Ok(0) => {
                    drop(self.buffer.split_to(self.delimiter.len()));
                    self.position = Position::Delimiter;
                    break;
                }
                Ok(at) | Err(at) => at,
            };
            if free > 0 {
                return Ok(Some(self.buffer.split_to(free).freeze()));
            }
            self.fill("before the last delimiter").await?;
        }
        Ok(None)
    }

    /// Returns whether the delimiter that was just read is the closing delimiter. Spaces may follow a delimiter on the
    /// same line.
    async fn is_last(&mut self) -> Result<bool, Problem> {
        loop {
            if self.buffer.starts_with(b"--") {
                return Ok(true);
            }
            let spaces = self
                .buffer
                .iter()
                .take_while(|byte| matches!(byte, b' ' | b'\t'));
            let spaces = spaces.count();
            drop(self.buffer.split_to(spaces));
            if self.buffer.starts_with(b"\r\n") {
                return Ok(false);
            }
            if self.buffer.len() >= 2 {
                return Err(malformed(
                    "a line with a delimiter also contains other text",
                ));
            }
            self.fill("in a delimiter").await?;
        }
    }

    /// Reads the next chunk of the body. Fails if the body has ended. `position` describes in the error where the body
    /// ended.
    async fn fill(&mut self, position: &str) -> Result<(), Problem> {
        let chunk = match self.body.next().await {
            Some(chunk) => chunk.map_err(|error| body::read_error(&error, self.limit))?,
            None => return Err(malformed(&format!("it ends {position}"))),
        };
        match self.remaining.checked_sub(chunk.len()) {
            Some(remaining) => self.remaining = remaining,
            None => return Err(body::too_large("body", self.limit)),
        }
        self.buffer.extend_from_slice(&chunk);
        Ok(())
    }
}

/// Returns the index of `pattern` in `text`. The pattern must start with a carriage return. If the text does not
/// contain the pattern, returns as the error how many bytes at the start of the text are certainly not part of the
/// pattern. The bytes after them may be the start of the pattern.
fn find(text: &[u8], pattern: &[u8]) -> Result<usize, usize> {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'\r');
    for (at, _) in starts {
        let rest = &text[at..];
        if rest.starts_with(pattern) {
            return Ok(at);
        }
        if pattern.starts_with(rest) {
            return Err(at);
        }
    }
    Err(text.len())
}
