//! Parts and their delimiters (RFC 2046 section 5.1.1).

use axum::body::{Body, BodyDataStream, Bytes};
use bytes::BytesMut;
use futures_util::StreamExt;

use super::malformed;
use crate::Problem;
use crate::extract::decode::body;

/// The longest head of a part, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Reads a body up to the next delimiter, and no further than it is asked to.
#[derive(Debug)]
pub(super) struct Reader {
    body: BodyDataStream,
    /// What has been read of the body and not been given away.
    buffer: BytesMut,
    /// The line break that ends a part belongs to the delimiter.
    delimiter: Vec<u8>,
    limit: usize,
    left: usize,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    /// Before the first delimiter, or in a part.
    Content,
    /// Behind a delimiter.
    Delimiter,
    /// Behind the last one: what follows says nothing.
    End,
}

impl Reader {
    pub(super) fn new(body: Body, boundary: &str, limit: usize) -> Self {
        Self {
            body: body.into_data_stream(),
            // The first delimiter may be the first line.
            buffer: BytesMut::from("\r\n"),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            limit,
            left: limit,
            place: Place::Content,
        }
    }

    /// The head of the next part, a line each; none behind the last.
    pub(super) async fn next_head(&mut self) -> Result<Option<Bytes>, Problem> {
        while self.chunk().await?.is_some() {}
        if self.place == Place::End || self.is_last().await? {
            self.place = Place::End;
            return Ok(None);
        }
        let length = loop {
            match find(&self.buffer, END_OF_HEAD) {
                Ok(at) if at <= LONGEST_HEAD => break at,
                _ if self.buffer.len() > LONGEST_HEAD => {
                    return Err(malformed("the head of a part is too long"));
                }
                _ => self.fill("in the head of a part").await?,
            }
        };
        let head = self.buffer.split_to(length + END_OF_HEAD.len());
        self.place = Place::Content;
        Ok(Some(head.freeze()))
    }

    /// A piece of the part; none at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        while self.place == Place::Content {
            let free = match find(&self.buffer, &self.delimiter) {
                Ok(0) => {
                    drop(self.buffer.split_to(self.delimiter.len()));
                    self.place = Place::Delimiter;
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

    /// Whether the delimiter just read is the last. Up to its line's end there may be spaces.
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
                return Err(malformed("something follows a delimiter on its line"));
            }
            self.fill("in a delimiter").await?;
        }
    }

    /// Reads some more of the body.
    async fn fill(&mut self, place: &str) -> Result<(), Problem> {
        let chunk = match self.body.next().await {
            Some(chunk) => chunk.map_err(|error| body::broken(&error, self.limit))?,
            None => return Err(malformed(&format!("it ends {place}"))),
        };
        match self.left.checked_sub(chunk.len()) {
            Some(left) => self.left = left,
            None => return Err(body::too_large(self.limit)),
        }
        self.buffer.extend_from_slice(&chunk);
        Ok(())
    }
}

/// Where `pattern`, which starts with a carriage return, is in `text`; else, how
/// many bytes come before the first that may be the start of it.
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
