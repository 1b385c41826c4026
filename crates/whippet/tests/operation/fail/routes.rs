//! Functions and types without an attribute.

use whippet::{App, routes};

async fn no_attribute() {}

struct NotAnOperation;

fn main() {
    App::new().routes(routes![no_attribute]);
    App::new().routes(routes![NotAnOperation]);
}
