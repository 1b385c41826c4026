//! Redacts secrets in the output of a failed test.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::Config;
use crate::log::{REDACT, REDACTED, SecretNames};

/// A secret of at least this many bytes is redacted everywhere. Shorter secrets would also match unrelated text, so
/// they are redacted only in the headers that the log redacts.
const MIN_BYTES: usize = 6;

/// The secrets that one app received. The value of a variable, header or JSON field is a secret if the log redacts
/// values with this name.
#[derive(Debug, Clone, Default)]
pub(super) struct Secrets {
    names: Arc<SecretNames>,
    values: BTreeSet<String>,
}

impl Secrets {
    pub(super) fn of(config: &Config) -> Self {
        let names = config
            .parse(REDACT, SecretNames::default())
            .unwrap_or_default();
        let mut secrets = Self {
            names: Arc::new(names),
            values: BTreeSet::new(),
        };
        for (name, value) in config.iter() {
            if secrets.names.contains(name) {
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

    /// Adds the secrets in headers and in a JSON body, so that these secrets are also redacted in SQL and in log lines.
    pub(super) fn learn(&mut self, headers: &HeaderMap, body: &[u8]) {
        for (name, value) in headers {
            if let (true, Ok(value)) = (self.names.contains(name.as_str()), value.to_str()) {
                // If the value starts with a scheme, such as `Bearer`, the secret is the part after the scheme.
                self.add(value.split_once(' ').map_or(value, |(_, secret)| secret));
            }
        }
        if let Ok(body) = serde_json::from_slice(body) {
            self.learn_fields(&body);
        }
    }

    fn learn_fields(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if self.names.contains(name) => self.add(text),
                        other => self.learn_fields(other),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_fields(item)),
            _ => {}
        }
    }

    /// Returns the value of a header, or a placeholder if the log redacts headers with this name.
    pub(super) fn header<'a>(&self, name: &HeaderName, value: &'a str) -> &'a str {
        if self.names.contains(name.as_str()) {
            REDACTED
        } else {
            value
        }
    }

    /// Replaces every secret in `text` with a placeholder.
    pub(super) fn hide(&self, text: &str) -> String {
        // The longest secrets are redacted first, because a secret may contain another secret.
        let mut secrets: Vec<_> = self.values.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.into_iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret, REDACTED)
        })
    }
}
