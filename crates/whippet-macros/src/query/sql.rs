//! Generates the expression that creates a query.

use proc_macro2::TokenStream;
use quote::quote;
use whippet_sql::{Checked, Condition, Role, Step};

use super::arguments::Value;
use super::input::Input;

/// Returns an expression of the type `Query`.
pub(crate) fn query(input: &Input, checked: &Checked, values: &[Value<'_>]) -> TokenStream {
    let krate = &input.krate;
    if let [Step::Text(sql, _)] = checked.steps.as_slice() {
        let values = values.iter().map(|value| value.convert(krate));
        return quote!(#krate::sql::fixed(#sql, ::std::vec![#(#values),*]));
    }
    let optional = values
        .iter()
        .filter(|value| value.parameter.role == Role::Optional);
    let optional = optional.map(|value| {
        let (name, convert) = (value.converted(), value.convert(krate));
        quote!(let #name = #convert;)
    });
    let conditions = checked.steps.iter().map(|step| match step {
        Step::Piece(condition, ..) => is_included(condition, values),
        _ => quote!(true),
    });
    let conditions: Vec<_> = conditions.collect();
    let bound = values
        .iter()
        .filter_map(|value| match value.parameter.role {
            Role::Value => Some(value.convert(krate)),
            Role::Optional => {
                let name = value.converted();
                Some(quote!(#name.unwrap_or(::core::result::Result::Ok(#krate::Value::Null))))
            }
            Role::Condition | Role::Page => None,
        });
    let steps = checked
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| match step {
            Step::Text(sql, last) | Step::Piece(_, sql, last) => {
                quote!(.piece(conditions[#index], #sql, #last))
            }
            Step::Page {
                cursor,
                columns,
                key,
            } => {
                let cursor = values[*cursor].variable();
                quote!(.page(#cursor, &[#(#columns),*], #key))
            }
        });
    quote! {{
        #(#optional)*
        let conditions = [#(#conditions),*];
        #krate::sql::Composer::new(::std::vec![#(#bound),*]) #(#steps)* .finish()
    }}
}

fn is_included(condition: &Condition, values: &[Value<'_>]) -> TokenStream {
    match condition {
        Condition::Given(parameters) => {
            let names = parameters.iter().map(|index| values[*index].converted());
            quote!(true #(&& #names.is_some())*)
        }
        Condition::If(parameter) => {
            let name = values[*parameter].variable();
            quote!(*#name)
        }
        Condition::IfNot(parameter) => {
            let name = values[*parameter].variable();
            quote!(!*#name)
        }
    }
}
