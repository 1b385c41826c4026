//! Secrets, which must not show when a test fails either.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::Config;
use crate::log::{Names, REDACT, REDACTED};

/// What is shorter is hidden under its name only: it would be found in too much other text.
const MIN_BYTES: usize = 6;

/// The secrets that one app was given: what stands under a name whose value the log hides.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    names: Arc<Names>,
    values: BTreeSet<String>,
}

impl Secrets {
    pub(super) fn of(config: &Config) -> Self {
        let names = config.parse(REDACT, Names::default()).unwrap_or_default();
        let mut secrets = Self {
            names: Arc::new(names),
            values: BTreeSet::new(),
        };
        for (name, value) in config.iter() {
            if secrets.names.hide(name) {
                secrets.add(value);
            }
        }
        secrets
    }

    fn add(&mut self, value: &str) {
        if value.len() >= MIN_BYTES {
            self.values.insert(value.to_owned());
        }
    }

    /// Adds what headers and a JSON body name as secret, so that it is hidden in SQL and log lines too.
    pub(super) fn learn(&mut self, headers: &HeaderMap, body: &[u8]) {
        for (name, value) in headers {
            if let (true, Ok(value)) = (self.names.hide(name.as_str()), value.to_str()) {
                // Without the scheme, such as `Bearer`.
                self.add(value.split_once(' ').map_or(value, |(_, secret)| secret));
            }
        }
        if let Ok(body) = serde_json::from_slice(body) {
            self.learn_members(&body);
        }
    }

    fn learn_members(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if self.names.hide(name) => self.add(text),
                        other => self.learn_members(other),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_members(item)),
            _ => {}
        }
    }

    /// A header's value as it may be shown.
    pub(super) fn header<'a>(&self, name: &HeaderName, value: &'a str) -> &'a str {
        if self.names.hide(name.as_str()) {
            REDACTED
        } else {
            value
        }
    }

    /// The text without the secrets.
    pub(super) fn hide(&self, text: &str) -> String {
        // The longest first: one secret may hold another.
        let mut secrets: Vec<_> = self.values.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret, REDACTED)
        })
    }
}
