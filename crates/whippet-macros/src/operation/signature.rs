//! Checks the function, and finds the types of its arguments.

use syn::{FnArg, GenericParam, ItemFn, ReturnType, Type};

use crate::mistakes::Mistakes;

/// As many arguments as axum's handlers have.
const MAX_ARGUMENTS: usize = 16;

/// The types of the arguments, and every mistake in the signature; `made` is what the attribute makes of the function.
pub(crate) fn check<'a>(
    made: &str,
    function: &'a ItemFn,
    mistakes: &mut Mistakes,
) -> Vec<&'a Type> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        let message = format!("{made} is an `async fn`: add `async`");
        mistakes.add(signature.fn_token, message);
    }
    for parameter in &signature.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                format!("{made} borrows nothing: take values, and leave the lifetime out")
            }
            _ => format!("{made} is not generic: name the types"),
        };
        mistakes.add(parameter, message);
    }
    if let Some(variadic) = &signature.variadic {
        let message = format!("{made} has a fixed number of arguments");
        mistakes.add(variadic, message);
    }
    if signature.inputs.len() > MAX_ARGUMENTS {
        mistakes.add(
            &signature.inputs[MAX_ARGUMENTS],
            format!("{made} has at most {MAX_ARGUMENTS} arguments: put some into a dependency"),
        );
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Type::ImplTrait(hidden) = &**ty
    {
        mistakes.add(
            hidden,
            "the return type says what comes of it: name it, as in `Result<User, Problem>`",
        );
    }
    let types = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Receiver(receiver) => {
            mistakes.add(
                receiver,
                format!("{made} is a function of its own, not a method: take what it needs as arguments"),
            );
            None
        }
        FnArg::Typed(typed) => {
            match &*typed.ty {
                Type::Reference(reference) => {
                    mistakes.add(reference, "an argument is read from the request and owned: leave the `&` out");
                }
                Type::ImplTrait(hidden) => mistakes.add(hidden, "an argument has a type with a name"),
                _ => {}
            }
            Some(&*typed.ty)
        }
    });
    types.collect()
}
