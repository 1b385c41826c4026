//! The secrets that the scenarios use. No log line may contain a secret.

use std::collections::BTreeSet;
use std::sync::Mutex;

static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Records a secret that was sent to a server, or that a server returned.
pub(crate) fn remember(secret: &str) {
    // A secret of fewer than 8 bytes could appear in a log line by chance.
    assert!(secret.len() >= 8, "{secret:?} is too short to look for");
    SECRETS.lock().unwrap().insert(secret.to_owned());
}

/// Returns whether the text contains a recorded secret.
pub(crate) fn appear_in(text: &str) -> bool {
    let secrets = SECRETS.lock().unwrap();
    secrets.iter().any(|secret| text.contains(&**secret))
}
