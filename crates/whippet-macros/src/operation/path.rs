//! Checks the pattern of a path, as the router `matchit` does.

use syn::LitStr;

use crate::mistakes::Mistakes;

/// Adds every error in the pattern to `mistakes`.
pub(super) fn check(path: &LitStr, mistakes: &mut Mistakes) {
    let pattern = path.value();
    if !pattern.starts_with('/') {
        mistakes.add(
            path,
            format!("a path must start with a slash: write \"/{pattern}\""),
        );
    }
    if let Some(at) = pattern.find(['?', '#']) {
        let message = format!(
            "a path cannot contain `{}`: read the query string with an argument `Query<T>`",
            &pattern[at..=at]
        );
        mistakes.add(path, message);
    }
    let mut names: Vec<&str> = Vec::new();
    let segments: Vec<&str> = pattern.split('/').collect();
    for (at, segment) in segments.iter().enumerate() {
        match parameter(segment) {
            Ok(None) => {}
            Ok(Some(name)) => {
                let rest = name.strip_prefix('*');
                if rest.is_some() && at + 1 < segments.len() {
                    mistakes.add(
                        path,
                        format!("`{{{name}}}` matches the rest of the path: put it last"),
                    );
                }
                let name = rest.unwrap_or(name);
                if names.contains(&name) {
                    mistakes.add(
                        path,
                        format!("the path has two parameters `{name}`: rename one"),
                    );
                }
                names.push(name);
            }
            Err(message) => mistakes.add(path, message),
        }
    }
}

/// Returns the name in a segment such as `{name}`, or `None` for a segment without a parameter.
fn parameter(segment: &str) -> Result<Option<&str>, String> {
    let Some(start) = segment.find('{') else {
        return match segment.find('}') {
            Some(_) => Err(format!(
                "`{segment}` has a `}}` without a `{{`: write `{{name}}`"
            )),
            None => Ok(None),
        };
    };
    let rest = &segment[start + 1..];
    let end = rest
        .find('}')
        .ok_or_else(|| format!("`{segment}` has a `{{` without a `}}`: write `{{name}}`"))?;
    let (name, after) = (&rest[..end], &rest[end + 1..]);
    if after.contains(['{', '}']) {
        return Err(format!(
            "`{segment}` has two parameters: put a slash between them"
        ));
    }
    if name.trim_start_matches('*').is_empty() {
        return Err(format!(
            "`{segment}` has a parameter without a name: write `{{name}}`"
        ));
    }
    Ok(Some(name))
}
