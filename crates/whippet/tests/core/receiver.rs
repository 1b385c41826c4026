//! A local server that receives outbound requests.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

/// Starts a server that sends `response` on every connection, and keeps the connection open. Returns the URL of the
/// server, and a channel with the headers of the received requests.
pub(crate) fn server(response: impl Into<Vec<u8>>) -> (String, Receiver<String>) {
    start(response.into(), true)
}

/// Starts a server like [`server`], but this server closes each connection after it has sent `response`.
pub(crate) fn closing_server(response: impl Into<Vec<u8>>) -> (String, Receiver<String>) {
    start(response.into(), false)
}

fn start(response: Vec<u8>, keeps_open: bool) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (requests, received) = channel();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            if requests.send(head(&mut stream)).is_err() {
                return;
            }
            // The write fails if the client has closed the connection early.
            drop(stream.write_all(&response));
            if keeps_open {
                open.push(stream);
            }
        }
    });
    (url, received)
}

fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}
