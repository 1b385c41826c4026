//! Access to the HTTP server for the fuzz target `http`.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::{Limits, Server, connection, shutdown};
use crate::{Config, Service};

/// Sends `input` on one connection, and returns everything that the server sends before it closes the connection.
///
/// The clock of the runtime is paused, so that a time limit of the server expires without a real wait.
pub(crate) fn exchange(service: Service, input: &[u8]) -> Vec<u8> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    let (Ok(runtime), Ok(limits)) = (runtime, Limits::from_config(&Config::default())) else {
        return Vec::new();
    };
    runtime.block_on(async {
        let (_start, shutdown) = shutdown();
        let server = Server::new(&Config::default(), limits, shutdown);
        let Ok(Server(shared)) = server else {
            return Vec::new();
        };
        let Ok(permit) = Arc::clone(&shared.connections).try_acquire_owned() else {
            return Vec::new();
        };
        let (mut client, socket) = duplex(64 * 1024);
        let served = connection::drive(Box::new(socket), permit, service, shared);
        let exchanged = async {
            // The write fails if the server closes the connection before the end of the input.
            drop(client.write_all(input).await);
            let mut output = Vec::new();
            drop(client.read_to_end(&mut output).await);
            output
        };
        let ((), output) = tokio::join!(served, exchanged);
        output
    })
}
