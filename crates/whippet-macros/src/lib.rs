//! Macros of `whippet`, which re-exports them: use them from there.

mod dependency;
mod doc;
mod migrations;
mod mistakes;
mod openapi;
mod operation;
mod test;

use proc_macro::TokenStream;

/// Embeds a folder of migrations into the program: `migrations!("migrations")`.
///
/// The path is relative to the `Cargo.toml` of the crate that calls it. Files are named `NNNN_name.sql`, with
/// consecutive numbers from `0001`, as `wrangler d1 migrations create` names them; other files are ignored.
///
/// # Errors
///
/// It does not compile when the folder is missing, when a `.sql` file is not named so, or when a number is missing
/// or used twice.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    migrations::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// The document that was written to a file, for programs that carry it: `openapi!("openapi.json")`.
///
/// It expands to an `Option<&'static str>` for [`Info::written`](../whippet/openapi/struct.Info.html#method.written). On
/// WebAssembly that is the file's text, without white space. Natively it is `None`, since the document is made from the
/// program itself there; so the program that writes the file compiles before there is one. The path is relative to the
/// `Cargo.toml` of the crate that calls it.
///
/// # Errors
///
/// It does not compile for WebAssembly when there is no such file.
#[proc_macro]
pub fn openapi(input: TokenStream) -> TokenStream {
    openapi::expand(input.into())
        .unwrap_or_else(|error| error.into_compile_error())
        .into()
}

/// Makes an argument of what an async function resolves: `#[dependency] async fn tenant(key: ApiKey, db: Db) -> Result<Tenant, Problem>`.
///
/// A handler, a task and another dependency then take a `Tenant`. It is resolved once a request and cloned, and a test
/// replaces it (`TestAppBuilder::with`). Its arguments are extractors that leave the body alone, dependencies among them;
/// what those read of a request, and what the document says of them, is what the dependency reads and says. Problem types
/// that no argument tells of are named: `#[dependency(errors(NO_TENANT))]`.
///
/// # Errors
///
/// It does not compile, and tells every mistake at once, when the function is not async, is generic, or returns nothing.
#[proc_macro_attribute]
pub fn dependency(arguments: TokenStream, item: TokenStream) -> TokenStream {
    dependency::expand(arguments.into(), item.into()).into()
}

macro_rules! operations {
    ($($name:ident)*) => {$(
        #[doc = concat!("Serves `", stringify!($name), "` requests with an async function: `#[", stringify!($name), "(\"/path/{id}\")]`.")]
        ///
        /// Behind the path may stand `status = 201`, the status of a success that says none itself; `tag = "Users"`, the
        /// group in the document; `errors(TAKEN)`, problem types that neither an argument nor the return type tells of; and
        /// `deprecated`. The doc comment is the operation's summary and description, the
        /// function's name its id. The function stays as it is.
        ///
        /// Every argument is an extractor; one that reads the body comes last. Arguments are read in order. What is wrong
        /// with a request's members (422) is told for all arguments at once; any other refusal ends the reading.
        ///
        /// # Errors
        ///
        /// It does not compile, and tells every mistake at once, when the path is malformed, when the function is not async,
        /// is generic or hides its return type, and when an argument is not an extractor.
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            operation::expand(stringify!($name), arguments.into(), item.into()).into()
        }
    )*};
}

operations! { get post put patch delete }

/// Makes a function a test: natively one that `cargo test` runs, in a browser one of `wasm-bindgen-test`.
///
/// Each argument of an `async fn` is a `whippet::testing::Fixture`, set up for this test alone. Other attributes, such as
/// `#[should_panic]`, stand below this one. Under `#[rstest]` it marks each case.
///
/// # Errors
///
/// It does not compile when the function has a receiver, or arguments without being `async`, or when the attribute is given
/// any.
#[proc_macro_attribute]
pub fn test(attribute: TokenStream, item: TokenStream) -> TokenStream {
    test::expand(attribute.into(), item.into()).into()
}
