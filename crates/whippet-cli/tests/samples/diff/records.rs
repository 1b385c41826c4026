//! The records in the tests of `whippet migrate diff`. The tests read this file as text, and do not compile it.

use whippet::{Column, Record};

#[derive(Debug, Column)]
pub struct PostId(String);

#[derive(Column)]
#[column(json)]
pub struct Labels(u8);

#[derive(Debug, Record)]
#[record(table = "users")]
pub struct User {
    #[record(default)]
    id: i64,
    team_id: Option<i64>,
    name: Option<String>,
    age: i64,
    level: u8,
    #[record(parent = User, on_delete = "cascade")]
    manager_id: Option<i64>,
}

mod inner {
    #[derive(whippet::Record)]
    #[record(table = "teams")]
    struct Team {
        #[record(default)]
        id: i64,
        name: String,
    }
}

#[derive(Record)]
#[record(table = "posts")]
struct Post {
    id: PostId,
    #[record(parent = User, on_delete = "cascade")]
    user_id: i64,
    title: String,
    #[record(generated = "length(title)")]
    length: Option<i64>,
}

#[derive(Record)]
#[record(table = "likes")]
struct Like {
    #[record(key, parent = Post, on_delete = "cascade")]
    post_id: PostId,
    #[record(parent = User, on_delete = "set null")]
    user_id: Option<i64>,
}
