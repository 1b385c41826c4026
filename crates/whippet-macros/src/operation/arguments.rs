//! Checks arguments by the names of their types. Without these checks, the compiler would report the same mistakes with
//! less helpful messages.

use syn::{GenericArgument, PathArguments, Type, TypePath};

use crate::mistakes::Mistakes;

/// Adds an error for each argument that reads the body and is not the last one.
pub(super) fn check_bodies(types: &[&Type], mistakes: &mut Mistakes) {
    let Some((_, others)) = types.split_last() else {
        return;
    };
    for ty in others {
        if let Some(name) = body_extractor(ty) {
            let message = format!(
                "`{name}` reads the body, so it must be the last argument: move it to the end"
            );
            mistakes.add(ty, message);
        }
    }
}

/// Returns the name of the extractor that reads the body, or `None` if the type does not read the body.
fn body_extractor(ty: &Type) -> Option<String> {
    let (name, argument) = named(ty)?;
    match &*name {
        "Json" | "Form" | "Multipart" | "Raw" | "Bytes" => Some(name),
        "Valid" | "Option" | "Result" => body_extractor(argument?),
        _ => None,
    }
}

/// Adds an error for each `Path<T>` that reads fewer parameters than the path of the operation has. A `Path<T>` may
/// read more parameters, because a group can add a prefix with parameters to the path.
pub(super) fn check_path(types: &[&Type], path: &str, mistakes: &mut Mistakes) {
    let has = path.matches('{').count();
    for ty in types {
        let Some(value) = path_value(ty) else {
            continue;
        };
        let reads = match value {
            Type::Tuple(tuple) => tuple.elems.len(),
            value if is_single(value) => 1,
            _ => continue,
        };
        if reads < has {
            let parameters = if reads == 1 {
                "parameter"
            } else {
                "parameters"
            };
            let message = format!(
                "this `Path` reads {reads} {parameters}, but the path {path:?} has {has}: use a tuple with one item for each parameter, or a struct"
            );
            mistakes.add(value, message);
        }
    }
}

/// Returns the `T` of a `Path<T>`. The `Path<T>` may be inside `Valid` or `Result`.
fn path_value(ty: &Type) -> Option<&Type> {
    let (name, argument) = named(ty)?;
    match &*name {
        "Path" => argument,
        "Valid" | "Result" => path_value(argument?),
        _ => None,
    }
}

/// Returns whether a `Path` with this type reads exactly one parameter.
fn is_single(ty: &Type) -> bool {
    const SINGLE: [&str; 17] = [
        "String", "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
        "i64", "i128", "isize", "f32", "f64",
    ];
    named(ty).is_some_and(|(name, _)| SINGLE.contains(&&*name))
}

/// Returns the last name in a type's path, and the first type argument after this name: `Path` and `u64` for
/// `extract::Path<u64>`.
fn named(ty: &Type) -> Option<(String, Option<&Type>)> {
    let Type::Path(TypePath { path, .. }) = ty else {
        return None;
    };
    let last = path.segments.last()?;
    let argument = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(argument)) => Some(argument),
            _ => None,
        },
        _ => None,
    };
    Some((last.ident.to_string(), argument))
}
