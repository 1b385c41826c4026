//! Waits for a signal that stops the server, and reports the start of the shutdown.

use tokio::sync::watch;

/// Reports the start of the shutdown.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(watch::Receiver<bool>);

/// Starts the shutdown.
#[derive(Debug)]
pub(crate) struct StartShutdown(watch::Sender<bool>);

pub(crate) fn shutdown() -> (StartShutdown, Shutdown) {
    let (sender, receiver) = watch::channel(false);
    (StartShutdown(sender), Shutdown(receiver))
}

impl StartShutdown {
    pub(crate) fn start(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// Returns whether the server has started to shut down.
    pub(crate) fn has_started(&self) -> bool {
        *self.0.borrow()
    }

    /// Completes when the server starts to shut down. Never completes if the server ends without a shutdown.
    pub(crate) async fn started(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|has_started| *has_started).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The signals that stop the server: an interrupt and, on Unix, `SIGTERM`.
pub(crate) struct Signals {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// Starts to listen for `SIGTERM`. If the program cannot listen for `SIGTERM`, only an interrupt stops the server.
    pub(crate) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            terminate: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::terminate()).ok()
            },
        }
    }

    /// Waits for the next signal that stops the server.
    pub(crate) async fn next(&mut self) {
        let interrupt = async {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate {
            tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        interrupt.await;
    }
}
