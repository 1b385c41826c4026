//! Host bindings for the interfaces in `wit/`.

#![allow(missing_docs, unreachable_pub, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "spin:host/imports",
    imports: {
        // These four functions cannot return an error, so a call with a closed connection traps.
        "spin:sqlite/sqlite.[method]connection.changes": async | trappable,
        "spin:sqlite/sqlite.[method]connection.changes-async": async | trappable,
        "spin:sqlite/sqlite.[method]connection.last-insert-rowid": async | trappable,
        "spin:sqlite/sqlite.[method]connection.last-insert-rowid-async": async | trappable,
        "spin:sqlite/sqlite": async,
    },
    with: { "spin:sqlite/sqlite.connection": crate::database::Connection },
});

pub(crate) use spin::sqlite::sqlite;
pub(crate) use spin::variables::variables;
pub(crate) use wasi::config::store as config;
