//! The reply of a receiver.

use std::io::{self, Write};

pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
    /// How many bytes `Content-Length` declares in addition to the bytes that the receiver sends.
    missing: usize,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: String::new(),
            body: Vec::new(),
            missing: 0,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Ends the connection before the end of the declared body.
    pub(crate) fn cut_off(mut self) -> Self {
        self.missing = 9;
        self
    }

    pub(crate) fn write(&self, mut to: impl Write) -> io::Result<()> {
        let Self {
            status,
            headers,
            body,
            missing,
        } = self;
        // A 204 or 304 response has no content, so the response has no `Content-Length` (RFC 9110 section 8.6).
        let length = match status {
            204 | 304 => String::new(),
            _ => format!("Content-Length: {}\r\n", body.len() + missing),
        };
        write!(
            to,
            "HTTP/1.1 {status} Reply\r\n{length}{headers}Connection: close\r\n\r\n"
        )?;
        to.write_all(body)
    }
}
