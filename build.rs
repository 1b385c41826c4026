//! Makes cargo rebuild Relay when a migration is added. The macro `migrations!` itself makes cargo track only the files
//! that the macro has read.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
