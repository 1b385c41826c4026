//! The test kit itself.

mod answers;
mod calls;
mod failure;
mod fixtures;
mod logs;
mod time;
