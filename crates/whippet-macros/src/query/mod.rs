//! `query!`, `query_as!` and `query_scalar!`.

mod arguments;
pub(crate) mod columns;
pub(crate) mod folder;
mod input;
mod sql;

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::Parser;
use syn::{Error, Path};
use whippet_sql::Checked;

use input::Input;

/// Which macro is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    Query,
    QueryAs,
    QueryScalar,
}

/// Returns the code of a query, or compile errors.
pub(crate) fn expand(input: TokenStream, kind: Macro) -> TokenStream {
    let input = match (|input: syn::parse::ParseStream<'_>| Input::parse(input, kind)).parse2(input)
    {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    expand_input(&input, kind).unwrap_or_else(|error| error.into_compile_error())
}

fn expand_input(input: &Input, kind: Macro) -> syn::Result<TokenStream> {
    let failed = |message: String| Error::new(input.span(), message);
    let path = folder::path(input.migrations.as_ref()).map_err(failed)?;
    let (checked, folder) = whippet_sql::check_in(&path, &input.text()).map_err(failed)?;
    let tracked = folder::tracked(&folder);
    let values = arguments::values(input, &checked)?;
    let names: Vec<_> = values.iter().map(arguments::Value::variable).collect();
    let expressions = values.iter().map(|value| &value.expression);
    let query = sql::query(input, &checked, &values);
    let result = result(input, &checked, kind, &query)?;
    let markers = arguments::markers(&values);
    // The arguments can create temporary values. `match` keeps these values alive until the query is created.
    Ok(quote! {
        match (#(&(#expressions),)*) {
            (#(#names,)*) => {
                #tracked
                #markers
                #result
            }
        }
    })
}

fn result(
    input: &Input,
    checked: &Checked,
    kind: Macro,
    query: &TokenStream,
) -> syn::Result<TokenStream> {
    let krate: &Path = &input.krate;
    match (kind, checked.columns.as_slice()) {
        (Macro::Query, []) => Ok(quote!(#query)),
        (_, []) => Err(Error::new(
            input.span(),
            "the statement returns no columns: use `query!`, or add a `returning` clause",
        )),
        (Macro::Query, _) => columns::record(input, &checked.columns, krate, query),
        (Macro::QueryAs, _) => columns::typed(input, &checked.columns, krate, query),
        (Macro::QueryScalar, [column]) => columns::scalar(input, column, krate, query),
        (Macro::QueryScalar, columns) => Err(Error::new(
            input.span(),
            format!(
                "`query_scalar!` needs a query with one column, but this query returns {} columns",
                columns.len()
            ),
        )),
    }
}
