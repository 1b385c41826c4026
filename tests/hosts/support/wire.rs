//! Reads HTTP/1.1 messages from a connection. Receivers read requests, and clients read responses.

use std::io::{self, Read};

use ureq::http::{HeaderMap, HeaderName};

/// An HTTP request or response.
pub(crate) struct Message {
    /// The first line of the message.
    pub(crate) start: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads one message. Returns `None` if the other side closed the connection before the end of the message.
    pub(crate) fn read(mut stream: impl Read) -> io::Result<Option<Self>> {
        let mut received = Vec::new();
        let mut buffer = [0; 64 * 1024];
        loop {
            let count = match stream.read(&mut buffer) {
                Ok(count) => count,
                Err(e) if e.kind() == io::ErrorKind::ConnectionReset => 0,
                Err(e) => return Err(e),
            };
            received.extend_from_slice(&buffer[..count]);
            if let Some(message) = Self::parse(&received, count == 0) {
                return Ok(Some(message));
            }
            if count == 0 {
                return Ok(None);
            }
        }
    }

    fn parse(received: &[u8], at_end: bool) -> Option<Self> {
        let end = received
            .windows(4)
            .position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&received[..end]).into_owned();
        let (start, lines) = head.split_once("\r\n").unwrap_or((&head, ""));
        let headers = headers(lines);
        let rest = &received[end + 4..];
        let body = if headers
            .get("transfer-encoding")
            .is_some_and(|value| value == "chunked")
        {
            unchunk(rest)?
        } else if let Some(length) = headers.get("content-length") {
            let length = length.to_str().ok()?.parse().ok()?;
            rest.get(..length)?.to_vec()
        } else if start.starts_with("HTTP/") && !at_end {
            return None;
        } else {
            rest.to_vec()
        };
        Some(Self {
            start: start.to_owned(),
            headers,
            body,
        })
    }

    /// Returns the word with this index in the first line.
    pub(crate) fn word(&self, index: usize) -> &str {
        self.start.split(' ').nth(index).unwrap_or_default()
    }
}

fn headers(lines: &str) -> HeaderMap {
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.parse::<HeaderName>().ok()?, value.trim().parse().ok()?))
    };
    lines.split("\r\n").filter_map(header).collect()
}

/// Encodes one chunk of a body with `Transfer-Encoding: chunked`. An empty chunk ends the body.
pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let size = format!("{:x}\r\n", bytes.len());
    [size.as_bytes(), bytes, b"\r\n"].concat()
}

/// Returns the decoded body if its last chunk has arrived.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = String::from_utf8_lossy(&rest[..end]);
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        let chunk = &rest[end + 2..];
        body.extend_from_slice(chunk.get(..size)?);
        rest = chunk.get(size + 2..)?;
    }
}
