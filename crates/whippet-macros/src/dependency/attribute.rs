//! Parses the arguments of `#[dependency]`, such as `errors(NO_TENANT), security = KEY`.

use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, Path, Token, parenthesized};

use crate::operation::errors;

#[derive(Default)]
pub(super) struct Attribute {
    /// The problem types in `errors(…)`, which no argument of the function declares.
    pub(super) errors: Vec<Path>,
    /// The security schemes in `security = …`. They replace the schemes of the function's arguments.
    pub(super) security: Vec<Expr>,
}

impl Attribute {
    pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut attribute = Self::default();
        while !input.is_empty() {
            attribute.setting(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attribute)
    }

    fn setting(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name: Ident = input.parse()?;
        match name.to_string().as_str() {
            "errors" => self.errors.extend(errors::list(input)?),
            "security" if input.peek(Token![=]) => {
                input.parse::<Token![=]>()?;
                self.security.push(input.parse()?);
            }
            "security" => {
                let content;
                parenthesized!(content in input);
                let schemes = content.parse_terminated(Expr::parse, Token![,])?;
                self.security.extend(schemes);
            }
            other => {
                let message =
                    format!("unknown setting `{other}`: use `errors(…)` or `security = SCHEME`");
                return Err(syn::Error::new(name.span(), message));
            }
        }
        Ok(())
    }
}
