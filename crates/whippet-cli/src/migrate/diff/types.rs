//! Finds the SQL type of a Rust type.

use std::collections::BTreeMap;

use syn::{GenericArgument, PathArguments, Type};

/// The names of the types with `#[derive(Column)]`, and how each type is stored.
pub(super) type Columns = BTreeMap<String, Stored>;

/// How a type with `#[derive(Column)]` is stored.
#[derive(Clone)]
pub(super) enum Stored {
    Text,
    /// The values are stored in the same way as values of the inner type.
    Inner(Box<Type>),
    /// Two types of the program have the same name, so it is not known how their values are stored.
    Ambiguous,
}

/// Returns two values: the SQL type of a Rust type, and whether a value of the Rust type can be null. Returns `None`
/// for an unknown type.
pub(super) fn sql_type(ty: &Type, columns: &Columns) -> Option<(String, bool)> {
    if let Some(inner) = argument(ty, "Option") {
        return sql_type(inner, columns).map(|(kind, _)| (kind, true));
    }
    let kind = |kind: &str| Some((kind.to_owned(), false));
    match ty {
        Type::Array(array) => is_byte(&array.elem).then(|| ("blob".to_owned(), false)),
        Type::Path(path) => {
            let segments = &path.path.segments;
            let name = segments.last()?.ident.to_string();
            match name.as_str() {
                "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "bool"
                | "Timestamp" => kind("integer"),
                "f32" | "f64" => kind("real"),
                "Bytes" => kind("blob"),
                "Vec" if argument(ty, "Vec").is_some_and(is_byte) => kind("blob"),
                "String" | "Box" | "Cow" | "Vec" | "BTreeMap" | "BTreeSet" | "HashMap" | "Json" => {
                    kind("text")
                }
                "Value" if segments.iter().any(|segment| segment.ident == "serde_json") => {
                    kind("text")
                }
                "Value" => kind("any"),
                _ => match columns.get(&name)? {
                    Stored::Text => kind("text"),
                    Stored::Inner(inner) => sql_type(inner, columns),
                    Stored::Ambiguous => None,
                },
            }
        }
        _ => None,
    }
}

fn is_byte(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("u8"))
}

/// Returns `T` if the type is `name<T>`.
pub(super) fn argument<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}
