//! Compares the variables in a host's configuration file with the settings of an app.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::settings::{VARIABLES, Variable};
use crate::{Config, Settings};

/// Compares the variables in `wrangler.toml` or `spin.toml` with the settings `S`. `manifest` is the text of the file.
/// Returns a message about each of these errors:
///
/// - a variable that neither `S` nor Whippet reads,
/// - a variable of `S` that `spin.toml` does not declare, or does not pass to the component,
/// - a required variable that `wrangler.toml` does not set, unless it is a secret,
/// - a secret with a value in `wrangler.toml`, or without `secret = true` in `spin.toml`,
/// - a value that is not valid for its setting.
///
/// ```
/// use whippet::testing::variable_mistakes;
/// use whippet::{Secret, Settings};
///
/// #[derive(Settings)]
/// struct Shop {
///     key: Secret<String>,
///     #[setting(default = "50")]
///     page_size: u32,
/// }
///
/// let wrangler = "[vars]\nPAGE_SIZE = \"many\"\nKEY = \"hush\"";
/// assert_eq!(
///     variable_mistakes::<Shop>(wrangler),
///     [
///         "KEY is a secret: remove it from the file, and run `wrangler secret put KEY`",
///         "the variable PAGE_SIZE is \"many\": invalid digit found in string",
///     ],
/// );
/// ```
#[must_use]
pub fn variable_mistakes<S: Settings>(manifest: &str) -> Vec<String> {
    let manifest: Table = match manifest.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("the file is not valid TOML: {error}")],
    };
    let variables = S::variables();
    let (mut mistakes, values) = match manifest.contains_key("spin_manifest_version") {
        true => spin(&variables, &manifest),
        false => wrangler(&variables, &manifest),
    };
    let config: Config = values.iter().collect();
    if let Err(error) = S::from_config(&config) {
        let errors = error.errors().iter();
        let wrong = errors.filter(|error| config.get(error.name()).is_some());
        mistakes.extend(wrong.map(ToString::to_string));
    }
    mistakes
}

/// Returns two lists: messages about the errors in `spin.toml`, and the default values of its variables.
fn spin(variables: &[Variable], manifest: &Table) -> (Vec<String>, BTreeMap<String, String>) {
    let mut mistakes = Vec::new();
    let declared = table(manifest, "variables");
    let components = table(manifest, "component").into_iter();
    let passed: Vec<String> = components
        .filter_map(|(_, component)| Some(table(component.as_table()?, "variables")))
        .flatten()
        .map(|(name, _)| name.to_uppercase())
        .collect();
    for variable in variables {
        let name = variable.name.to_lowercase();
        match declared.get(&name) {
            None => mistakes.push(format!("[variables] does not declare {name}")),
            Some(declaration) => {
                if variable.is_secret && !is_secret(declaration) {
                    mistakes.push(format!("{name} is a secret: add `secret = true`"));
                }
            }
        }
        if !passed.iter().any(|passed| passed == variable.name) {
            mistakes.push(format!(
                "no component has the variable {name}: add `{name} = \"{{{{ {name} }}}}\"` to the variables of a component"
            ));
        }
    }
    let names = declared.keys().map(|name| name.to_uppercase());
    let unknown = names
        .chain(passed)
        .filter(|name| !is_known(name, variables));
    let mut unknown: Vec<_> = unknown.collect();
    unknown.sort();
    unknown.dedup();
    mistakes.extend(unknown.iter().map(|name| unread(&name.to_lowercase())));
    let values = declared.into_iter().filter_map(|(name, declaration)| {
        let default = declaration.get("default")?.as_str()?.to_owned();
        Some((name.to_uppercase(), default))
    });
    (mistakes, values.collect())
}

fn is_secret(declaration: &Value) -> bool {
    declaration.get("secret").and_then(Value::as_bool) == Some(true)
}

/// Returns two lists: messages about the errors in `wrangler.toml`, and the values of its variables.
fn wrangler(variables: &[Variable], manifest: &Table) -> (Vec<String>, BTreeMap<String, String>) {
    let mut mistakes = Vec::new();
    let set = table(manifest, "vars");
    for variable in variables {
        let name = variable.name;
        match set.contains_key(name) {
            true if variable.is_secret => mistakes.push(format!(
                "{name} is a secret: remove it from the file, and run `wrangler secret put {name}`"
            )),
            false if variable.is_required && !variable.is_secret => {
                mistakes.push(format!("[vars] does not set {name}, which is required"));
            }
            _ => {}
        }
    }
    let unknown = set.keys().filter(|name| !is_known(name, variables));
    mistakes.extend(unknown.map(|name| unread(name)));
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => serde_json::to_string(&other).unwrap_or_default(),
    };
    let values = set.into_iter().map(|(name, value)| (name, text(value)));
    (mistakes, values.collect())
}

fn unread(name: &str) -> String {
    format!("nothing reads {name}: remove it, or add it to the settings")
}

fn is_known(name: &str, variables: &[Variable]) -> bool {
    let mut known = variables.iter().chain(VARIABLES);
    known.any(|variable| variable.name == name)
}

/// Returns the table `name` in `parent`, or an empty table if `parent` has no such table.
fn table(parent: &Table, name: &str) -> Table {
    let table = parent.get(name).and_then(Value::as_table);
    table.cloned().unwrap_or_default()
}
