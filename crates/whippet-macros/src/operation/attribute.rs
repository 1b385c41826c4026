//! Parses the arguments of an operation's attribute, such as
//! `"/path/{id}", status = 201, tag = "Users", errors(TAKEN), scopes("users:read"), deprecated`.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Path, Token, parenthesized};

use super::{errors, path};
use crate::mistakes::Mistakes;

pub(crate) struct Attribute {
    pub(crate) path: LitStr,
    pub(crate) status: Option<u16>,
    pub(crate) tag: Option<LitStr>,
    pub(crate) deprecated: bool,
    pub(crate) errors: Vec<Path>,
    /// The scopes that a caller needs. Each is a string literal, or a constant of the type `&str`.
    pub(crate) scopes: Vec<Expr>,
}

impl Attribute {
    /// Parses the arguments of the attribute, and adds every error to `mistakes`. Returns `None` when the path is
    /// missing or the syntax is invalid.
    pub(crate) fn parse(
        method: &str,
        arguments: TokenStream,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let usage = format!("the path must come first: write `#[{method}(\"/path/{{id}}\")]`");
        let parse = |input: ParseStream<'_>| {
            let path: LitStr = input
                .parse()
                .map_err(|error| syn::Error::new(error.span(), &usage))?;
            path::check(&path, mistakes);
            let mut attribute = Self {
                path,
                status: None,
                tag: None,
                deprecated: false,
                errors: Vec::new(),
                scopes: Vec::new(),
            };
            while !input.is_empty() {
                input.parse::<Token![,]>()?;
                if input.is_empty() {
                    break;
                }
                attribute.setting(input, mistakes)?;
            }
            Ok(attribute)
        };
        let parsed = parse.parse2(arguments);
        mistakes.take(parsed)
    }

    /// Parses one setting of the attribute. Parsing ends at a syntax error, because the parser cannot tell where the
    /// next setting starts.
    fn setting(&mut self, input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<()> {
        let name: Ident = input.parse()?;
        match name.to_string().as_str() {
            "status" => {
                input.parse::<Token![=]>()?;
                let code: LitInt = input.parse()?;
                match code.base10_parse::<u16>() {
                    Ok(status @ (200..=208 | 226)) => {
                        if self.status.replace(status).is_some() {
                            mistakes.add(&name, "`status` is set twice: remove one");
                        }
                    }
                    _ => mistakes.add(
                        &code,
                        "the status of a success must be 200 to 208, or 226: for an error or a redirect, return a type such as `Problem` or `SeeOther`",
                    ),
                }
            }
            "tag" => {
                input.parse::<Token![=]>()?;
                if self.tag.replace(input.parse()?).is_some() {
                    mistakes.add(&name, "`tag` is set twice: remove one");
                }
            }
            "deprecated" => self.deprecated = true,
            "errors" => self.errors.extend(errors::list(input)?),
            "scopes" => self.scopes.extend(scopes(input, mistakes)?),
            other => {
                mistakes.add(
                    &name,
                    format!(
                        "unknown setting `{other}`: use `status`, `tag`, `errors`, `scopes` or `deprecated`"
                    ),
                );
                // Skips the value of an unknown setting, so that errors in the later settings are found too.
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<proc_macro2::TokenTree>()?;
                }
            }
        }
        Ok(())
    }
}

/// Parses the scopes in the parentheses after `scopes`.
fn scopes(input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<Vec<Expr>> {
    let content;
    parenthesized!(content in input);
    let scopes: Vec<Expr> = content
        .parse_terminated(Expr::parse, Token![,])?
        .into_iter()
        .collect();
    for scope in &scopes {
        if let Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) = scope
            && !is_scope(&text.value())
        {
            let message = "a scope must consist of visible ASCII characters without `\"` and `\\`: for two scopes, write two strings";
            mistakes.add(scope, message);
        }
    }
    Ok(scopes)
}

/// Returns whether the text is a `scope-token` as defined in RFC 6749 section 3.3.
fn is_scope(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    !text.is_empty() && text.bytes().all(is_allowed)
}
