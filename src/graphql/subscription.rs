//! The subscriptions.

use std::collections::HashMap;

use async_graphql::futures_util::stream::{Stream, StreamExt};
use async_graphql::{Context, ID, Result};
use whippet::graphql::{self, Loader, ResolverContext};
use whippet::{Db, FieldError, Problem, query_as, query_scalar};

use super::attempt::AttemptById;
use crate::application;
use crate::attempt::AttemptRow;
use crate::id;
use crate::list::Items;

/// The subscriptions.
#[derive(Debug)]
pub struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    /// The attempts to deliver the messages of an application, as they happen. `applicationId` is the `id` or the `uid`
    /// of the application. `after` is the `id` of the attempt after which the subscription continues; without `after`,
    /// the subscription starts with the next attempt.
    async fn attempts(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        after: Option<ID>,
    ) -> Result<impl Stream<Item = Result<AttemptRow>> + use<>> {
        let db = ctx.db()?;
        let application = application::existing(&db, &application_id).await?;
        let after = match after {
            Some(ID(id)) => checked(id)?,
            None => newest(&db).await?,
        };
        let attempts = graphql::poll(ctx.request_context()?, after, move |context, after| {
            let application_id = application.id.clone();
            async move { attempts_after(&context, &application_id, &after).await }
        });
        Ok(attempts.filter_map(async |attempt| attempt.transpose()))
    }
}

fn checked(id: String) -> Result<String, Problem> {
    match id::is_id(&id, Items::Attempts.prefix()) {
        true => Ok(id),
        false => Err(Problem::invalid(vec![FieldError::new(
            "/after",
            "id",
            "must be the id of an attempt",
        )])),
    }
}

/// Returns the id of the newest attempt of all applications, or an empty text if there are no attempts.
async fn newest(db: &Db) -> Result<String, Problem> {
    let newest = query_scalar!("select attempt_id from attempts order by seq desc limit 1");
    Ok(newest.fetch_optional(db).await?.unwrap_or_default())
}

/// Reads the attempts after a position, which is the id of an attempt. Returns each attempt of the application with its
/// id. The last item may have no attempt: then its id is the position up to which the attempts of other applications
/// were skipped. Without this item, every read would start with the same attempts of other applications.
async fn attempts_after(
    context: &whippet::Context,
    application_id: &str,
    after: &str,
) -> Result<Vec<(String, Option<AttemptRow>)>, Problem> {
    let db = context.db();
    let position = match after {
        "" => 0,
        after => Items::Attempts.rowid(&db, after, true).await?,
    };
    let next = query_as!(
        (String, bool),
        "select a.attempt_id, m.app_id = :application_id from attempts a join messages m on m.id = a.message_id \
         where a.rowid > :position order by a.rowid limit 500"
    );
    let next = next.fetch_all(&db).await?;
    let wanted: Vec<String> = next
        .iter()
        .filter(|(_, is_wanted)| *is_wanted)
        .map(|(id, _)| id.clone())
        .collect();
    let mut attempts = match wanted.is_empty() {
        true => HashMap::new(),
        false => AttemptById::load(context, &wanted).await?,
    };
    let last = next.last().map(|(id, _)| id.clone());
    let mut found: Vec<_> = wanted
        .into_iter()
        .filter_map(|id| attempts.remove(&id).map(|attempt| (id, Some(attempt))))
        .collect();
    found.extend(last.map(|id| (id, None)));
    Ok(found)
}
