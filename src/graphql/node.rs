//! Objects by id, as in the Relay specification. The prefix of an id names the type of the object.

use async_graphql::{Context, ID, Interface, Result};
use whippet::graphql::ResolverContext;

use super::application::ApplicationById;
use super::attempt::AttemptById;
use super::endpoint::EndpointById;
use super::message::MessageById;
use crate::application::Application;
use crate::attempt::AttemptRow;
use crate::endpoint::Endpoint;
use crate::message::MessageRow;

/// An object with an id that is unique among the objects of all types.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID"))]
pub(super) enum Node {
    Application(Application),
    Endpoint(Endpoint),
    Message(MessageRow),
    Attempt(AttemptRow),
}

/// Reads the object with this id.
pub(super) async fn find(ctx: &Context<'_>, ID(id): ID) -> Result<Option<Node>> {
    let prefix = id.split_once('_').map_or("", |(prefix, _)| prefix);
    Ok(match prefix {
        "app" => ctx
            .load::<ApplicationById>(id)
            .await?
            .map(Node::Application),
        "ep" => ctx.load::<EndpointById>(id).await?.map(Node::Endpoint),
        "msg" => ctx.load::<MessageById>(id).await?.map(Node::Message),
        "atmpt" => ctx.load::<AttemptById>(id).await?.map(Node::Attempt),
        _ => None,
    })
}
