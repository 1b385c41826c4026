//! `#[rules]`: adds the rule `each` to `#[validate(…)]`. The rule checks every item of a list or every value of a map.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Field, Fields, GenericArgument, ItemStruct, Meta, PathArguments, Token, Type,
};

use crate::mistakes::Mistakes;

/// Replaces every `each(…)` in the struct with the rule `custom` of `validator`, which calls a function. Returns the
/// struct, followed by these functions.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    if !arguments.is_empty() {
        mistakes.add(&arguments, "`#[rules]` has no settings: write `#[rules]`");
    }
    let mut item: ItemStruct = match syn::parse2(item.clone()) {
        Ok(item) => item,
        Err(_) => {
            mistakes.add(&item, "`#[rules]` can only be used on a struct");
            let mistakes = mistakes.into_tokens();
            return quote!(#item #mistakes);
        }
    };
    let has_schema = derives(&item.attrs, "JsonSchema");
    if !derives(&item.attrs, "Validate") {
        mistakes.add(
            &item.ident,
            "`#[rules]` must be above `#[derive(Validate)]`, because it changes the attributes that `Validate` reads",
        );
    }
    let mut functions = Vec::new();
    let name = item.ident.clone();
    if let Fields::Named(fields) = &mut item.fields {
        for field in &mut fields.named {
            if let Some(rules) = take_each(field, &mut mistakes) {
                functions.push(check(&name, field, &rules, has_schema));
            }
        }
    }
    let mistakes = mistakes.into_tokens();
    quote!(#item #(#functions)* #mistakes)
}

/// Returns whether `#[derive(…)]` contains the trait `name`.
fn derives(attributes: &[Attribute], name: &str) -> bool {
    let derives = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"));
    let mut paths = derives.filter_map(|derive| {
        derive
            .parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
            .ok()
    });
    paths.any(|paths| {
        let mut last = paths.iter().filter_map(|path| path.segments.last());
        last.any(|segment| segment.ident == name)
    })
}

/// Removes `each(…)` from the attributes of the field, and returns the rules inside the parentheses of `each(…)`.
fn take_each(field: &mut Field, mistakes: &mut Mistakes) -> Option<TokenStream> {
    let mut each = None;
    for attribute in &mut field.attrs {
        let Meta::List(list) = &mut attribute.meta else {
            continue;
        };
        if !list.path.is_ident("validate") {
            continue;
        }
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        // An attribute that cannot be parsed stays unchanged, because `validator` reports the error.
        let Ok(rules) = parse.parse2(list.tokens.clone()) else {
            continue;
        };
        let (items, others): (Vec<Meta>, Vec<Meta>) = rules
            .into_iter()
            .partition(|rule| rule.path().is_ident("each"));
        for rule in items {
            match rule {
                Meta::List(rule) if each.is_none() => each = Some(rule.tokens),
                Meta::List(rule) => mistakes.add(
                    rule,
                    "`each` is set twice: write the rules of both in one `each(…)`",
                ),
                other => mistakes.add(
                    other,
                    "write the rules of an item in parentheses: `each(length(max = 30))`",
                ),
            }
        }
        list.tokens = quote!(#(#others),*);
    }
    each
}

/// Adds a `custom` rule to the field, and returns the function that the rule calls.
fn check(
    name: &syn::Ident,
    field: &mut Field,
    rules: &TokenStream,
    has_schema: bool,
) -> TokenStream {
    let field_name = field.ident.as_ref().map(ToString::to_string);
    let field_name = field_name.unwrap_or_default();
    let field_name = field_name.trim_start_matches("r#");
    let check = format_ident!(
        "__check_each_{}_{field_name}",
        name.to_string().to_lowercase()
    );
    let schema = format_ident!(
        "__schema_of_each_{}_{field_name}",
        name.to_string().to_lowercase()
    );
    let path = check.to_string();
    field
        .attrs
        .push(syn::parse_quote!(#[validate(custom(function = #path))]));
    let schema_function = has_schema.then(|| {
        field
            .attrs
            .push(syn::parse_quote!(#[schemars(transform = #schema)]));
        schema_of_each(&schema, field, rules)
    });
    let ty = without_option(&field.ty);
    quote! {
        #[doc(hidden)]
        fn #check(items: &#ty) -> ::core::result::Result<(), ::validator::ValidationError> {
            #[derive(::validator::Validate)]
            struct Item<'a> {
                #[validate(#rules)]
                item: &'a <#ty as ::whippet::extract::Items>::Item,
            }
            ::whippet::extract::each(items, |item| ::validator::Validate::validate(&Item { item }))
        }
        #schema_function
    }
}

/// Returns the function that adds the rules in `each(…)` to the JSON schema of the field.
fn schema_of_each(name: &syn::Ident, field: &Field, rules: &TokenStream) -> TokenStream {
    let ty = without_option(&field.ty);
    quote! {
        #[doc(hidden)]
        fn #name(schema: &mut ::schemars::Schema) {
            #[derive(::schemars::JsonSchema)]
            #[allow(dead_code)]
            struct Item<'a> {
                #[validate(#rules)]
                item: &'a <#ty as ::whippet::extract::Items>::Item,
            }
            let mut generator = ::schemars::SchemaGenerator::default();
            let item = <Item<'static> as ::schemars::JsonSchema>::json_schema(&mut generator);
            ::whippet::extract::add_rules_of_items(schema, &item);
        }
    }
}

/// Returns the `T` of an `Option<T>`, or the type itself if it is not an `Option`. For an optional field, `validator`
/// calls a `custom` rule only if there is a value, and passes a `&T`.
fn without_option(ty: &Type) -> &Type {
    let Type::Path(path) = ty else { return ty };
    let Some(last) = path.path.segments.last() else {
        return ty;
    };
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if last.ident == "Option" => {
            match arguments.args.first() {
                Some(GenericArgument::Type(inner)) => inner,
                _ => ty,
            }
        }
        _ => ty,
    }
}
