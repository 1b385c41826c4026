//! A group of operations with a prefix, a dependency and layers, and an app that is mounted in another app.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use whippet::extract::Headers;
use whippet::layers::Timeout;
use whippet::problem::types::NOT_FOUND;
use whippet::routing::Routes;
use whippet::{App, Json, Path, Problem, dependency, get, routes};

#[derive(Deserialize, JsonSchema)]
struct TenantHeaders {
    /// The tenant: a number below 100.
    #[serde(rename = "x-tenant")]
    #[schemars(range(max = 99))]
    tenant: u8,
}

#[derive(Clone)]
struct Tenant(u8);

#[dependency(errors(NOT_FOUND))]
async fn tenant(Headers(headers): Headers<TenantHeaders>) -> Result<Tenant, Problem> {
    match headers.tenant {
        tenant @ 0..100 => Ok(Tenant(tenant)),
        _ => Err(Problem::not_found("no tenant has this number")),
    }
}

pub(crate) fn operations() -> Routes {
    let inner = routes![get_child].prefix("/children");
    routes![get_parent]
        .routes(inner)
        .prefix("/parents/{parent}")
        .dependency::<Tenant>()
        .layer(Timeout::after(Duration::from_secs(10)))
}

/// A member of a family.
#[derive(Serialize, JsonSchema)]
struct Member {
    tenant: u8,
    parent: u32,
    child: Option<String>,
}

/// Get a parent.
#[get("/")]
async fn get_parent(Tenant(tenant): Tenant, Path(parent): Path<u32>) -> Json<Member> {
    let child = None;
    Json(Member {
        tenant,
        parent,
        child,
    })
}

/// Get a child.
#[get("/{child}", errors(NOT_FOUND))]
async fn get_child(
    Tenant(tenant): Tenant,
    Path((parent, child)): Path<(u32, String)>,
) -> Json<Member> {
    let child = Some(child);
    Json(Member {
        tenant,
        parent,
        child,
    })
}

pub(crate) fn mounted() -> App {
    App::new().routes(routes![get_mounted].tag("Groups"))
}

/// Get what another app has.
#[get("/thing")]
async fn get_mounted() -> &'static str {
    "a thing"
}
