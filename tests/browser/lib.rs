//! This library is empty. `Cargo.toml` lists the test files.
