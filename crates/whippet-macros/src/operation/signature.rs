//! Checks the signature of an operation or a dependency, and returns the types of the function's arguments.

use syn::{FnArg, GenericParam, ItemFn, ReturnType, Type};

use crate::mistakes::Mistakes;

/// The maximum number of arguments. axum's handlers have the same limit.
const MAX_ARGUMENTS: usize = 16;

/// Returns the types of the arguments, and adds every error in the signature to `mistakes`. Messages call the function
/// `kind`, for example "a dependency".
pub(crate) fn check<'a>(
    kind: &str,
    function: &'a ItemFn,
    mistakes: &mut Mistakes,
) -> Vec<&'a Type> {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        let message = format!("{kind} must be an `async fn`: add `async`");
        mistakes.add(signature.fn_token, message);
    }
    for parameter in &signature.generics.params {
        let message = match parameter {
            GenericParam::Lifetime(_) => {
                format!("{kind} cannot have lifetime parameters: take owned values")
            }
            _ => format!("{kind} cannot be generic: use concrete types"),
        };
        mistakes.add(parameter, message);
    }
    if let Some(variadic) = &signature.variadic {
        let message = format!("{kind} must have a fixed number of arguments");
        mistakes.add(variadic, message);
    }
    if signature.inputs.len() > MAX_ARGUMENTS {
        mistakes.add(
            &signature.inputs[MAX_ARGUMENTS],
            format!(
                "{kind} can have at most {MAX_ARGUMENTS} arguments: combine some in a dependency"
            ),
        );
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Type::ImplTrait(hidden) = &**ty
    {
        mistakes.add(
            hidden,
            "the return type cannot be `impl Trait`: write a named type, as in `Result<User, Problem>`",
        );
    }
    let types = signature.inputs.iter().filter_map(|argument| match argument {
        FnArg::Receiver(receiver) => {
            mistakes.add(
                receiver,
                format!("{kind} must be a function, not a method: take the values that it needs as arguments"),
            );
            None
        }
        FnArg::Typed(typed) => {
            match &*typed.ty {
                Type::Reference(reference) => {
                    mistakes.add(reference, "an argument is extracted from the request, so it must be an owned value: remove the `&`");
                }
                Type::ImplTrait(hidden) => mistakes.add(hidden, "an argument cannot be `impl Trait`: write a named type"),
                _ => {}
            }
            Some(&*typed.ty)
        }
    });
    types.collect()
}
