//! What a document says that no signature does.

use super::OperationBuilder;

/// Describes a request that the API itself sends.
pub type Describe = fn(&mut OperationBuilder<'_>);

/// The head of the document: see [`App::openapi`](crate::App::openapi).
#[derive(Debug, Clone)]
#[cfg_attr(
    target_arch = "wasm32",
    expect(dead_code, reason = "the document is written already")
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
    /// A document of the API `title` in this version: `Info::new("Users", env!("CARGO_PKG_VERSION"))`.
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

    /// What the API is, in Markdown.
    #[must_use]
    pub fn description(mut self, text: &'static str) -> Self {
        self.description = text;
        self
    }

    /// The licence by its SPDX identifier, such as `MIT`.
    #[must_use]
    pub fn license(mut self, name: &'static str, identifier: &'static str) -> Self {
        self.license = Some((name, identifier));
        self
    }

    /// What the operations with this tag have in common. Tags are shown in the order in which they are described.
    #[must_use]
    pub fn tag(mut self, name: &'static str, description: &'static str) -> Self {
        self.tags.push((name, description));
        self
    }

    /// A request that the API sends to others: `describe` says its headers, its body and the answers that it understands.
    #[must_use]
    pub fn webhook(mut self, name: &'static str, doc: &'static str, describe: Describe) -> Self {
        // A pointer to what describes would carry the schema code along.
        if cfg!(not(target_arch = "wasm32")) {
            self.webhooks.push((name, doc, describe));
        }
        self
    }

    /// The document as it was written to a file: see [`openapi!`](crate::openapi!).
    #[must_use]
    pub fn prebuilt(mut self, document: Option<&'static str>) -> Self {
        self.prebuilt = document;
        self
    }
}
