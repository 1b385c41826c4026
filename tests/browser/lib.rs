//! This library is empty. The crate only contains tests; `Cargo.toml` lists their files.
