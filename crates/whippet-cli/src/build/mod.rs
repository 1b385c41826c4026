//! `whippet build`: cargo, then the host's own steps, then the output directory.

mod cargo;
mod cloudflare;
mod compile;
mod docs;
mod optimize;
mod package;
mod publish;
mod size;
mod spin;

use std::{
    env,
    fs::{self, File},
    path::{Path, absolute},
};

use anyhow::{Context, Result};

use crate::args::{BuildOptions, Host};
use package::Package;

/// What a host's steps left in the stage.
#[derive(Debug)]
struct Built {
    /// The files that import others: they are published after the rest, in this order.
    last: &'static [&'static str],
    /// What the program asks of its host, where that is declared.
    imports: Vec<String>,
    /// The folder whose files are the host's to serve: no part of the program.
    served: &'static str,
}

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
    let locked = lock(&package)?;
    // Only whole builds reach `out`: wrangler may be watching it.
    let stage = package
        .target_dir
        .join("whippet")
        .join(&package.name)
        .join(host);
    empty(&stage)?;
    let built = match options.host {
        Host::Cloudflare => cloudflare::build(&package, options, &stage, &out)?,
        Host::Spin => spin::build(&package, options, &stage)?,
    };
    let mut files = publish::publish(&stage, built.last, &out)?;
    drop(locked);
    let served = out.join(built.served);
    files.retain(|file| !file.starts_with(&served));

    let shown = match &files[..] {
        [file] => file,
        _ => &out,
    };
    let shown = env::current_dir()
        .ok()
        .and_then(|cwd| shown.strip_prefix(cwd).ok())
        .unwrap_or(shown);
    println!(
        "{}  {}",
        shown.display(),
        size::Sizes::of(&files, options.release)?
    );
    for import in built.imports {
        println!("  imports {import}");
    }
    Ok(())
}

fn lock(package: &Package) -> Result<File> {
    let lock = package.target_dir.join("whippet.lock");
    fs::create_dir_all(&package.target_dir)
        .and_then(|()| File::create(&lock))
        .and_then(|file| file.lock().map(|()| file))
        .with_context(|| format!("cannot lock {}", lock.display()))
}

fn empty(stage: &Path) -> Result<()> {
    if stage.exists() {
        fs::remove_dir_all(stage).with_context(|| format!("cannot empty {}", stage.display()))?;
    }
    fs::create_dir_all(stage).with_context(|| format!("cannot create {}", stage.display()))
}
