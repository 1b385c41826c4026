//! Resolves variables when the host starts, and implements `spin:variables` and `wasi:config`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, ensure};
use wasmtime::component::{Accessor, HasSelf};

use crate::bindings::{config, variables};
use crate::guest::Guest;
use crate::manifest::Variable;

/// The application's variables, for use in templates.
#[derive(Debug)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Reads each variable's value from the environment variable `SPIN_VARIABLE_<NAME>`. If this environment variable
    /// is not set, uses the default in the manifest.
    ///
    /// # Errors
    ///
    /// Fails when the name or the declaration of a variable is invalid, or when a variable has no value.
    pub(crate) fn resolve(
        declared: &BTreeMap<String, Variable>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let resolve = |(name, variable): (&String, &Variable)| {
            check_name(name)?;
            ensure!(
                variable.required != variable.default.is_some(),
                "variable `{name}` must have either `required = true` or a `default`"
            );
            let key = format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase());
            let value = environment(&key).or_else(|| variable.default.clone());
            let value = value.with_context(|| {
                format!(
                    "variable `{name}` is required and has no value; set {key} in the environment"
                )
            })?;
            Ok((name.clone(), value))
        };
        declared
            .iter()
            .map(resolve)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Replaces each `{{ name }}` in the template with the value of the variable.
    ///
    /// # Errors
    ///
    /// Fails when the template names an unknown variable, or when a `{{` in the template has no `}}`.
    pub(crate) fn expand(&self, template: &str) -> Result<String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((literal, tail)) = rest.split_once("{{") {
            let (name, tail) = tail
                .split_once("}}")
                .with_context(|| format!("`{template}` has a `{{{{` without `}}}}`"))?;
            let name = name.trim();
            let value = self.0.get(name).with_context(|| {
                format!(
                    "`{template}` uses the variable `{name}`, which is not declared in [variables]"
                )
            })?;
            text.extend([literal, value]);
            rest = tail;
        }
        Ok(text + rest)
    }

    /// Returns the variables of a component, expanded from their templates.
    ///
    /// # Errors
    ///
    /// Fails when the name of a variable is invalid, or when [`expand`](Self::expand) fails.
    pub(crate) fn expand_all(
        &self,
        templates: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>> {
        let expand = |(name, template): (&String, &String)| {
            check_name(name)?;
            Ok((name.clone(), self.expand(template)?))
        };
        templates.iter().map(expand).collect()
    }
}

/// Checks the name of a variable by Spin's rules.
fn check_name(name: &str) -> Result<()> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(allowed)
        && !name.ends_with('_')
        && !name.contains("__");
    well_formed.then_some(()).ok_or_else(|| {
        anyhow!("`{name}` is not a valid variable name; use lower-case letters, digits and single underscores, start with a letter and do not end with an underscore")
    })
}

impl Guest {
    fn variable(&self, name: &str) -> Result<String, variables::Error> {
        check_name(name).map_err(|error| variables::Error::InvalidName(error.to_string()))?;
        let value = self.app.variables.get(name).cloned();
        value.ok_or_else(|| {
            let component = &self.app.component;
            variables::Error::Undefined(format!("no variable for {component:?}.{name:?}"))
        })
    }
}

impl variables::Host for Guest {}

impl<T: Send> variables::HostWithStore<T> for HasSelf<Guest> {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> Result<String, variables::Error> {
        accessor.with(|mut store| store.get().variable(&name))
    }
}

impl config::Host for Guest {
    fn get(&mut self, key: String) -> Result<Option<String>, config::Error> {
        Ok(self.app.variables.get(&key).cloned())
    }

    fn get_all(&mut self) -> Result<Vec<(String, String)>, config::Error> {
        Ok(self.app.variables.clone().into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(text: &str) -> BTreeMap<String, Variable> {
        toml::from_str(text).unwrap()
    }

    fn environment(key: &str) -> Option<String> {
        (key == "SPIN_VARIABLE_API_KEY").then(|| "from the environment".into())
    }

    #[test]
    fn the_environment_overrides_the_default() {
        let text = "api_key = { default = 'x' }\nlevel = { default = 'info', secret = true }";
        let variables = Variables::resolve(&declared(text), environment).unwrap();
        for (template, value) in [
            ("{{ api_key }}", "from the environment"),
            ("{{level}}", "info"),
            ("a {{ level }}/{{ level }} }} b", "a info/info }} b"),
            ("", ""),
        ] {
            assert_eq!(variables.expand(template).unwrap(), value);
        }
    }

    #[test]
    fn a_required_variable_gets_its_value_from_the_environment() {
        let variables =
            Variables::resolve(&declared("api_key = { required = true }"), environment).unwrap();
        assert_eq!(
            variables.expand("{{ api_key }}").unwrap(),
            "from the environment"
        );
    }

    #[test]
    fn an_invalid_variable_is_rejected_with_a_remedy() {
        for (text, message) in [
            (
                "token = { required = true }",
                "variable `token` is required and has no value; set SPIN_VARIABLE_TOKEN in the environment",
            ),
            (
                "token = {}",
                "must have either `required = true` or a `default`",
            ),
            (
                "token = { required = true, default = '' }",
                "must have either",
            ),
            (
                "API-KEY = { default = '' }",
                "`API-KEY` is not a valid variable name",
            ),
            (
                "a__b = { default = '' }",
                "`a__b` is not a valid variable name",
            ),
            ("a_ = { default = '' }", "`a_` is not a valid variable name"),
            ("_a = { default = '' }", "`_a` is not a valid variable name"),
        ] {
            let error = Variables::resolve(&declared(text), environment).unwrap_err();
            assert!(error.to_string().contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn an_invalid_template_is_rejected_with_the_reason() {
        let variables = Variables::resolve(&BTreeMap::new(), environment).unwrap();
        for (template, message) in [
            (
                "{{ nope }}",
                "uses the variable `nope`, which is not declared in [variables]",
            ),
            ("{{ nope", "`{{ nope` has a `{{` without `}}`"),
        ] {
            let error = variables.expand(template).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
