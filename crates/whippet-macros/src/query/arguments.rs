//! Assigns the arguments of a query macro to the query's parameters.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Error, Expr};
use whippet_sql::{Checked, Parameter, Role};

use super::columns::marker_type;
use super::input::Input;

/// A parameter, and the expression that the caller passes for it.
pub(crate) struct Value<'a> {
    pub(crate) parameter: &'a Parameter,
    pub(crate) expression: Expr,
    index: usize,
    span: Span,
}

/// Finds the value of each parameter.
///
/// # Errors
///
/// Returns all errors together. Examples are a value for an unknown parameter, or two values for one parameter.
pub(crate) fn values<'a>(input: &Input, checked: &'a Checked) -> syn::Result<Vec<Value<'a>>> {
    let parameters = &checked.parameters;
    let has_names = parameters.iter().any(|parameter| parameter.name.is_some());
    let mut mistakes: Vec<Error> = Vec::new();
    if !has_names && parameters.len() != input.arguments.len() {
        let message = format!(
            "the query has {}, but {} given",
            counted(parameters.len(), "parameter"),
            match input.arguments.len() {
                1 => "1 value is".to_owned(),
                count => format!("{count} values are"),
            }
        );
        mistakes.push(Error::new(input.span(), message));
    }
    for (index, argument) in input.arguments.iter().enumerate() {
        if !has_names && parameters.is_empty() {
            continue;
        }
        match &argument.name {
            Some(name) if !has_names => {
                let message = "the parameters of the query have no names: write the values in order, without `name =`";
                mistakes.push(Error::new(name.span(), message));
            }
            Some(name) => {
                let is_known =
                    |parameter: &Parameter| parameter.name.as_deref() == Some(&unraw(name));
                let mut earlier = input.arguments[..index].iter();
                if earlier.any(|other| other.name.as_ref() == Some(name)) {
                    let message = format!(
                        "the parameter `:{}` has two values: remove one",
                        unraw(name)
                    );
                    mistakes.push(Error::new(name.span(), message));
                }
                if !parameters.iter().any(is_known) {
                    let message = format!("the query has no parameter `:{}`", unraw(name));
                    mistakes.push(Error::new(name.span(), message));
                }
            }
            None if has_names => mistakes.push(Error::new_spanned(
                &argument.value,
                "the parameters of the query have names: write `name = value`",
            )),
            None => {}
        }
    }
    let mistakes = mistakes.into_iter().reduce(|mut all, next| {
        all.combine(next);
        all
    });
    if let Some(mistakes) = mistakes {
        return Err(mistakes);
    }
    let values = parameters.iter().enumerate().map(|(index, parameter)| {
        let given = match &parameter.name {
            Some(name) => input.arguments.iter().find(|argument| {
                argument
                    .name
                    .as_ref()
                    .is_some_and(|own| unraw(own) == *name)
            }),
            None => input.arguments.get(index),
        };
        let (expression, span) = match (given, &parameter.name) {
            (Some(argument), _) => (argument.value.clone(), span_of(&argument.value)),
            (None, name) => (
                captured(name.as_deref().unwrap_or_default(), input.span()),
                input.span(),
            ),
        };
        Value {
            parameter,
            expression,
            index,
            span,
        }
    });
    Ok(values.collect())
}

/// Returns an expression for the caller's variable that has the same name as the parameter.
fn captured(name: &str, span: Span) -> Expr {
    let ident = super::columns::field(name, span);
    syn::parse_quote!(#ident)
}

fn span_of(expression: &Expr) -> Span {
    syn::spanned::Spanned::span(expression)
}

fn unraw(ident: &Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        0 => format!("no {noun}s"),
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

impl Value<'_> {
    /// The variable in the macro's code that is a reference to the value.
    pub(crate) fn variable(&self) -> Ident {
        format_ident!("value_{}", self.index, span = hygienic(self.span))
    }

    /// The variable in the macro's code for the converted value of an optional parameter.
    pub(crate) fn converted(&self) -> Ident {
        format_ident!("converted_{}", self.index, span = Span::mixed_site())
    }

    /// Returns the name of a type. The type has the same name as the parameter, so that compile errors contain this
    /// name.
    fn marker(&self) -> Ident {
        match &self.parameter.name {
            Some(name) => super::columns::field(name, self.span),
            None => format_ident!("_{}", self.index + 1, span = self.span),
        }
    }

    /// Returns an expression that converts the value for SQLite. The type of the expression is
    /// `Result<Value, DbError>`. For an optional parameter, the type is an `Option` of this `Result`.
    pub(crate) fn convert(&self, krate: &syn::Path) -> TokenStream {
        let (name, marker, variable) = (
            self.marker(),
            marker_type(
                krate,
                self.parameter.kind,
                self.parameter.nullable,
                self.span,
            ),
            self.variable(),
        );
        match self.parameter.role {
            Role::Optional => quote_spanned! {self.span=>
                #krate::sql::FitsOptional::<parameters::#name, #marker>::write_optional(#variable)
            },
            _ => quote_spanned! {self.span=>
                #krate::sql::FitsParameter::<parameters::#name, #marker>::write(#variable)
            },
        }
    }
}

/// Returns a span for names that only the macro's code can use. Errors are reported at the location of `span`.
pub(super) fn hygienic(span: Span) -> Span {
    Span::mixed_site().located_at(span)
}

/// Returns a module that declares a type for each parameter, with the name of the parameter.
pub(crate) fn markers(values: &[Value<'_>]) -> TokenStream {
    let names = values
        .iter()
        .filter(|value| matches!(value.parameter.role, Role::Value | Role::Optional));
    let names = names.map(Value::marker);
    quote! {
        #[allow(non_camel_case_types, dead_code)]
        mod parameters {
            #(pub(super) enum #names {})*
        }
    }
}
