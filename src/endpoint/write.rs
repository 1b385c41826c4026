//! Functions that are used both to create an endpoint and to change an endpoint.

use std::collections::BTreeMap;

use whippet::{DbError, FieldError, Problem, Query, query};

use super::{Endpoint, NewEndpoint};
use crate::rules::SecretText;
use crate::settings::RelaySettings;
use crate::signing::{self, Secret};
use crate::writer::Writer;

/// The value of [`Endpoint::version`].
const VERSION: u8 = 1;

/// Converts the error of a query that writes an endpoint with this uid.
pub(super) fn write_error(error: DbError, uid: Option<&str>) -> Problem {
    match error {
        error if error.is_unique("endpoints.uid") => {
            let uid = uid.unwrap_or_default();
            Problem::conflict(format!(
                "an endpoint with the uid {uid:?} already exists in this application"
            ))
        }
        error => error.into(),
    }
}

/// Returns an error if the query that inserts an endpoint has changed no row.
pub(super) fn check_inserted(rows: u64) -> Result<(), Problem> {
    match rows {
        0 => Err(Problem::not_found("the application was just deleted")),
        _ => Ok(()),
    }
}

/// Rejects a URL in a private network, unless the configuration allows such URLs.
pub(super) fn check_target(url: &str, settings: &RelaySettings) -> Result<(), Problem> {
    if settings.allow_private_targets {
        return Ok(());
    }
    let Ok(parsed) = url::Url::parse(url) else {
        return Ok(());
    };
    whippet::check_public(&parsed).map_err(|private| {
        let message = format!(
            "{private}; set RELAY_ALLOW_PRIVATE_TARGETS to true to allow such calls in development"
        );
        Problem::invalid(vec![FieldError::new("/url", "private_target", message)])
    })
}

/// Returns a new endpoint, and the query that inserts it. The query changes no row if the application was deleted.
pub(super) fn insert(
    new: NewEndpoint,
    app_id: &str,
    Writer { ids, random, .. }: &Writer,
) -> Result<(Endpoint, Query), Problem> {
    let secret = match &new.secret {
        Some(text) => stored_secret(text)?,
        None => Secret::from_bytes(&random.bytes::<{ signing::GENERATED_BYTES }>()).to_text(),
    };
    let (id, now) = ids.create("ep");
    let event_types = new.event_types.map(|names| names.0);
    let row = Endpoint {
        id,
        app_id: app_id.to_owned(),
        uid: new.uid.map(|uid| uid.0),
        url: new.url.0,
        description: new.description.unwrap_or_default(),
        filter_types: event_types.clone(),
        event_types,
        channels: new.channels.map(|names| names.0),
        disabled: new.disabled.unwrap_or_default(),
        throttle_rate: new.throttle_rate,
        rate_limit: new.throttle_rate,
        version: VERSION,
        metadata: new.metadata.unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    let headers = new.headers.map_or_else(BTreeMap::new, |headers| headers.0);
    let insert = query!(
        "insert into endpoints (id, app_id, uid, url, description, event_types, channels, disabled, throttle_rate, \
         metadata, secret, headers, created_at, updated_at) select :id, id, :uid, :url, :description, :event_types, \
         :channels, :disabled, :throttle_rate, :metadata, :secret, :headers, :now, :now \
         from applications where id = :app_id and deleted_at is null",
        id = row.id,
        uid = row.uid,
        url = row.url,
        description = row.description,
        event_types = row.event_types,
        channels = row.channels,
        disabled = row.disabled,
        throttle_rate = row.throttle_rate,
        metadata = row.metadata,
    );
    Ok((row, insert))
}

/// Returns the text of a secret with the prefix. Relay stores secrets in this form.
pub(super) fn stored_secret(text: &SecretText) -> Result<String, Problem> {
    // Parsing never fails here, because `SecretText` has validated the text.
    let secret = text.0.parse::<Secret>();
    secret
        .map(|secret| secret.to_text())
        .map_err(|error| Problem::bad_request(error.to_string()))
}
