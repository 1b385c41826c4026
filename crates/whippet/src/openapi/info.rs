//! The parts of the OpenAPI document that the signatures of operations do not contain.

use super::OperationBuilder;
#[cfg(not(target_arch = "wasm32"))]
use crate::routing::Mounted;

/// Describes a webhook, a request that the API sends.
pub type Describe = fn(&mut OperationBuilder<'_>);

/// The title, version, tags and webhooks of the document, for [`App::openapi`](crate::App::openapi).
#[derive(Debug, Clone)]
#[cfg_attr(
    target_arch = "wasm32",
    expect(dead_code, reason = "the program contains the finished document")
)]
pub struct Info {
    pub(super) title: &'static str,
    pub(super) version: &'static str,
    pub(super) description: &'static str,
    pub(super) license: Option<(&'static str, &'static str)>,
    pub(super) tags: Vec<(&'static str, &'static str)>,
    pub(super) webhooks: Vec<(&'static str, &'static str, Describe)>,
    pub(super) prebuilt: Option<&'static str>,
}

impl Info {
    /// Creates the information about an API, as in `Info::new("Users", env!("CARGO_PKG_VERSION"))`.
    #[must_use]
    pub fn new(title: &'static str, version: &'static str) -> Self {
        Self {
            title,
            version,
            description: "",
            license: None,
            tags: Vec::new(),
            webhooks: Vec::new(),
            prebuilt: None,
        }
    }

    /// Sets the description of the API, in Markdown.
    #[must_use]
    pub fn description(mut self, text: &'static str) -> Self {
        self.description = text;
        self
    }

    /// Sets the name and the SPDX identifier of the license, such as `MIT`.
    #[must_use]
    pub fn license(mut self, name: &'static str, identifier: &'static str) -> Self {
        self.license = Some((name, identifier));
        self
    }

    /// Adds the description of a tag. The document lists tags in the order in which they are added.
    #[must_use]
    pub fn tag(mut self, name: &'static str, description: &'static str) -> Self {
        self.tags.push((name, description));
        self
    }

    /// Adds a webhook, a request that the API sends. `describe` adds the headers, the body and the expected responses
    /// of the webhook. `name` must be unique among the names of webhooks and the ids of operations. The id of an
    /// operation is the name of its function.
    // Inlined, so that a WebAssembly program does not contain the function to which `describe` points.
    #[inline(always)]
    #[must_use]
    pub fn webhook(mut self, name: &'static str, doc: &'static str, describe: Describe) -> Self {
        // In a WebAssembly program, storing the function pointer `describe` would link the schema code.
        if cfg!(not(target_arch = "wasm32")) {
            self.webhooks.push((name, doc, describe));
        }
        self
    }

    /// Adds the tags and webhooks of a mounted app.
    pub(crate) fn add(&mut self, mounted: Self) {
        self.tags.extend(mounted.tags);
        self.webhooks.extend(mounted.webhooks);
    }

    /// Checks the names of webhooks. The name of a webhook is its operation id, and the ids in a document must be
    /// unique (OpenAPI 3.1 section 4.8.10).
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn check_webhooks(&self, operations: &[Mounted]) -> Result<(), String> {
        for (index, (name, ..)) in self.webhooks.iter().enumerate() {
            if operations
                .iter()
                .any(|operation| operation.route.id == *name)
            {
                return Err(format!(
                    "the webhook {name:?} has the same name as an operation id: rename the webhook"
                ));
            }
            if self.webhooks[..index]
                .iter()
                .any(|(other, ..)| other == name)
            {
                return Err(format!(
                    "two webhooks have the name {name:?}: rename one of them"
                ));
            }
        }
        Ok(())
    }

    /// Sets the finished document, which [`openapi!`](crate::openapi!) embeds.
    #[must_use]
    pub fn prebuilt(mut self, document: Option<&'static str>) -> Self {
        self.prebuilt = document;
        self
    }
}
