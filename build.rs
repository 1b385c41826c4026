//! Rebuilds when a migration is added: `migrations!` itself tracks only the files that it has read.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
