//! Extensions: additional fields of a problem.

use schemars::JsonSchema;
#[cfg(not(target_arch = "wasm32"))]
use schemars::{Schema, SchemaGenerator};

use super::FieldError;

/// The names that an extension cannot have, because Whippet itself sets the fields with these names.
const RESERVED: [&str; 7] = [
    "type", "title", "status", "detail", "instance", "code", "errors",
];

/// An additional field in the problems of a [`ProblemType`](super::ProblemType): an extension member (RFC 9457 section
/// 3.2). The OpenAPI document contains the field with its schema. [`Problem::extension`](super::Problem::extension)
/// sets the value.
///
/// ```
/// use whippet::axum::http::StatusCode;
/// use whippet::problem::Extension;
/// use whippet::{Problem, ProblemType};
///
/// const OUT_OF_CREDIT: ProblemType = ProblemType {
///     status: StatusCode::FORBIDDEN,
///     name: "out_of_credit",
///     title: "Out of credit",
///     doc: "The balance is too low for the purchase. Add credit.",
///     extensions: &[Extension::new::<u32>("balance", "The balance in cents.")],
/// };
///
/// fn reject(balance: u32) -> Problem {
///     OUT_OF_CREDIT.with_detail("this costs 50 cents").extension("balance", balance)
/// }
/// # drop(reject(30));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Extension {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// Creates the schema of the field's value. A WebAssembly program does not generate schemas, so it omits this
    /// function.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

impl Extension {
    /// The field `errors`, which lists the invalid fields of the request. [`Problem::errors`](super::Problem::errors)
    /// sets the value.
    pub const ERRORS: Self = Self::declare::<Vec<FieldError>>("errors", "The invalid fields.");

    /// Declares a field whose value is a `T`. `doc` describes the field.
    ///
    /// # Panics
    ///
    /// Panics if the name is `type`, `title`, `status`, `detail`, `instance`, `code` or `errors`. If the extension is a
    /// constant, as in this example, the panic is a compile error:
    ///
    /// ```compile_fail
    /// use whippet::problem::Extension;
    ///
    /// const CODE: Extension = Extension::new::<u32>("code", "The code of the error.");
    /// # let _ = CODE;
    /// ```
    #[must_use]
    pub const fn new<T: JsonSchema>(name: &'static str, doc: &'static str) -> Self {
        let mut at = 0;
        while at < RESERVED.len() {
            assert!(
                !is_same(name, RESERVED[at]),
                "every problem has a field with this name: rename the extension"
            );
            at += 1;
        }
        Self::declare::<T>(name, doc)
    }

    #[cfg_attr(
        target_arch = "wasm32",
        expect(
            clippy::extra_unused_type_parameters,
            reason = "only a native program generates schemas"
        )
    )]
    const fn declare<T: JsonSchema>(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            #[cfg(not(target_arch = "wasm32"))]
            schema: SchemaGenerator::subschema_for::<T>,
        }
    }
}

/// Two extensions are equal if they have the same name and description.
impl PartialEq for Extension {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.doc) == (other.name, other.doc)
    }
}

impl Eq for Extension {}

/// Returns whether no extension can have this name.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Returns whether two texts are equal. A `const fn` cannot compare texts with `==`.
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}
