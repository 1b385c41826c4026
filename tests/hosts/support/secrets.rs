//! The secrets that the scenarios use, none of which a log line may show.

use std::collections::BTreeSet;
use std::sync::Mutex;

static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Takes note of a secret that a server was given or gave.
pub(crate) fn remember(secret: &str) {
    // What is shorter is in other text too.
    assert!(secret.len() >= 8, "{secret:?} is too short to look for");
    SECRETS.lock().unwrap().insert(secret.to_owned());
}

/// Whether the text shows one of them.
pub(crate) fn are_in(text: &str) -> bool {
    let secrets = SECRETS.lock().unwrap();
    secrets.iter().any(|secret| text.contains(&**secret))
}
