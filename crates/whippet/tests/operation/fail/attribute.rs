//! Invalid arguments and invalid targets of attributes such as `#[get]`.

use whippet::{delete, get, patch, post, put, routes};

#[get]
async fn no_path() {}

#[get(status = 200)]
async fn path_not_first() {}

#[post("users", status = 404, tags = "Users", tag = "A", tag = "B")]
async fn many_mistakes() {}

#[put("/users/{id}/{id}")]
async fn twice() {}

#[patch("/users/{id")]
async fn open() {}

#[delete("/files/{*path}/meta")]
async fn rest_in_the_middle() {}

#[get("/search?q={q}")]
async fn query() {}

#[get("/users")]
struct NotAFunction;

fn main() {
    routes![no_path, many_mistakes];
}
