//! A webhook receiver: a real HTTP server on the loopback that keeps what it gets.

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
    /// Answers as `script` says: from the delivery and the number of those before it at its path.
    /// It may block; every connection has a thread and carries one request.
    pub(crate) fn new(script: impl Fn(&Delivery, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            script: Box::new(script),
            deliveries: Mutex::default(),
            arrived: Condvar::new(),
            closed: AtomicBool::new(false),
        });
        let kept = state.clone();
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                if kept.closed.load(Ordering::Relaxed) {
                    break;
                }
                let kept = kept.clone();
                thread::spawn(move || kept.answer(&connection));
            }
        });
        Self { address, state }
    }

    /// Answers 200 to everything.
    pub(crate) fn accepting() -> Self {
        Self::new(|_, _| Reply::status(200))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.state.deliveries.lock().unwrap().clone()
    }

    pub(crate) fn at_path(&self, path: &str) -> Vec<Delivery> {
        self.deliveries()
            .into_iter()
            .filter(|delivery| delivery.path == path)
            .collect()
    }

    /// How often each path was asked.
    pub(crate) fn counts(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for delivery in self.deliveries() {
            *counts.entry(delivery.path).or_default() += 1;
        }
        counts
    }

    /// Waits until that many have arrived, whatever their path.
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
        // Wakes the thread that listens.
        drop(TcpStream::connect(self.address));
    }
}

impl State {
    fn answer(&self, connection: &TcpStream) {
        // A sender that dies half-way has delivered nothing.
        let Ok(Some(request)) = Message::read(connection) else {
            return;
        };
        let delivery = Delivery::new(request);
        let before = self.keep(delivery.clone());
        let reply = (self.script)(&delivery, before);
        // The sender may have given up, or been killed on purpose.
        drop(reply.write(connection));
    }

    /// Keeps a delivery, and counts those before it at its path.
    fn keep(&self, delivery: Delivery) -> usize {
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
