//! Tests of the test kit `whippet::testing`.

mod calls;
mod failure;
mod fixtures;
mod logs;
mod responses;
mod time;
