//! Tests records: structs that `#[derive(Record)]` maps to a table.

mod children;
mod pages;
mod patches;
mod samples;
mod versions;
mod writes;
