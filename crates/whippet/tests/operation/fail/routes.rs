//! Functions and types in `routes!` that are not operations.

use whippet::{App, routes};

async fn no_attribute() {}

struct NotAnOperation;

fn main() {
    App::new().routes(routes![no_attribute]);
    App::new().routes(routes![NotAnOperation]);
}
