//! Makes cargo rebuild Relay when a migration file is added. The macro `migrations!` only makes cargo rebuild Relay
//! when an existing file changes.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
