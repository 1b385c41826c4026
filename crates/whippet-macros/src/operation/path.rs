//! Checks a path's pattern, as `matchit` reads it.

use syn::LitStr;

use crate::mistakes::Mistakes;

/// Tells every mistake in the pattern.
pub(super) fn check(path: &LitStr, mistakes: &mut Mistakes) {
    let pattern = path.value();
    if !pattern.starts_with('/') {
        mistakes.add(
            path,
            format!("a path starts with a slash: write \"/{pattern}\""),
        );
    }
    if let Some(at) = pattern.find(['?', '#']) {
        let message = format!(
            "a path has no `{}`: parameters of the query string are an argument, `Query<T>`",
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
                        format!("`{{{name}}}` takes the rest of the path: put it last"),
                    );
                }
                let name = rest.unwrap_or(name);
                if names.contains(&name) {
                    mistakes.add(
                        path,
                        format!("the parameter `{name}` is there twice: rename one"),
                    );
                }
                names.push(name);
            }
            Err(message) => mistakes.add(path, message),
        }
    }
}

/// The name in a segment such as `{name}`.
fn parameter(segment: &str) -> Result<Option<&str>, String> {
    let Some(start) = segment.find('{') else {
        return match segment.find('}') {
            Some(_) => Err(format!("`{segment}` closes a brace that it does not open")),
            None => Ok(None),
        };
    };
    let rest = &segment[start + 1..];
    let end = rest.find('}').ok_or_else(|| {
        format!("`{segment}` opens a brace that it does not close: write `{{name}}`")
    })?;
    let (name, behind) = (&rest[..end], &rest[end + 1..]);
    if behind.contains(['{', '}']) {
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
