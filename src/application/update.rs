//! Changing applications.

use whippet::problem::types::{CONFLICT, NOT_FOUND};
use whippet::{Json, Problem, Valid, patch, put, query};

use super::{
    Application, ApplicationPatch, CreatedOrExisting, NewApplication, RequestedApplication, find,
    find_query, insert, not_found, write_error,
};
use crate::throttle;
use crate::writer::Writer;

/// Update an application, or create it.
///
/// Replaces all fields: absent fields get their defaults. If the application does not exist, creates it, provided that
/// the `uid` in the body equals the `uid` in the path.
#[put(
    "/api/v1/app/{app_id}",
    tag = "Application",
    errors(NOT_FOUND, CONFLICT)
)]
pub(crate) async fn update_application(
    RequestedApplication(path): RequestedApplication,
    writer: Writer,
    Valid(Json(new)): Valid<Json<NewApplication>>,
) -> Result<CreatedOrExisting<Application>, Problem> {
    let new = new.with_current_names()?;
    let Some(application) = find(&writer.db, &path).await? else {
        if new.uid.as_ref().is_none_or(|uid| uid.0 != path) {
            return Err(not_found(&path));
        }
        let (row, insert) = insert(new, &writer.ids)?;
        let inserted = insert.execute(&writer.db).await;
        inserted.map_err(|error| write_error(error, &path))?;
        return Ok(CreatedOrExisting::New(row));
    };
    let changed = change(application, new.into(), &writer).await?;
    Ok(CreatedOrExisting::Existing(changed))
}

/// Change fields of an application.
#[patch("/api/v1/app/{app_id}", tag = "Application", errors(CONFLICT))]
pub(crate) async fn patch_application(
    application: Application,
    writer: Writer,
    Valid(Json(patch)): Valid<Json<ApplicationPatch>>,
) -> Result<Json<Application>, Problem> {
    change(application, patch, &writer).await.map(Json)
}

/// Changes fields of an application.
pub(crate) async fn change(
    application: Application,
    patch: ApplicationPatch,
    Writer {
        db, clock, tasks, ..
    }: &Writer,
) -> Result<Application, Problem> {
    let patch = patch.with_current_names()?;
    let update = query!(
        "update applications set updated_at = :now {, name = :name} {, uid = :uid} {, metadata = :metadata} \
         {, next_slot = iif(throttle_rate is :rate, next_slot, 0), throttle_rate = :rate} \
         where id = :id and deleted_at is null",
        now = clock.now(),
        name = patch.name,
        uid = patch.uid,
        metadata = patch.metadata,
        rate = patch.throttle_rate,
        id = application.id,
    );
    let mut queries = vec![update];
    let mut rate = application.throttle_rate;
    patch.throttle_rate.apply_to(&mut rate);
    if rate != application.throttle_rate {
        queries.extend(throttle::make_due(tasks, &application.id, false));
    }
    let (select, reader) = find_query(&application.id).into_parts();
    queries.push(select);
    let last = queries.len() - 1;
    let results = db.batch(queries).await;
    let uid = patch.uid.value().map_or("", |uid| &uid.0);
    let mut results = results.map_err(|error| write_error(error, uid))?;
    let changed = results.read(last, reader)?.pop();
    changed.ok_or_else(|| not_found(&application.id))
}
