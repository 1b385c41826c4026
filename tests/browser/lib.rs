//! This library is empty, because the crate only has the tests whose files `Cargo.toml` lists.
