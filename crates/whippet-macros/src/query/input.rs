//! Parses the input of a query macro.

use proc_macro2::{Ident, Span};
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path, Token, Type};

use super::Macro;

/// The parsed input of a query macro.
pub(crate) struct Input {
    /// The path of the crate `whippet`.
    pub(crate) krate: Path,
    /// The folder that the caller names with `migrations = "…"`.
    pub(crate) migrations: Option<LitStr>,
    /// The type into which a row is read, or in `query_scalar!` the type of the column.
    pub(crate) rust_type: Option<Type>,
    /// The SQL: one string literal, or several string literals with `+` between them.
    pub(crate) sql: Vec<LitStr>,
    pub(crate) arguments: Vec<Argument>,
}

/// A value that the caller gives for a parameter.
pub(crate) struct Argument {
    pub(crate) name: Option<Ident>,
    pub(crate) value: Expr,
}

impl Input {
    pub(crate) fn parse(input: ParseStream<'_>, kind: Macro) -> syn::Result<Self> {
        let krate = input.parse()?;
        input.parse::<Token![;]>()?;
        let migrations = if is_named(input) {
            let name: Ident = input.parse()?;
            if name != "migrations" {
                return Err(syn::Error::new(
                    name.span(),
                    "expected the SQL, or `migrations = \"folder\"`",
                ));
            }
            input.parse::<Token![=]>()?;
            let folder = input.parse()?;
            input.parse::<Token![,]>()?;
            Some(folder)
        } else {
            None
        };
        let has_type = match kind {
            Macro::Query => false,
            Macro::QueryAs => true,
            Macro::QueryScalar => !input.peek(LitStr),
        };
        let rust_type = if has_type {
            let rust_type = input.parse()?;
            input.parse::<Token![,]>()?;
            Some(rust_type)
        } else {
            None
        };
        let mut sql = vec![input.parse()?];
        while input.parse::<Option<Token![+]>>()?.is_some() {
            sql.push(input.parse()?);
        }
        let mut arguments = Vec::new();
        while input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            let name = if is_named(input) {
                let name = input.parse()?;
                input.parse::<Token![=]>()?;
                Some(name)
            } else {
                None
            };
            arguments.push(Argument {
                name,
                value: input.parse()?,
            });
        }
        if !input.is_empty() {
            return Err(input.error("expected a comma"));
        }
        Ok(Self {
            krate,
            migrations,
            rust_type,
            sql,
            arguments,
        })
    }

    /// Returns the text of the SQL.
    pub(crate) fn text(&self) -> String {
        self.sql.iter().map(LitStr::value).collect()
    }

    /// Returns the location of the SQL, for error messages.
    pub(crate) fn span(&self) -> Span {
        self.sql.first().map_or_else(Span::call_site, LitStr::span)
    }
}

/// Returns whether the next tokens are a name and `=`, as in `name = value`.
fn is_named(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==])
}

use syn::ext::IdentExt as _;
