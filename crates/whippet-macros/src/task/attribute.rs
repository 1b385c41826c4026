//! Parses the arguments of `#[task(…)]`, such as `retry = "5s 5m 1h", timeout = "20s", queue = "mail"`.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitInt, LitStr, Token};

use crate::mistakes::Mistakes;

#[derive(Default)]
pub(super) struct Attribute {
    /// The name of the task, by default the name of the function.
    pub(super) name: Option<LitStr>,
    /// The other settings. Each is the code of a method call on a `TaskConfig`, such as `.queue("mail")`.
    pub(super) settings: Vec<TokenStream>,
    seen: Vec<String>,
}

impl Attribute {
    /// Parses the arguments of the attribute, and adds every error to `mistakes`. Returns `None` when the syntax is
    /// invalid.
    pub(super) fn parse(arguments: TokenStream, mistakes: &mut Mistakes) -> Option<Self> {
        let parse = |input: ParseStream<'_>| {
            let mut attribute = Self::default();
            while !input.is_empty() {
                attribute.setting(input, &[], mistakes)?;
                if input.is_empty() {
                    break;
                }
                input.parse::<Token![,]>()?;
            }
            Ok(attribute)
        };
        let parsed = parse.parse2(arguments);
        mistakes.take(parsed)
    }

    /// Parses the name of a setting and the `=` after it. Returns the name.
    pub(super) fn name(
        &mut self,
        input: ParseStream<'_>,
        mistakes: &mut Mistakes,
    ) -> syn::Result<Ident> {
        let name: Ident = input.parse()?;
        let text = name.to_string();
        if self.seen.contains(&text) {
            mistakes.add(&name, format!("`{text}` is set twice: remove one"));
        }
        self.seen.push(text);
        input.parse::<Token![=]>()?;
        Ok(name)
    }

    /// Parses one setting of the attribute. Parsing ends at a syntax error, because the parser cannot tell where the
    /// next setting starts. `others` are the names of settings that the caller parses itself.
    pub(super) fn setting(
        &mut self,
        input: ParseStream<'_>,
        others: &[&str],
        mistakes: &mut Mistakes,
    ) -> syn::Result<()> {
        let name = self.name(input, mistakes)?;
        let text = name.to_string();
        let setting = match text.as_str() {
            "name" => {
                let value: LitStr = input.parse()?;
                let is_valid = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
                if value.value().is_empty() || !value.value().chars().all(is_valid) {
                    mistakes.add(
                        &value,
                        "the name of a task must consist of letters, digits, `_`, `-` and `.`",
                    );
                }
                self.name = Some(value);
                None
            }
            "retry" => schedule(&input.parse()?, mistakes),
            "timeout" => time_limit(&input.parse()?, mistakes),
            "queue" => {
                let value: LitStr = input.parse()?;
                Some(quote_spanned!(value.span()=> .queue(#value)))
            }
            "priority" => priority(&input.parse()?, mistakes),
            "concurrency" => concurrency(&input.parse()?, mistakes),
            other => {
                let others: String = others.iter().map(|name| format!("`{name}`, ")).collect();
                let message = format!(
                    "unknown setting `{other}`: use {others}`name`, `retry`, `timeout`, `queue`, `priority` or `concurrency`"
                );
                mistakes.add(&name, message);
                skip_value(input)?;
                None
            }
        };
        self.settings.extend(setting);
        Ok(())
    }
}

/// Skips the value of an unknown setting, so that errors in the later settings are found too.
pub(super) fn skip_value(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

fn schedule(value: &LitStr, mistakes: &mut Mistakes) -> Option<TokenStream> {
    match whippet_schedule::schedule(&value.value()) {
        Ok(delays) => {
            let delays = delays.into_iter().map(tokens);
            Some(quote_spanned! {value.span()=> .retry(::whippet::Retry::after([#(#delays),*])) })
        }
        Err(error) => {
            mistakes.add(value, error.to_string());
            None
        }
    }
}

/// Returns an expression of the type `Duration`.
fn tokens(duration: Duration) -> TokenStream {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}

fn time_limit(value: &LitStr, mistakes: &mut Mistakes) -> Option<TokenStream> {
    match whippet_schedule::duration(&value.value()) {
        Some(limit) if !limit.is_zero() => {
            let limit = tokens(limit);
            Some(quote_spanned! {value.span()=> .timeout(#limit) })
        }
        _ => {
            let message =
                "not a valid time limit: write 1ms to 30d, such as \"500ms\", \"20s\" or \"5m\"";
            mistakes.add(value, message);
            None
        }
    }
}

fn priority(value: &LitStr, mistakes: &mut Mistakes) -> Option<TokenStream> {
    let priority = match value.value().as_str() {
        "low" => "Low",
        "normal" => "Normal",
        "high" => "High",
        _ => {
            mistakes.add(
                value,
                "not a valid priority: write \"low\", \"normal\" or \"high\"",
            );
            return None;
        }
    };
    let priority = Ident::new(priority, value.span());
    Some(quote_spanned!(value.span()=> .priority(::whippet::tasks::Priority::#priority)))
}

fn concurrency(value: &LitInt, mistakes: &mut Mistakes) -> Option<TokenStream> {
    match value.base10_parse::<u32>() {
        Ok(limit) if limit > 0 => Some(quote_spanned!(value.span()=> .concurrency(#limit))),
        _ => {
            mistakes.add(
                value,
                "the concurrency must be at least 1: with a concurrency of 0, the task would never run",
            );
            None
        }
    }
}
