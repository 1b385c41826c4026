//! A webhook receiver, which is an HTTP server on the loopback interface. The receiver records the deliveries that
//! arrive.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::delivery::Delivery;
use super::reply::Reply;
use super::wire::Message;

type Script = dyn Fn(&Delivery, usize) -> Reply + Send + Sync;

struct State {
    script: Box<Script>,
    deliveries: Mutex<Vec<Delivery>>,
    arrived: Condvar,
    closed: AtomicBool,
}

pub(crate) struct Receiver {
    address: SocketAddr,
    state: Arc<State>,
}

impl Receiver {
    /// Starts a receiver. The receiver calls `script` with each delivery, and with the number of earlier deliveries at
    /// the same path. `script` returns the reply. `script` may block, because every request has its own connection and
    /// thread.
    pub(crate) fn new(script: impl Fn(&Delivery, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            script: Box::new(script),
            deliveries: Mutex::default(),
            arrived: Condvar::new(),
            closed: AtomicBool::new(false),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if shared.closed.load(Ordering::Relaxed) {
                    break;
                }
                let shared = shared.clone();
                thread::spawn(move || shared.respond(&connection));
            }
        });
        Self { address, state }
    }

    /// Starts a receiver that replies 200 to every delivery.
    pub(crate) fn accepting() -> Self {
        Self::new(|_, _| Reply::status(200))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.state.deliveries.lock().unwrap().clone()
    }

    /// Returns the deliveries at one path.
    pub(crate) fn at_path(&self, path: &str) -> Vec<Delivery> {
        self.deliveries()
            .into_iter()
            .filter(|delivery| delivery.path == path)
            .collect()
    }

    /// Returns the number of deliveries at each path.
    pub(crate) fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for delivery in self.deliveries() {
            *counts.entry(delivery.path).or_default() += 1;
        }
        counts
    }

    /// Waits until a total of `count` deliveries have arrived, at any paths.
    pub(crate) fn wait_for(&self, count: usize, within: Duration) -> Vec<Delivery> {
        let arrived = self.state.deliveries.lock().unwrap();
        let (arrived, _) = self
            .state
            .arrived
            .wait_timeout_while(arrived, within, |so_far| so_far.len() < count)
            .unwrap();
        assert!(
            arrived.len() >= count,
            "{} of {count} deliveries within {within:?}: {:?}",
            arrived.len(),
            arrived
                .iter()
                .map(|d| (&d.path, d.id()))
                .collect::<Vec<_>>()
        );
        arrived.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::Relaxed);
        // Connects, because the listening thread checks `closed` only when a client connects.
        drop(TcpStream::connect(self.address));
    }
}

impl State {
    fn respond(&self, connection: &TcpStream) {
        // A request that ends early is not a delivery.
        let Ok(Some(request)) = Message::read(connection) else {
            return;
        };
        let delivery = Delivery::new(request);
        let before = self.record(delivery.clone());
        let reply = (self.script)(&delivery, before);
        // Ignores a failed write, because the sender may have timed out, or may have been killed by a scenario.
        drop(reply.write(connection));
    }

    /// Records a delivery and returns the number of earlier deliveries at its path.
    fn record(&self, delivery: Delivery) -> usize {
        let mut deliveries = self.deliveries.lock().unwrap();
        let before = deliveries
            .iter()
            .filter(|other| other.path == delivery.path)
            .count();
        deliveries.push(delivery);
        self.arrived.notify_all();
        before
    }
}
