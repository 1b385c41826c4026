//! Changing endpoints.

use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{Json, Path, Problem, State, Valid, patch, put, query};

use super::write::{check_inserted, check_target, insert, stored_secret, write_error};
use super::{Endpoint, EndpointPatch, EndpointPath, NewEndpoint, find_query, not_found};
use crate::application::Application;
use crate::settings::RelaySettings;
use crate::throttle;
use crate::upserted::CreatedOrExisting;
use crate::writer::Writer;

/// Update an endpoint, or create it.
///
/// Replaces all fields. Absent fields get their defaults, except that an absent `secret` or `headers` leaves the value
/// unchanged. If the endpoint does not exist, creates it, provided that the `uid` in the body equals the `uid` in the
/// path.
#[put(
    "/api/v1/app/{app_id}/endpoint/{endpoint_id}",
    tag = "Endpoint",
    errors(NOT_FOUND, CONFLICT)
)]
pub(crate) async fn update_endpoint(
    application: Application,
    Path(path): Path<EndpointPath>,
    writer: Writer,
    settings: State<RelaySettings>,
    Valid(Json(new)): Valid<Json<NewEndpoint>>,
) -> Result<CreatedOrExisting<Endpoint>, Problem> {
    let new = new.with_current_names()?;
    check_target(&new.url.0, &settings)?;
    let path = path.endpoint_id;
    let found = find_query(&application.id, &path)
        .fetch_optional(&writer.db)
        .await?;
    let Some(endpoint) = found else {
        if new.uid.as_ref().is_none_or(|uid| uid.0 != path) {
            return Err(not_found(&path));
        }
        let (row, insert) = insert(new, &application.id, &writer)?;
        let inserted = insert.execute(&writer.db).await;
        let rows = inserted.map_err(|error| write_error(error, Some(&path)))?;
        check_inserted(rows)?;
        return Ok(CreatedOrExisting::New(row));
    };
    let changed = write(endpoint, new.into(), &writer).await?;
    Ok(CreatedOrExisting::Existing(changed))
}

/// Change fields of an endpoint.
///
/// `"disabled": false` enables a disabled endpoint: its failures are forgotten, and its pending deliveries are due
/// immediately.
#[patch(
    "/api/v1/app/{app_id}/endpoint/{endpoint_id}",
    tag = "Endpoint",
    errors(CONFLICT)
)]
pub(crate) async fn patch_endpoint(
    endpoint: Endpoint,
    writer: Writer,
    settings: State<RelaySettings>,
    Valid(Json(patch)): Valid<Json<EndpointPatch>>,
) -> Result<Json<Endpoint>, Problem> {
    change(endpoint, patch, &settings, &writer).await.map(Json)
}

/// Changes fields of an endpoint.
pub(crate) async fn change(
    endpoint: Endpoint,
    patch: EndpointPatch,
    settings: &RelaySettings,
    writer: &Writer,
) -> Result<Endpoint, Problem> {
    let patch = patch.with_current_names()?;
    if let Some(url) = patch.url.value() {
        check_target(&url.0, settings)?;
    }
    write(endpoint, patch, writer).await
}

/// Writes the changes of fields that are already checked.
async fn write(
    endpoint: Endpoint,
    patch: EndpointPatch,
    writer: &Writer,
) -> Result<Endpoint, Problem> {
    let secret = patch.secret.value().map(stored_secret).transpose()?;
    let update = query!(
        "update endpoints set updated_at = :now {, url = :url} {, uid = :uid} {, description = :description} \
         {, event_types = :event_types} {, channels = :channels} {, metadata = :metadata} {, headers = :headers} \
         {, secret = :secret} \
         {, next_slot = iif(throttle_rate is :rate, next_slot, 0), throttle_rate = :rate} \
         {, failing_since = iif(disabled, 0, failing_since), failed_at = iif(disabled, 0, failed_at), \
           failures = iif(disabled, 0, failures), disabled = :disabled} where id = :id",
        now = writer.clock.now(),
        url = patch.url,
        uid = patch.uid,
        description = patch.description,
        event_types = patch.event_types,
        channels = patch.channels,
        metadata = patch.metadata,
        headers = patch.headers,
        rate = patch.throttle_rate,
        disabled = patch.disabled,
        id = endpoint.id,
    );
    let mut queries = vec![update];
    let mut rate = endpoint.throttle_rate;
    patch.throttle_rate.apply_to(&mut rate);
    let is_enabled = endpoint.disabled && patch.disabled.value() == Some(&false);
    if is_enabled || rate != endpoint.throttle_rate {
        queries.extend(throttle::make_due(&writer.tasks, &endpoint.id, is_enabled));
    }
    let (select, reader) = find_query(&endpoint.app_id, &endpoint.id).into_parts();
    queries.push(select);
    let last = queries.len() - 1;
    let results = writer.db.batch(queries).await;
    let uid = patch.uid.value().map(|uid| uid.0.as_str());
    let mut results = results.map_err(|error| write_error(error, uid))?;
    let changed = results.read(last, reader)?.pop();
    changed.ok_or_else(|| not_found(&endpoint.id))
}
