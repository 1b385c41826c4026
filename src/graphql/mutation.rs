//! The mutations. Each mutation calls the function that the handler of the REST operation calls.

use async_graphql::{Context, ID, Object, Result};
use whippet::State;
use whippet::graphql::ResolverContext;

use super::input::{
    ApplicationPatchInput, EndpointPatchInput, NewApplicationInput, NewEndpointInput,
    NewMessageInput, checked,
};
use crate::application::{self, Application};
use crate::endpoint::{self, Endpoint};
use crate::idempotency::IdempotencyKey;
use crate::message::{self, MessageRow};
use crate::settings::RelaySettings;
use crate::writer::Writer;

/// The mutations.
#[derive(Debug)]
pub struct Mutation;

/// In each mutation, `applicationId` and `id` are the `id` or the `uid` of the resource.
#[Object]
impl Mutation {
    /// Creates an application. With `getIfExists`, returns an existing application with the same `uid` instead of an
    /// error. A second mutation with the same `idempotencyKey` creates nothing new.
    async fn create_application(
        &self,
        ctx: &Context<'_>,
        application: NewApplicationInput,
        get_if_exists: Option<bool>,
        idempotency_key: Option<String>,
    ) -> Result<Option<Application>> {
        let new = checked(&application)?;
        let key = IdempotencyKey::parse("idempotencyKey", idempotency_key)?;
        let writer = ctx.dependency::<Writer>().await?;
        let get_if_exists = get_if_exists.unwrap_or_default();
        let created = application::create(&writer, key, get_if_exists, new).await?;
        Ok(Some(created.into_inner()))
    }

    /// Changes fields of an application.
    async fn update_application(
        &self,
        ctx: &Context<'_>,
        id: ID,
        patch: ApplicationPatchInput,
    ) -> Result<Option<Application>> {
        let patch = checked(&patch)?;
        let writer = ctx.dependency::<Writer>().await?;
        let application = application::existing(&writer.db, &id).await?;
        let changed = application::update::change(application, patch, &writer).await?;
        Ok(Some(changed))
    }

    /// Deletes an application with its endpoints, messages and attempts. Its pending deliveries are canceled. Returns
    /// the id of the application.
    async fn delete_application(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ID>> {
        let writer = ctx.dependency::<Writer>().await?;
        let application = application::existing(&writer.db, &id).await?;
        application::remove::mark_deleted(&application.id, &writer).await?;
        Ok(Some(ID(application.id)))
    }

    /// Creates an endpoint. A second mutation with the same `idempotencyKey` creates nothing new.
    async fn create_endpoint(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        endpoint: NewEndpointInput,
        idempotency_key: Option<String>,
    ) -> Result<Option<Endpoint>> {
        let new = checked(&endpoint)?;
        let key = IdempotencyKey::parse("idempotencyKey", idempotency_key)?;
        let writer = ctx.dependency::<Writer>().await?;
        let settings = ctx.dependency::<State<RelaySettings>>().await?;
        let application = application::existing(&writer.db, &application_id).await?;
        let created = endpoint::create(&writer, &settings, key, &application.id, new).await?;
        Ok(Some(created))
    }

    /// Changes fields of an endpoint. `disabled: false` enables a disabled endpoint: its failures are forgotten, and its
    /// pending deliveries are due immediately.
    async fn update_endpoint(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        id: ID,
        patch: EndpointPatchInput,
    ) -> Result<Option<Endpoint>> {
        let patch = checked(&patch)?;
        let writer = ctx.dependency::<Writer>().await?;
        let settings = ctx.dependency::<State<RelaySettings>>().await?;
        let endpoint = endpoint::find(&writer.db, &application_id, &id).await?;
        let changed = endpoint::update::change(endpoint, patch, &settings, &writer).await?;
        Ok(Some(changed))
    }

    /// Deletes an endpoint. Pending deliveries to the endpoint are canceled. Returns the id of the endpoint.
    async fn delete_endpoint(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        id: ID,
    ) -> Result<Option<ID>> {
        let db = ctx.db()?;
        let endpoint = endpoint::find(&db, &application_id, &id).await?;
        endpoint::delete(&db, &endpoint.id).await?;
        Ok(Some(ID(endpoint.id)))
    }

    /// Creates a message, and delivers it to every matching endpoint. The result does not wait for deliveries. A second
    /// mutation with the same `idempotencyKey` creates nothing new.
    async fn create_message(
        &self,
        ctx: &Context<'_>,
        application_id: ID,
        message: NewMessageInput,
        idempotency_key: Option<String>,
    ) -> Result<Option<MessageRow>> {
        let new = checked(&message)?;
        let key = IdempotencyKey::parse("idempotencyKey", idempotency_key)?;
        let writer = ctx.dependency::<Writer>().await?;
        Ok(Some(
            message::create(&writer, key, &application_id, new).await?,
        ))
    }
}
