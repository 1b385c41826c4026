//! Functions without an attribute.

use whippet::{App, routes};

async fn no_attribute() {}

struct NoOperation;

fn main() {
    App::new().routes(routes![no_attribute]);
    App::new().routes(routes![NoOperation]);
}
