//! Reads the parts of `spin.toml` (manifest version 2) that spin-host supports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use toml::{Table, Value};

use crate::files::Mount;

/// spin-host ignores these keys in a component's table, because the keys have no effect at run time.
const IGNORED: [&str; 3] = ["build", "description", "tool"];

/// An application with one HTTP component.
#[derive(Debug)]
pub(crate) struct Manifest {
    /// The application's variables.
    pub(crate) variables: BTreeMap<String, Variable>,
    /// The id of the component that serves HTTP.
    pub(crate) id: String,
    /// The settings of the component that serves HTTP.
    pub(crate) component: Component,
}

/// One of the application's variables.
#[derive(Debug, Deserialize)]
pub(crate) struct Variable {
    /// The variable's value if the environment does not set the variable.
    pub(crate) default: Option<String>,
    /// Whether the environment must set the variable.
    #[serde(default)]
    pub(crate) required: bool,
}

/// The component that serves HTTP.
#[derive(Debug, Deserialize)]
pub(crate) struct Component {
    /// The path of the component's `.wasm` file, relative to the manifest.
    pub(crate) source: PathBuf,
    /// The templates of the component's variables, by name.
    #[serde(default)]
    pub(crate) variables: BTreeMap<String, String>,
    /// The databases that the component may open.
    #[serde(default)]
    pub(crate) sqlite_databases: Vec<String>,
    /// The templates of `allowed_outbound_hosts`, the hosts to which the component may send requests.
    #[serde(default)]
    pub(crate) allowed_outbound_hosts: Vec<String>,
    /// The files that the component may read.
    #[serde(default)]
    pub(crate) files: Vec<Mount>,
    #[serde(flatten)]
    rest: Table,
}

#[derive(Deserialize)]
struct Document {
    spin_manifest_version: Value,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    trigger: Triggers,
    #[serde(default)]
    component: BTreeMap<String, Table>,
}

/// The HTTP triggers. Triggers of other types are ignored.
#[derive(Default, Deserialize)]
struct Triggers {
    #[serde(default)]
    http: Vec<HttpTrigger>,
}

#[derive(Deserialize)]
struct HttpTrigger {
    route: Value,
    component: Value,
    #[serde(flatten)]
    rest: Table,
}

impl Manifest {
    /// Reads the manifest at `path`.
    ///
    /// # Errors
    ///
    /// Fails when the file does not exist, is not a manifest, or needs a feature that spin-host does not implement.
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "cannot read {}; choose a manifest with --from",
                path.display()
            )
        })?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut document: Document = toml::from_str(text)?;
        let version = &document.spin_manifest_version;
        ensure!(
            *version == Value::Integer(2),
            "spin-host does not support `spin_manifest_version = {version}`; the version must be 2"
        );
        let id = http_component(&document.trigger.http)?;
        let table = document.component.remove(&id).with_context(|| {
            format!("the HTTP trigger names the component `{id}`, but [component.{id}] is missing")
        })?;
        let component: Component = table
            .try_into()
            .with_context(|| format!("in [component.{id}]"))?;
        reject(&component.rest, &IGNORED).with_context(|| format!("in [component.{id}]"))?;
        Ok(Self {
            variables: document.variables,
            id,
            component,
        })
    }
}

/// Returns the id of the component that the HTTP trigger runs. There must be exactly one HTTP trigger, with the route
/// `/...`.
fn http_component(triggers: &[HttpTrigger]) -> Result<String> {
    let [trigger] = triggers else {
        bail!(
            "spin-host requires exactly one [[trigger.http]], but there are {}",
            triggers.len()
        );
    };
    reject(&trigger.rest, &["id"]).context("in [[trigger.http]]")?;
    let route = &trigger.route;
    ensure!(
        route.as_str() == Some("/..."),
        "spin-host does not support `route = {route}`; the route must be \"/...\""
    );
    match &trigger.component {
        Value::String(id) => Ok(id.clone()),
        other => {
            bail!("spin-host does not support `component = {other}`; write the id of a component")
        }
    }
}

/// Fails when a key in `rest` is not in `ignored`. `rest` contains the keys of a table, except the keys that spin-host
/// reads.
pub(crate) fn reject(rest: &Table, ignored: &[&str]) -> Result<()> {
    match rest.keys().find(|key| !ignored.contains(&key.as_str())) {
        Some(key) => {
            bail!("spin-host does not implement `{key}`; run this application with `spin`")
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = "
        spin_manifest_version = 2
        [[trigger.http]]
        route = '/...'
        component = 'api'
        [component.api]
        source = 'api.wasm'
    ";

    #[test]
    fn manifest_keys_without_effect_are_ignored() {
        let text = "
            spin_manifest_version = 2
            [application]
            name = 'app'
            authors = ['A']
            description = 'An app'
            [application.trigger.redis]
            address = 'redis://localhost'
            [variables]
            key = { required = true, secret = true }
            level = { default = 'info' }
            [[trigger.http]]
            route = '/...'
            component = 'api'
            [[trigger.cron]]
            cron_expression = '* * * * *'
            component = 'cron'
            [component.cron]
            source = { url = 'https://example.com/cron.wasm', digest = 'sha256:0' }
            [component.api]
            source = 'api.wasm'
            sqlite_databases = ['default']
            files = [{ source = 'docs', destination = '/docs' }]
            allowed_outbound_hosts = ['https://*:443']
            [component.api.variables]
            key = '{{ key }}'
            [component.api.build]
            command = 'make'
        ";
        let manifest = Manifest::parse(text).unwrap();
        assert_eq!(manifest.id, "api");
        assert_eq!(manifest.component.source, PathBuf::from("api.wasm"));
        assert_eq!(manifest.component.sqlite_databases, ["default"]);
        assert!(manifest.variables["key"].required);
    }

    #[test]
    fn an_unsupported_manifest_is_rejected_with_the_reason() {
        for (from, to, message) in [
            (
                "= 2",
                "= 1",
                "does not support `spin_manifest_version = 1`; the version must be 2",
            ),
            (
                "spin_manifest_version = 2",
                "",
                "missing field `spin_manifest_version`",
            ),
            (
                "'/...'",
                "'/api/...'",
                "does not support `route = \"/api/...\"`; the route must be \"/...\"",
            ),
            ("'/...'", "{ private = true }", "the route must be \"/...\""),
            (
                "[[trigger.http]]",
                "[[trigger.redis]]",
                "one [[trigger.http]], but there are 0",
            ),
            (
                "component = 'api'",
                "component = 'web'",
                "[component.web] is missing",
            ),
            (
                "component = 'api'",
                "component = { source = 'a' }",
                "write the id of a component",
            ),
            (
                "component = 'api'",
                "component = 'api'\nexecutor = { type = 'wagi' }",
                "does not implement `executor`",
            ),
            ("source = 'api.wasm'", "", "missing field `source`"),
            (
                "source = 'api.wasm'",
                "source = 'a'\nkey_value_stores = ['default']",
                "does not implement `key_value_stores`",
            ),
            (
                "source = 'api.wasm'",
                "source = 'a'\nfiles = ['a']",
                "spin-host does not support patterns",
            ),
            (
                "source = 'api.wasm'",
                "source = 'a'\nai_models = ['a']",
                "does not implement `ai_models`",
            ),
            (
                "source = 'api.wasm'",
                "source = ",
                "TOML parse error at line 7",
            ),
        ] {
            let text = MINIMAL.replacen(from, to, 1);
            let error = format!("{:#}", Manifest::parse(&text).unwrap_err());
            assert!(error.contains(message), "{to}: {error}");
        }
    }
}
