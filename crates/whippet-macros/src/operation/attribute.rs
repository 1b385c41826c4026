//! What stands in the attribute: `"/path/{id}", status = 201, tag = "Users", errors(TAKEN), deprecated`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitInt, LitStr, Path, Token};

use super::{errors, path};
use crate::mistakes::Mistakes;

pub(crate) struct Attribute {
    pub(crate) path: LitStr,
    pub(crate) status: Option<u16>,
    pub(crate) tag: Option<LitStr>,
    pub(crate) deprecated: bool,
    pub(crate) errors: Vec<Path>,
}

impl Attribute {
    /// `None` when there is no path to go on with; other mistakes leave out what they are in.
    pub(crate) fn parse(
        method: &str,
        arguments: TokenStream,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let usage = format!("write the path first: `#[{method}(\"/path/{{id}}\")]`");
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

    /// A setting that cannot be read ends the reading, since nothing says where the next one starts.
    fn setting(&mut self, input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<()> {
        let name: Ident = input.parse()?;
        match name.to_string().as_str() {
            "status" => {
                input.parse::<Token![=]>()?;
                let code: LitInt = input.parse()?;
                match code.base10_parse::<u16>() {
                    Ok(status @ (200..=208 | 226)) => {
                        if self.status.replace(status).is_some() {
                            mistakes.add(&name, "`status` is given twice: leave one out");
                        }
                    }
                    _ => mistakes.add(
                        &code,
                        "the status of a success is from 200 to 208, or 226; errors and redirects say their own, as `Problem` does",
                    ),
                }
            }
            "tag" => {
                input.parse::<Token![=]>()?;
                if self.tag.replace(input.parse()?).is_some() {
                    mistakes.add(&name, "`tag` is given twice: leave one out");
                }
            }
            "deprecated" => self.deprecated = true,
            "errors" => self.errors.extend(errors::list(input)?),
            other => {
                mistakes.add(
                    &name,
                    format!(
                        "`{other}` is not known here: there are `status`, `tag`, `errors` and `deprecated`"
                    ),
                );
                // What follows belongs to it: skipped, to find the mistakes behind it.
                while !input.is_empty() && !input.peek(Token![,]) {
                    input.parse::<proc_macro2::TokenTree>()?;
                }
            }
        }
        Ok(())
    }
}
