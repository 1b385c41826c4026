//! Lets the compiler check the queries against the migrations of `bench/items`.

fn main() {
    println!("cargo::rerun-if-changed=../items/migrations");
    println!("cargo::rustc-env=WHIPPET_MIGRATIONS=../items/migrations");
}
