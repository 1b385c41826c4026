//! `whippet build`: cargo, then bindgen, then wasm-opt, then the output directory.

mod bindgen;
mod cargo;
mod compile;
mod optimize;
mod package;
mod publish;
mod size;

use std::{
    env,
    fs::{self, File},
    path::absolute,
};

use anyhow::{Context, Result};

use crate::args::BuildOptions;

/// Builds the app that `options` name.
///
/// # Errors
///
/// Fails when the package is unfit for the host, when a step fails, or when the output cannot be written.
pub(crate) fn build(options: &BuildOptions) -> Result<()> {
    let host = options.host.name();
    let package = package::find(options)?;
    let out = match &options.out {
        Some(dir) => absolute(dir).with_context(|| format!("bad --out {}", dir.display()))?,
        None => package.dir().join("build").join(host),
    };

    // Two builds at once, such as those of two `wrangler dev`, would take each other's files away.
    let lock = package.target_dir.join("whippet.lock");
    let locked = fs::create_dir_all(&package.target_dir)
        .and_then(|()| File::create(&lock))
        .and_then(|file| file.lock().map(|()| file))
        .with_context(|| format!("cannot lock {}", lock.display()))?;

    let wasm = compile::compile(&package, options)?;
    // Only whole builds reach `out`: wrangler may be watching it.
    let stage = package
        .target_dir
        .join("whippet")
        .join(&package.name)
        .join(host);
    bindgen::bind(&wasm, &stage, options.release)?;
    if options.release {
        optimize::optimize(&stage.join(bindgen::WASM), package.dir())?;
    }
    let files = publish::publish(&stage, &package.entry, &out)?;
    drop(locked);

    let shown = env::current_dir()
        .ok()
        .and_then(|cwd| out.strip_prefix(cwd).ok())
        .unwrap_or(&out);
    println!(
        "{}  {}",
        shown.display(),
        size::Sizes::of(&files, options.release)?
    );
    Ok(())
}
