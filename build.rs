//! Makes cargo rebuild Relay when a migration file is added. The macro `migrations!` makes cargo rebuild Relay
//! only when an existing file changes.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
