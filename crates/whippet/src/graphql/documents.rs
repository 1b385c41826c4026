//! Which documents an endpoint executes: every document, remembered documents by their hashes, or the documents in a
//! list.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Extensions, Response, ServerError, Value};
use axum::http::StatusCode;
use sha2::{Digest, Sha256};

use crate::id::{ascii, write_hex};
use crate::{Problem, ProblemType};

/// The document is not in the list of the server.
const NOT_LISTED: ProblemType = ProblemType {
    status: StatusCode::FORBIDDEN,
    name: "graphql_document_not_listed",
    title: "GraphQL Document Not Listed",
    doc: "The server executes only the documents in its list. Send the hash of one of them.",
    extensions: &[],
};

/// The maximum total size of the documents that an instance remembers, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Which documents an endpoint executes.
pub(super) enum Documents {
    /// Every document that a client sends.
    Any,
    /// Every document that a client sends. A client can also send the hash of a document that the instance remembers.
    Remembered(Mutex<Memory>),
    /// Only the documents in this map, by their hashes.
    Listed(HashMap<String, &'static str>),
}

/// The documents that an instance remembers.
#[derive(Default)]
pub(super) struct Memory {
    by_hash: HashMap<String, Arc<str>>,
    /// The hashes of the documents. The document that was added first is first.
    order: VecDeque<String>,
    bytes: usize,
}

/// The document of a request.
pub(super) enum Document {
    Text {
        text: Arc<str>,
        /// The hash under which to remember the document. The instance remembers the document after checking that it
        /// exceeds no limit.
        remember: Option<String>,
    },
    /// The instance does not know the hash: the client has to send the document.
    Unknown(Response),
}

impl Documents {
    /// Allows only these documents.
    pub(super) fn listed(documents: &'static [&'static str]) -> Self {
        let documents = documents.iter();
        Self::Listed(documents.map(|text| (hash_of(text), *text)).collect())
    }

    /// Returns the document of a request. `text` and `extensions` are parameters of the request.
    pub(super) fn find(
        &self,
        text: Option<String>,
        extensions: &Extensions,
    ) -> Result<Document, Problem> {
        let text = text.filter(|text| !text.trim().is_empty());
        let hash = extensions
            .get("persistedQuery")
            .map(read_hash)
            .transpose()?;
        if let (Some(text), Some(hash)) = (&text, &hash)
            && hash_of(text) != *hash
        {
            let detail = "`sha256Hash` is not the SHA-256 hash of `query`";
            return Err(Problem::bad_request(detail));
        }
        match (self, text, hash) {
            (Self::Listed(list), text, hash) => {
                let hash = hash.or_else(|| text.as_deref().map(hash_of));
                let found = hash.and_then(|hash| list.get(&hash).copied());
                let found = found.ok_or_else(|| {
                    NOT_LISTED.with_detail("the document is not in the list of the server")
                })?;
                Ok(Document::of(found))
            }
            (Self::Remembered(_), Some(text), hash) => Ok(Document::Text {
                text: text.into(),
                remember: hash,
            }),
            (Self::Any, Some(text), _) => Ok(Document::of(&text)),
            (Self::Remembered(memory), None, Some(hash)) => {
                let memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(match memory.by_hash.get(&hash) {
                    Some(text) => Document::Text {
                        text: Arc::clone(text),
                        remember: None,
                    },
                    None => unknown("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND"),
                })
            }
            (Self::Any, None, Some(_)) => {
                let code = "PERSISTED_QUERY_NOT_SUPPORTED";
                Ok(unknown("PersistedQueryNotSupported", code))
            }
            (_, None, None) => Err(Problem::bad_request(
                "the request has no `query`: send a GraphQL document",
            )),
        }
    }

    /// Remembers a document.
    pub(super) fn remember(&self, hash: String, text: Arc<str>) {
        let Self::Remembered(memory) = self else {
            return;
        };
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.add(hash, text);
    }
}

/// Returns how many bytes of memory a remembered document uses: for its text, for two copies of its hash, and for its
/// entries in the collections.
fn size(text: &str) -> usize {
    text.len() + 256
}

impl Memory {
    fn add(&mut self, hash: String, text: Arc<str>) {
        if text.len() > MAX_BYTES / 8 || self.by_hash.contains_key(&hash) {
            return;
        }
        self.bytes += size(&text);
        self.order.push_back(hash.clone());
        self.by_hash.insert(hash, text);
        while self.bytes > MAX_BYTES {
            let oldest = self.order.pop_front();
            let removed = oldest.and_then(|hash| self.by_hash.remove(&hash));
            self.bytes -= removed.map_or(self.bytes, |text| size(&text));
        }
    }
}

impl Document {
    fn of(text: &str) -> Self {
        Self::Text {
            text: text.into(),
            remember: None,
        }
    }
}

/// Creates the error for a hash without a document. The client then sends the whole document. Apollo's protocol defines
/// the text of the error.
fn unknown(message: &str, code: &str) -> Document {
    let mut error = ServerError::new(message, None);
    error.extensions.get_or_insert_default().set("code", code);
    Document::Unknown(Response::from_errors(vec![error]))
}

fn read_hash(value: &Value) -> Result<String, Problem> {
    let malformed = || {
        Problem::bad_request("the extension `persistedQuery` needs `version` 1 and a `sha256Hash`")
    };
    let Value::Object(fields) = value else {
        return Err(malformed());
    };
    match (fields.get("version"), fields.get("sha256Hash")) {
        (Some(Value::Number(version)), Some(Value::String(hash)))
            if version.as_u64() == Some(1) =>
        {
            Ok(hash.to_ascii_lowercase())
        }
        _ => Err(malformed()),
    }
}

fn hash_of(text: &str) -> String {
    let mut digits = [0; 64];
    write_hex(&mut digits, &Sha256::digest(text));
    ascii(&digits).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, Memory};

    #[test]
    fn the_memory_forgets_the_oldest_documents() {
        let mut memory = Memory::default();
        let text: String = "x".repeat(MAX_BYTES / 10);
        for at in 0..25 {
            memory.add(format!("hash {at}"), text.clone().into());
            assert!(memory.bytes <= MAX_BYTES);
        }
        assert_eq!(memory.by_hash.len(), memory.order.len());
        assert!(memory.by_hash.contains_key("hash 24"));
        assert!(!memory.by_hash.contains_key("hash 0"));
        memory.add("huge".to_owned(), "x".repeat(MAX_BYTES).into());
        assert!(!memory.by_hash.contains_key("huge"));
    }
}
