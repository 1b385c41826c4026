//! A new migration is embedded by the next build: `migrations!` alone tracks only the files that it found.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
