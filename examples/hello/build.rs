//! Makes cargo rebuild the API when a migration file is added.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
