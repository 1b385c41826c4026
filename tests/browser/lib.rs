//! Nothing: the tests are elsewhere (see `Cargo.toml`).
