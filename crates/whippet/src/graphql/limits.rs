//! The limits of an operation.

use crate::ProblemType;
use axum::http::StatusCode;

/// The limits of each GraphQL request. Every limit is on by default. A request over a limit is rejected with the code
/// `graphql_limit_exceeded` before any resolver runs. The status is 400. But if the request exceeds `depth` or
/// `complexity`, and the media type of the response is `application/json`, the status is 200.
/// [`App::body_limit`](crate::App::body_limit) limits the size of the body.
///
/// ```
/// use whippet::graphql::Limits;
///
/// let limits = Limits { depth: 20, batch: 10, ..Limits::default() };
/// assert_eq!(limits.aliases, 30);
/// # drop(limits);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The maximum size of a document in bytes: 65,536 by default. Pass long values in variables.
    pub bytes: usize,
    /// The maximum number of tokens in a document: 2,000 by default. The tokens are counted before the document is
    /// parsed.
    pub tokens: usize,
    /// The maximum depth of fields: 15 by default. Does not apply to an operation that reads only the schema.
    pub depth: usize,
    /// The maximum complexity of an operation: 1,000 by default. A field costs 1 plus the cost of its fields, unless
    /// the field has the attribute `#[graphql(complexity = …)]`. Does not apply to an operation that reads only the
    /// schema.
    pub complexity: usize,
    /// The maximum number of aliases, after fragments are expanded: 30 by default.
    pub aliases: usize,
    /// The maximum number of directives, after fragments are expanded: 50 by default.
    pub directives: usize,
    /// The maximum number of nested fields and fragments: 32 by default. A fragment that contains itself exceeds every
    /// limit.
    pub recursion: usize,
    /// The maximum number of operations in a batch. By default, the limit is 1, so batches are rejected.
    pub batch: usize,
    /// The maximum number of operations that run on a WebSocket at the same time: 50 by default. A further operation is
    /// rejected with a message of the type `error`.
    pub operations: usize,
    /// The maximum number of files in a request. By default, the limit is 0, so forms with files are rejected.
    pub uploads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 65_536,
            tokens: 2_000,
            depth: 15,
            complexity: 1_000,
            aliases: 30,
            directives: 50,
            recursion: 32,
            batch: 1,
            operations: 50,
            uploads: 0,
        }
    }
}

/// The maximum number of selections in all operations of a document, after fragments are expanded. The validator of
/// async-graphql visits each selection. A small document can have very many selections. For example, a document with 32
/// fragments has 2^32 selections if each fragment contains the next fragment twice.
pub(super) const MAX_SELECTIONS: usize = 10_000;

/// The maximum number of nested brackets. The parser calls itself for each nested bracket, and 1,000 calls would
/// overflow the stack of a WebAssembly instance.
pub(super) const MAX_NESTING: usize = 64;

/// The maximum number of errors in a response.
pub(super) const MAX_ERRORS: usize = 100;

/// The maximum length of an error message, in bytes. A message from the parser quotes the line that contains the error,
/// and this line may be long.
pub(super) const MAX_MESSAGE: usize = 500;

/// The operation exceeds a limit of the server. `detail` states the limit.
pub const LIMIT_EXCEEDED: ProblemType = ProblemType {
    status: StatusCode::BAD_REQUEST,
    name: "graphql_limit_exceeded",
    title: "GraphQL Limit Exceeded",
    doc: "The operation exceeds a limit of the server. `detail` states the limit.",
    extensions: &[],
};
